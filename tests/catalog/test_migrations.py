"""What the catalogue promises about migrations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.facts import migration_advanced
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.migrations import Digest, MigrationState
from cloudflow_lib.domain.move_listing import UNFINISHED, MoveQuery
from cloudflow_lib.domain.objects import ChecksumKind
from cloudflow_lib.errors import LostRaceError, NotFoundError, WrongInputError
from cloudflow_lib.ports.catalogs import QuarantinedSource, Refusal
from tests.catalog.examples import NOW, a_file, a_migration, advance, copied, discovered, drain, fill


@pytest.fixture
def file(catalog):
    """A catalogued file."""
    file = a_file()
    fill(catalog, file)
    return file


@pytest.fixture
def queued(catalog, file):
    """Its migration, just opened."""
    [migration] = catalog.open_batch("batch-1", [a_migration(file)])
    return migration


def states(events):
    return [(event.subject, event.data.state) for event in events]


def test_an_opened_migration_is_stored_and_holds_its_file(catalog, file, queued):
    assert (MigrationState.QUEUED, 0) == (queued.state, queued.fence)
    assert queued == catalog.migration(queued.migration_id)
    assert queued.migration_id == catalog.file(file.file_id).migration_id
    assert [(queued.migration_id, MigrationState.QUEUED)] == states(drain(catalog))


def test_a_migration_comes_back_as_it_was_written(catalog, queued):
    stored = advance(
        catalog,
        queued,
        state=MigrationState.VALIDATED,
        copied_bytes=5_000_000_000,
        digest=Digest(size_bytes=4, checksums={ChecksumKind.CRC64NVME: "0a", ChecksumKind.SHA256: "ff"}),
        proof="crc64nvme of the store",
        notes=("tag 'a.b' left behind",),
        error="$none",
        quarantine_days=0.5,
        quarantined_until=NOW,
        timestamps={**queued.timestamps, MigrationState.VALIDATED: NOW},
    )

    assert stored == catalog.migration(queued.migration_id)
    assert [stored] == catalog.batch("batch-1")


def test_unknown_migrations_are_said_to_be_unknown(catalog):
    with pytest.raises(NotFoundError):
        catalog.migration("nope")
    assert [] == catalog.batch("nope")


def test_opening_a_batch_again_returns_what_is_stored(catalog, file, queued):
    validated = advance(catalog, queued, state=MigrationState.VALIDATED)
    drain(catalog)

    assert [validated] == catalog.open_batch("batch-1", [a_migration(file)])
    assert [] == drain(catalog)


def test_a_file_is_held_by_one_migration_at_a_time(catalog, file, queued):
    missing = a_file("never catalogued")
    other = a_file("other")
    fill(catalog, other)

    second = catalog.open_batch(
        "batch-2",
        [
            a_migration(file, 1, "batch-2"),
            a_migration(missing, 2, "batch-2"),
            a_migration(other, 3, "batch-2"),
            a_migration(other, 4, "batch-2"),
        ],
    )

    assert ["failed", "failed", "queued", "failed"] == [migration.state for migration in second]
    assert queued.migration_id in second[0].error
    assert "scan its location" in second[1].error
    assert second[2].migration_id in second[3].error
    assert [1, 1, 0, 1] == [migration.fence for migration in second]
    assert queued.migration_id == catalog.file(file.file_id).migration_id
    failed = [event.subject for event in drain(catalog) if event.data.state is MigrationState.FAILED]
    assert sorted(["batch-2-1", "batch-2-2", "batch-2-4"]) == sorted(failed)
    assert second == catalog.open_batch("batch-2", [])


def test_a_file_is_held_by_one_at_a_time_whatever_for(catalog, file, queued):
    assert not catalog.hold_file(file.file_id, "a sweep")
    catalog.release_file(queued)

    held = catalog.hold_file(file.file_id, "a sweep")
    assert (catalog.file(file.file_id), "a sweep") == (held, held.migration_id)
    assert [held, None] == [catalog.hold_file(file.file_id, who) for who in ("a sweep", "another")]
    catalog.let_file_go(file.file_id, "another")
    assert "a sweep" == catalog.file(file.file_id).migration_id
    catalog.let_file_go(file.file_id, "a sweep")
    assert catalog.file(file.file_id).migration_id is None
    with pytest.raises(NotFoundError, match="no file 'unknown'"):
        catalog.hold_file("unknown", "a sweep")


def test_a_released_file_can_be_held_again(catalog, file, queued):
    catalog.release_file(a_migration(file, 7))
    assert queued.migration_id == catalog.file(file.file_id).migration_id

    catalog.release_file(queued)
    assert catalog.file(file.file_id).migration_id is None
    assert "queued" == catalog.open_batch("batch-2", [a_migration(file, 1, "batch-2")])[0].state


def test_only_one_of_two_rivals_advances(catalog, queued):
    drain(catalog)
    first = advance(catalog, queued, state=MigrationState.VALIDATED)

    with pytest.raises(LostRaceError):
        advance(catalog, queued, state=MigrationState.CANCELLED)
    assert first == catalog.migration(queued.migration_id)
    assert 1 == first.fence
    assert [(queued.migration_id, MigrationState.VALIDATED)] == states(drain(catalog))


def test_advancing_again_after_a_lost_answer_is_no_lost_race(catalog, queued):
    after = replace(queued, state=MigrationState.VALIDATED)
    event = migration_advanced(after)
    first = catalog.advance(queued, after, event)

    assert first == catalog.advance(queued, after, event)
    assert [event.id] == [told.id for told in drain(catalog) if told.data.state is MigrationState.VALIDATED]


def test_a_retried_migration_holds_its_file_again(catalog, file, queued):
    failed = advance(catalog, queued, state=MigrationState.FAILED)
    catalog.release_file(failed)
    retried = advance(catalog, failed, state=MigrationState.QUEUED)
    assert retried.migration_id == catalog.file(file.file_id).migration_id

    failed = advance(catalog, retried, state=MigrationState.FAILED)
    catalog.release_file(failed)
    catalog.open_batch("batch-2", [a_migration(file, 1, "batch-2")])
    with pytest.raises(LostRaceError, match="batch-2-1"):
        advance(catalog, failed, state=MigrationState.QUEUED)
    assert failed == catalog.migration(failed.migration_id)


def test_progress_only_grows_and_never_fails(catalog, queued):
    for size in (10, 30, 20):
        catalog.note_progress(queued.migration_id, size)
    catalog.note_progress("nobody", 5)

    assert 30 == catalog.migration(queued.migration_id).copied_bytes
    assert advance(catalog, queued, state=MigrationState.VALIDATED)


def test_recent_migrations_come_newest_first(catalog):
    files = [a_file(f"{number}", owner=f"team-{number % 2}") for number in range(4)]
    fill(catalog, *files)
    for number, file in enumerate(files):
        stamps = {MigrationState.QUEUED: NOW - timedelta(days=20 * number)}
        catalog.open_batch(f"b{number}", [a_migration(file, number, f"b{number}", timestamps=stamps)])

    assert ["b0-0", "b1-1"] == [found.migration_id for found in catalog.recent_migrations(limit=2)]
    assert ["b1-1", "b3-3"] == [found.migration_id for found in catalog.recent_migrations(owner="team-1")]


def test_migrations_are_found_newest_first_by_state_batch_file_and_owner(catalog):
    files = [a_file(f"f{number}") for number in range(5)]
    fill(catalog, *files)
    start = NOW - timedelta(days=90)
    for number, file in enumerate(files):
        catalog._now = lambda days=20 * number: start + timedelta(days=days)
        catalog.open_batch(f"b{number % 2}", [a_migration(file, number, f"b{number % 2}", owner=f"o{number % 2}")])
    catalog._now = lambda: NOW
    failed = advance(catalog, catalog.migration("b0-2"), state=MigrationState.FAILED, error="no")

    def found(limit=100, **query):
        cursor, ids, pages = None, [], 0
        while True:
            page = catalog.find_migrations(MoveQuery(**query), cursor=cursor, limit=limit)
            ids += [one.migration_id for one in page.migrations]
            cursor, pages = page.next_cursor, pages + 1
            if cursor is None:
                return ids
            assert limit == len(page.migrations)

    everything = ["b0-4", "b1-3", "b0-2", "b1-1", "b0-0"]
    assert [everything] * 4 == [found(limit) for limit in (1, 2, 5, 100)]
    assert ["b1-3", "b1-1"] == found(batch_id="b1") == found(owner="o1")
    assert ["b0-2"] == found(states=frozenset({MigrationState.FAILED})) == found(file_id=files[2].file_id)
    assert [one for one in everything if one != "b0-2"] == found(2, states=UNFINISHED)
    assert [] == found(owner="o1", states=frozenset({MigrationState.FAILED}))

    again = {**failed.timestamps, MigrationState.QUEUED: NOW + timedelta(seconds=1)}
    advance(catalog, failed, state=MigrationState.QUEUED, error=None, timestamps=again)
    assert ["b0-2", "b0-4", "b1-3", "b1-1", "b0-0"] == found(2)


def test_migrations_of_one_moment_are_each_on_one_page(catalog):
    files = [a_file(f"f{number}") for number in range(7)]
    fill(catalog, *files)
    catalog._now = lambda: NOW
    catalog.open_batch("b", [a_migration(file, number, "b") for number, file in enumerate(files)])
    first = catalog.find_migrations(MoveQuery(), limit=4)
    second = catalog.find_migrations(MoveQuery(), cursor=first.next_cursor, limit=4)

    ids = [one.migration_id for one in (*first.migrations, *second.migrations)]
    assert [f"b-{number}" for number in reversed(range(7))] == ids
    assert second.next_cursor is None


@pytest.mark.parametrize(
    "cursor", ["x", "bm8", "WyJtb3ZlcyIsICJ4IiwgInkiXQ", "WyJuYW1lIixmYWxzZSwiYSIsImIiXQ", "W1tbW1tb"]
)
def test_a_cursor_that_is_none_is_refused(catalog, cursor):
    with pytest.raises(WrongInputError, match="cursor"):
        catalog.find_migrations(MoveQuery(), cursor=cursor)


def test_stale_migrations_are_the_unfinished_ones_that_rest(catalog):
    files = [a_file(key) for key in "abc"]
    fill(catalog, *files)
    opened = catalog.open_batch("batch-1", [a_migration(file, number) for number, file in enumerate(files)])
    last = max(max(migration.timestamps.values()) for migration in opened)
    stamps = {**opened[1].timestamps, MigrationState.FAILED: last}
    failed = advance(catalog, opened[1], state=MigrationState.FAILED, timestamps=stamps)
    assert 3 == len(catalog.stale_migrations(last + timedelta(hours=1))), "its file was not let go yet"
    catalog.release_file(failed)

    found = catalog.stale_migrations(last + timedelta(hours=1))
    assert ["batch-1-0", "batch-1-2"] == sorted(migration.migration_id for migration in found)
    assert [] == catalog.stale_migrations(last - timedelta(hours=1))
    assert 1 == len(catalog.stale_migrations(last + timedelta(hours=1), limit=1))


def test_a_migration_that_makes_progress_does_not_rest(catalog, queued):
    began = max(queued.timestamps.values())
    catalog._now = lambda: began + timedelta(days=2)
    catalog.note_progress(queued.migration_id, 1)

    assert [] == catalog.stale_migrations(began + timedelta(days=1))
    assert [queued.migration_id] == [one.migration_id for one in catalog.stale_migrations(began + timedelta(days=3))]


def test_a_migration_whose_run_goes_on_rests_for_longer_than_others(catalog):
    files = [a_file(key) for key in "abcde"]
    fill(catalog, *files)
    for number, file in enumerate(files):
        catalog.open_batch(f"batch-{number}", [replace(a_migration(file, number), batch_id=f"batch-{number}")])
    _waiting, closed, switched, ended, way_back = (catalog.batch(f"batch-{number}")[0] for number in range(5))
    catalog.close_batch(closed.batch_id, [])
    switched = advance(catalog, switched, state=MigrationState.SWITCHED)
    advance(catalog, ended, state=MigrationState.CANCELLED)
    advance(catalog, way_back, undoes="another")
    last = catalog._now()

    def resting(**asked):
        found = catalog.stale_migrations(last + timedelta(days=1), **asked)
        return sorted(one.migration_id for one in found)

    others = [f"batch-1-{number}" for number in range(1, 5)]
    assert others == resting(abandoned=last - timedelta(days=1))
    assert others[:1] == resting(abandoned=last - timedelta(days=1), limit=1), "one that waits takes no turn"
    assert ["batch-1-0", *others] == resting(abandoned=last + timedelta(days=1)) == resting()


def test_whoever_writes_is_known_until_it_has_ended(catalog, queued):
    began, before = NOW, NOW - timedelta(hours=1)
    assert not catalog.is_being_written(queued.migration_id, before)
    catalog.begin_write(queued, "one", began)
    catalog.begin_write(queued, "two", began)

    validated = advance(catalog, queued, state=MigrationState.VALIDATED)
    catalog.end_write(queued.migration_id, "one")
    catalog.end_write(queued.migration_id, "one")

    assert validated == catalog.migration(queued.migration_id)
    assert catalog.is_being_written(queued.migration_id, before)
    assert not catalog.is_being_written(queued.migration_id, began), "one that began so long ago has died"
    catalog._now = lambda: began + timedelta(hours=2)
    catalog.note_progress(queued.migration_id, 1)
    assert catalog.is_being_written(queued.migration_id, began), "unless it makes progress"
    catalog.end_write(queued.migration_id, "two")
    assert not catalog.is_being_written(queued.migration_id, before)


def test_nobody_begins_to_write_for_a_step_that_somebody_else_has_taken(catalog, queued):
    advance(catalog, queued, state=MigrationState.FAILED)

    with pytest.raises(LostRaceError):
        catalog.begin_write(queued, "late", NOW)

    assert not catalog.is_being_written(queued.migration_id, NOW - timedelta(hours=1))


def test_a_second_retry_that_comes_too_late_holds_nothing(catalog, file, queued):
    failed = advance(catalog, queued, state=MigrationState.FAILED)
    catalog.release_file(failed)
    done = advance(catalog, advance(catalog, failed, state=MigrationState.QUEUED), state=MigrationState.DONE)
    catalog.release_file(done)

    with pytest.raises(LostRaceError):
        advance(catalog, failed, state=MigrationState.QUEUED)

    assert catalog.file(file.file_id).migration_id is None


def test_a_second_retry_that_comes_too_late_lets_no_file_go_whose_copy_is_still_to_be_removed(catalog, file, queued):
    """The first one has failed in its turn, and holds the file until what it wrote is gone."""
    failed = advance(catalog, queued, state=MigrationState.FAILED)
    catalog.release_file(failed)
    advance(catalog, advance(catalog, failed, state=MigrationState.QUEUED), state=MigrationState.FAILED)

    with pytest.raises(LostRaceError):
        advance(catalog, failed, state=MigrationState.QUEUED)

    assert queued.migration_id == catalog.file(file.file_id).migration_id


def test_a_retry_that_died_right_behind_its_hold_is_found_again(mongo_catalog):
    catalog, file = mongo_catalog, a_file()
    fill(catalog, file)
    [queued] = catalog.open_batch("batch-1", [a_migration(file)])
    failed = advance(catalog, queued, state=MigrationState.FAILED)
    catalog.release_file(failed)
    before = catalog._now()

    catalog._hold_again(replace(failed, state=MigrationState.QUEUED))

    assert [] == catalog.stale_migrations(before), "nor is it taken for one that stands still"
    assert [failed] == catalog.stale_migrations(catalog._now() + timedelta(days=1))


def test_a_switched_file_lies_at_the_destination(catalog, file, queued):
    drain(catalog)
    catalog.switch_file(copied(queued))

    moved = catalog.file(file.file_id)
    assert ("azure-main", file.key, "0x8D", "Cool") == (
        moved.location_id,
        moved.key,
        moved.version,
        moved.storage_class,
    )
    assert moved.placed_at is not None
    assert queued.migration_id == moved.migration_id
    assert {} == catalog.file_ids_at("s3-main", [file.key])
    assert {file.key: file.file_id} == catalog.file_ids_at("azure-main", [file.key])


def test_switching_twice_is_switching_once(catalog, file, queued):
    catalog.switch_file(copied(queued))
    once = catalog.file(file.file_id)
    catalog.switch_file(copied(queued))

    assert once == catalog.file(file.file_id)


def test_a_class_change_in_place_switches_too(catalog, file, queued):
    here = replace(queued, destination=replace(queued.source, version="new", storage_class="GLACIER_IR"))
    catalog.switch_file(here)
    catalog.switch_file(here)

    assert ("new", "GLACIER_IR") == (
        catalog.file(file.file_id).version,
        catalog.file(file.file_id).storage_class,
    )


def test_a_file_that_changed_or_is_not_held_is_not_switched(catalog, file, queued):
    with pytest.raises(LostRaceError, match="plan it again"):
        catalog.switch_file(copied(replace(queued, source=replace(queued.source, version="older"))))
    with pytest.raises(LostRaceError):
        catalog.switch_file(copied(replace(queued, migration_id="somebody else's")))
    with pytest.raises(LostRaceError):
        catalog.switch_file(queued)  # its copy has no version: it was not written
    catalog.release_file(queued)
    with pytest.raises(LostRaceError):
        catalog.switch_file(copied(queued))
    assert file == catalog.file(file.file_id)


@pytest.mark.parametrize(
    ("version", "state", "told"),
    [("0x8D", FileState.PRESENT, 1), ("0x8D", FileState.VANISHED, 0), ("long gone", FileState.VANISHED, 0)],
    ids=["a scan catalogued our copy", "our copy vanished", "an object that is gone"],
)
def test_a_record_that_stands_in_the_way_gives_up_its_address(catalog, file, queued, version, state, told):
    stale = a_file(file.key, "azure-main", version=version, state=state)
    fill(catalog, stale)
    catalog.switch_file(copied(queued))
    catalog.switch_file(copied(queued))

    assert [file.file_id] == [found.file_id for found in catalog.files_between("azure-main", None, None)]
    assert replace(stale, state=FileState.VANISHED) == catalog.file(stale.file_id)
    assert [file.file_id] == [found.file_id for found in catalog.list_files().files]
    assert [stale.file_id] * told == [event.subject for event in drain(catalog)]
    assert 0 == catalog.insert_files([(replace(stale, state=FileState.PRESENT), discovered(stale))])


def test_many_records_can_have_given_up_the_same_address(catalog, file):
    for number in range(3):
        migration = a_migration(file, number, f"batch-{number}")
        catalog.open_batch(migration.batch_id, [migration])
        fill(catalog, a_file(file.key, "azure-main", file_id=f"{number}" * 32, version="0x8D"))
        catalog.switch_file(copied(migration))
        back = replace(migration, source=copied(migration).destination, destination=migration.source)
        catalog.switch_file(back)
        catalog.release_file(migration)

    assert [] == catalog.files_between("azure-main", None, None)
    assert [file.file_id] == [found.file_id for found in catalog.files_between("s3-main", None, None)]


@pytest.mark.parametrize("how", ["found", "held", "moved"])
def test_another_object_at_the_destination_is_left_alone(catalog, file, queued, how):
    placed_at = NOW if how == "moved" else None
    other = a_file(file.key, "azure-main", version="somebody's" if how == "found" else "0x8D", placed_at=placed_at)
    fill(catalog, other)
    if how == "held":
        catalog.open_batch("batch-2", [a_migration(other, 1, "batch-2", "gcs-main")])

    with pytest.raises(LostRaceError, match=r"azure-main/report\.csv"):
        catalog.switch_file(copied(queued))
    assert "s3-main" == catalog.file(file.file_id).location_id
    assert FileState.PRESENT is catalog.file(other.file_id).state


def test_a_switch_of_a_migration_that_ended_is_taken_back_and_none_comes_later(catalog, file, queued):
    catalog.switch_file(copied(queued))
    failed = advance(catalog, copied(queued), state=MigrationState.FAILED)

    assert [True, True] == [catalog.withdraw_file(failed) for _ in range(2)]
    assert replace(file, migration_id=queued.migration_id) == replace(catalog.file(file.file_id), placed_at=None)
    assert {file.key: file.file_id} == catalog.file_ids_at("s3-main", [file.key])
    with pytest.raises(LostRaceError, match="plan it again"):
        catalog.switch_file(copied(queued))


def test_a_switch_that_comes_behind_the_end_leaves_no_quarantine(catalog, file, queued):
    """A scan would never look at the source again, whatever became of it."""
    failed = advance(catalog, copied(queued), state=MigrationState.FAILED)
    catalog.withdraw_file(failed)
    catalog.release_file(failed)

    with pytest.raises(LostRaceError):
        catalog.switch_file(copied(queued))

    assert {} == catalog.quarantined_at(file.location_id)


def test_a_refused_switch_ends_its_quarantine_with_its_migration(catalog, file, queued):
    with pytest.raises(LostRaceError):
        catalog.switch_file(copied(replace(queued, source=replace(queued.source, version="older"))))
    catalog.release_file(queued)

    assert {} == catalog.quarantined_at(file.location_id)


@pytest.mark.parametrize("let_go", [False, True])
def test_what_ended_before_a_new_try_neither_switches_nor_takes_anything_back(catalog, file, queued, let_go):
    failed = advance(catalog, copied(queued), state=MigrationState.FAILED)
    if let_go:
        catalog.release_file(failed)
    again = advance(catalog, failed, state=MigrationState.QUEUED)

    with pytest.raises(LostRaceError, match="plan it again"):
        catalog.switch_file(copied(queued))
    catalog.switch_file(copied(again))

    assert not catalog.withdraw_file(failed)
    assert "azure-main" == catalog.file(file.file_id).location_id


def test_a_late_release_of_a_try_that_failed_leaves_the_next_try_its_file(catalog, file, queued):
    failed = advance(catalog, queued, state=MigrationState.FAILED)
    catalog.release_file(failed)
    again = advance(catalog, failed, state=MigrationState.QUEUED)

    catalog.release_file(failed)

    assert queued.migration_id == catalog.file(file.file_id).migration_id
    catalog.switch_file(copied(again))
    catalog.release_file(copied(again))
    assert catalog.file(file.file_id).migration_id is None


@pytest.mark.parametrize("takes_it", [None, "another"])
def test_a_release_between_the_hold_of_a_new_try_and_its_step_is_made_good_if_the_file_still_is_free(
    mongo_catalog, monkeypatch, takes_it
):
    file = a_file()
    fill(mongo_catalog, file)
    [queued] = mongo_catalog.open_batch("batch-1", [a_migration(file)])
    failed = advance(mongo_catalog, queued, state=MigrationState.FAILED)
    mongo_catalog.release_file(failed)
    keep_hold = mongo_catalog._keep_hold

    def released_before(again):
        mongo_catalog.release_file(failed)
        if takes_it:
            mongo_catalog.hold_file(file.file_id, takes_it)
        keep_hold(again)

    monkeypatch.setattr(mongo_catalog, "_keep_hold", released_before)
    advance(mongo_catalog, failed, state=MigrationState.QUEUED)

    assert (takes_it or queued.migration_id) == mongo_catalog.file(file.file_id).migration_id


@pytest.mark.parametrize("is_same", [False, True], ids=["another object", "found by a scan"])
def test_a_switch_is_taken_back_to_where_no_other_object_lies(catalog, file, queued, is_same):
    catalog.switch_file(copied(queued))
    other = a_file(file.key, file.location_id, file_id="0" * 32, version=file.version if is_same else "somebody's")
    fill(catalog, other)
    failed = advance(catalog, copied(queued), state=MigrationState.FAILED)

    assert is_same == catalog.withdraw_file(failed)
    assert ("s3-main" if is_same else "azure-main") == catalog.file(file.file_id).location_id
    assert is_same == (catalog.file(other.file_id).state is FileState.VANISHED)


def test_quarantines_that_end_together_are_walked_through_one_by_one(catalog):
    one = QuarantinedSource(migration_id="m0", file_id="f", location_id="s3-main", key="a", version="v", until=NOW)
    sources = [replace(one, migration_id=f"m{number}", key=str(number)) for number in range(4)]
    for source in reversed(sources):
        catalog.quarantine(source)

    assert sources[:2] == catalog.expired_quarantine(NOW, limit=2)
    assert sources[2:] == catalog.expired_quarantine(NOW, limit=2, after=sources[1])
    assert [] == catalog.expired_quarantine(NOW, limit=2, after=sources[3])


def test_quarantine_is_found_by_place_and_by_time(catalog):
    sources = [
        QuarantinedSource(
            migration_id=f"m{number}",
            file_id=f"f{number}",
            location_id="s3-main" if number < 2 else "azure-main",
            key=f"key {number}",
            version="v",
            until=NOW + timedelta(days=number),
        )
        for number in range(3)
    ]
    for source in sources:
        catalog.quarantine(source)
        catalog.quarantine(source)

    assert {"key 0": sources[0], "key 1": sources[1]} == catalog.quarantined_at("s3-main")
    assert sources[:2] == catalog.expired_quarantine(NOW + timedelta(days=1))
    assert sources[:1] == catalog.expired_quarantine(NOW + timedelta(days=9), limit=1)
    assert sources[1:] == catalog.expired_quarantine(NOW + timedelta(days=9), after=sources[0])
    assert {"key 1": sources[1]} == catalog.quarantined_at("s3-main", "key 0", "key 1")
    assert {"key 0": sources[0]} == catalog.quarantined_at("s3-main", None, "key 0")
    catalog.forget_quarantine("m0")
    catalog.forget_quarantine("m0")
    assert sources[1:] == catalog.expired_quarantine(NOW + timedelta(days=9))


def test_an_address_is_kept_until_the_last_of_its_quarantines_ends(catalog):
    one = QuarantinedSource(
        migration_id="m0", file_id="f", location_id="s3-main", key="key", version="v", until=NOW + timedelta(days=9)
    )
    for source in (one, replace(one, migration_id="m1", until=NOW), replace(one, migration_id="m2", key="key 2")):
        catalog.quarantine(source)

    assert NOW + timedelta(days=9) == catalog.quarantined_until("s3-main", "key")
    assert catalog.quarantined_until("s3-main", "ke") is None
    assert catalog.quarantined_until("azure-main", "key") is None
    catalog.forget_quarantine("m0")
    assert NOW == catalog.quarantined_until("s3-main", "key")


def test_a_source_is_in_quarantine_from_the_switch_on(catalog, file, queued):
    catalog.switch_file(copied(queued))

    assert {file.key: file.version} == {
        key: source.version for key, source in catalog.quarantined_at("s3-main").items()
    }
    assert [] == catalog.expired_quarantine(NOW + timedelta(days=100_000))
    catalog.release_file(queued)
    assert {} == catalog.quarantined_at("s3-main")


def test_a_decided_quarantine_outlives_the_release(catalog, file, queued):
    decided = QuarantinedSource(
        migration_id=queued.migration_id,
        file_id=file.file_id,
        location_id="s3-main",
        key=file.key,
        version=file.version,
        until=NOW,
    )
    catalog.switch_file(copied(queued))
    catalog.quarantine(decided)
    catalog.switch_file(copied(queued))
    catalog.release_file(queued)

    assert {file.key: decided} == catalog.quarantined_at("s3-main")


def test_a_batch_is_closed_once_and_so_are_its_events(catalog, queued):
    drain(catalog)
    events = [migration_advanced(queued), migration_advanced(queued)]

    assert catalog.close_batch("batch-1", events)
    assert not catalog.close_batch("batch-1", [migration_advanced(queued)])
    assert [event.id for event in events] == [event.id for event in drain(catalog)]


def test_a_refused_request_is_remembered_unless_its_batch_was_opened(catalog, queued):
    assert "batch-1" == queued.batch_id
    catalog.refuse_batch("batch-1", "team-docs", "too late")
    catalog.refuse_batch("batch-9", "team-docs", "no file is named")

    assert catalog.refusal("batch-1") is None
    assert catalog.refusal("nobody") is None
    assert Refusal(requested_by="team-docs", reason="no file is named") == catalog.refusal("batch-9")
    assert catalog.close_batch("batch-9", [])
    assert not catalog.close_batch("batch-9", [])
