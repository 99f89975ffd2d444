"""One file on its way: nothing is removed before it is verified elsewhere."""

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import (
    NotAllowedError,
    NotFoundError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreFullError,
    WrongInputError,
)
from cloudflow_lib.workflows.migrate_file import fail, take_steps

DATA = bytes(range(256)) * 1024  # 256 KiB: four parts on the bench
DONE = MigrationState.DONE


@pytest.mark.parametrize(
    "data", [b"", b"x", DATA, DATA + b"tail"], ids=["empty", "one byte", "parts", "a short last part"]
)
def test_a_migrated_file_has_the_same_bytes_elsewhere(bench, data):
    file = bench.put_file("a/b c.txt", data)
    [move] = bench.open(file, quarantine_days=0)

    done = take_steps(move.migration_id, DONE, bench.services)

    assert DONE is done.state
    assert data == bench.content(file.file_id)
    assert "there" == bench.catalog.file(file.file_id).location_id
    assert bench.catalog.file(file.file_id).migration_id is None
    assert [] == bench.keys("here")
    assert done.proof == "crc64nvme computed by the store"


def test_content_type_metadata_and_tags_travel_with_the_bytes(bench):
    traits = ObjectTraits(content_type="text/csv", metadata={"team": "docs"}, tags={"kind": "report"})
    file = bench.put_file("r.csv", b"1,2", traits=traits)
    [move] = bench.open(file, destination_tier="cold")
    take_steps(move.migration_id, DONE, bench.services)

    carried = bench.stores["there"].traits("r.csv")

    assert ("text/csv", {"team": "docs"}, {"kind": "report"}) == (
        carried.content_type,
        dict(carried.metadata),
        dict(carried.tags),
    )
    assert "COLD" == bench.stores["there"].stat("r.csv").storage_class


def test_the_source_stays_in_quarantine_for_as_long_as_asked(bench):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file, quarantine_days=2)
    take_steps(move.migration_id, DONE, bench.services)

    assert ["a"] == bench.keys("here")
    assert {"a"} == set(bench.catalog.quarantined_at("here"))


def test_a_class_changes_in_place(bench):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, destination_location=None, destination_tier="cold")

    take_steps(move.migration_id, DONE, bench.services)

    assert "COLD" == bench.catalog.file(file.file_id).storage_class
    assert "COLD" == bench.stores["here"].stat("a").storage_class
    assert DATA == bench.content(file.file_id)


def test_taking_the_steps_again_changes_nothing(bench):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file, quarantine_days=0)
    first = take_steps(move.migration_id, DONE, bench.services)

    assert first == take_steps(move.migration_id, DONE, bench.services)


def test_opening_the_same_run_again_opens_nothing_new(bench):
    file = bench.put_file("a", b"1")

    assert bench.open(file) == bench.open(file)


def test_a_file_is_held_by_one_migration_at_a_time(bench):
    file = bench.put_file("a", b"1")
    bench.open(file, batch="run-1")

    [second] = bench.open(file, batch="run-2")

    assert MigrationState.FAILED is second.state
    assert second.error


def test_every_step_is_an_event_in_order(bench):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file)
    take_steps(move.migration_id, DONE, bench.services)

    events = bench.events()
    states = [event.data.state for event in events if event.type == "io.cloudflow.migration.advanced.v1"]

    assert ["validated", "copied", "verified", "switched", "done"] == [state.value for state in states][-5:]
    assert len({event.id for event in events}) == len(events)


def test_a_source_that_changed_since_it_was_catalogued_is_not_moved(bench):
    file = bench.put_file("a", b"old")
    [move] = bench.open(file)
    bench.stores["here"].put("a", b"new", ObjectTraits())

    with pytest.raises(ObjectChangedError, match="scan"):
        take_steps(move.migration_id, DONE, bench.services)

    assert [] == bench.keys("there")


def test_a_source_overwritten_while_it_is_copied_keeps_its_new_bytes(bench):
    file = bench.put_file("a", b"old")
    [move] = bench.open(file, quarantine_days=0)
    take_steps(move.migration_id, MigrationState.COPIED, bench.services)
    bench.stores["here"].put("a", b"new", ObjectTraits())

    with pytest.raises(ObjectChangedError):
        take_steps(move.migration_id, DONE, bench.services)
    fail(move.migration_id, "overwritten", bench.services)

    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))
    assert bench.catalog.file(file.file_id).migration_id is None


def test_a_source_overwritten_after_it_was_verified_survives(bench):
    file = bench.put_file("a", b"old")
    [move] = bench.open(file, quarantine_days=0)
    take_steps(move.migration_id, MigrationState.VERIFIED, bench.services)
    info = bench.stores["here"].put("a", b"new", ObjectTraits())

    done = take_steps(move.migration_id, DONE, bench.services)

    assert "kept" in " ".join(done.notes)
    assert b"new" == b"".join(bench.stores["here"].read("a", version=info.version))
    assert b"old" == bench.content(file.file_id)


def test_a_name_that_is_taken_is_refused_and_its_object_stays_as_it_is(bench):
    file = bench.put_file("a", b"mine")
    info = bench.stores["there"].put("a", b"theirs", ObjectTraits())
    [move] = bench.open(file)

    with pytest.raises(ObjectExistsError, match="another destination prefix"):
        take_steps(move.migration_id, DONE, bench.services)
    fail(move.migration_id, "taken", bench.services)

    assert b"theirs" == b"".join(bench.stores["there"].read("a", version=info.version))


def test_a_full_destination_leaves_nothing_behind(bench):
    from cloudflow_lib.adapters.stores.memory import MemoryStore

    bench.stores["there"] = MemoryStore("full", capacity_bytes=10)
    file = bench.put_file("a", DATA)
    [move] = bench.open(file)

    with pytest.raises(StoreFullError):
        take_steps(move.migration_id, DONE, bench.services)
    fail(move.migration_id, "full", bench.services)

    assert [] == bench.keys("there")
    assert [] == list(bench.stores["there"].list_uploads())
    assert DATA == bench.content(file.file_id)


def test_a_destination_that_was_full_for_a_moment_gets_its_room_back_and_then_the_file(bench):
    from cloudflow_lib.adapters.stores.memory import MemoryStore

    there = bench.stores["there"] = MemoryStore("full for a moment", capacity_bytes=len(DATA))
    there.put("somebody else's", b"1", ObjectTraits())
    file = bench.put_file("a", DATA)
    [move] = bench.open(file)

    with pytest.raises(StoreFullError):
        take_steps(move.migration_id, DONE, bench.services)
    assert [] == list(there.list_uploads())
    there.delete("somebody else's")
    take_steps(move.migration_id, DONE, bench.services)

    assert DATA == bench.content(file.file_id)
    assert ["a"] == bench.keys("there")


def test_a_source_that_vanished_fails_its_migration_alone(bench):
    gone, stays = bench.put_file("gone", b"1"), bench.put_file("stays", b"2")
    moves = {move.file_id: move for move in bench.open(gone, stays)}
    bench.stores["here"].delete("gone")

    with pytest.raises(ObjectNotFoundError):
        take_steps(moves[gone.file_id].migration_id, DONE, bench.services)
    take_steps(moves[stays.file_id].migration_id, DONE, bench.services)

    assert b"2" == bench.content(stays.file_id)


def test_a_failed_migration_takes_no_further_step(bench):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file)
    fail(move.migration_id, "because", bench.services)

    with pytest.raises(NotAllowedError, match="because"):
        take_steps(move.migration_id, DONE, bench.services)


class TestRequests:
    def test_other_peoples_files_do_not_exist_for_a_user(self, bench):
        file = bench.put_file("a", b"1", owner="team-research")

        with pytest.raises(NotFoundError, match="no such file among the files of team-docs"):
            bench.open(file)

        assert "team-docs" == bench.catalog.refusal("run-1").requested_by
        assert [] == list(bench.catalog.batch("run-1"))

    def test_an_administrator_moves_everybodys_files(self, bench):
        assert bench.open(bench.put_file("a", b"1", owner="team-research"), user="admin")

    def test_a_run_that_nobody_triggered_is_refused(self, bench):
        with pytest.raises(NotAllowedError, match="signed-in user"):
            bench.open(bench.put_file("a", b"1"), user=None)

    def test_a_filter_takes_only_the_users_own_files_of_the_prefix_and_class(self, bench):
        mine = bench.put_file("docs/a", b"1")
        bench.put_file("other/a", b"1")
        bench.put_file("docs/b", b"1", owner="team-research")

        moves = bench.open(source_location="here", prefix="docs/", source_tier="warm")

        assert [mine.file_id] == [move.file_id for move in moves]

    @pytest.mark.parametrize(
        ("wish", "words"),
        [
            ({}, "say which files"),
            ({"source_location": "nowhere"}, "nowhere"),
            ({"source_location": "here", "destination_tier": "icy"}, "destination_tier"),
            ({"source_location": "here", "quarantine_days": -1}, "quarantine_days"),
            ({"source_location": "here", "limit": 201}, "limit"),
            ({"source_location": "here", "colour": "red"}, "colour"),
            ({"source_location": "here", "prefix": "none/"}, "no file matches"),
            ({"file_ids": [str(n) for n in range(201)]}, "at most 200"),
        ],
    )
    def test_a_wrong_wish_is_refused_in_words_that_help(self, bench, wish, words):
        from cloudflow_lib.errors import CloudFlowError
        from cloudflow_lib.workflows.request_migrations import open_migrations

        bench.put_file("a", b"1")

        with pytest.raises(CloudFlowError, match=words) as refused:
            open_migrations("run-1", "team-docs", wish, bench.services)

        assert "\n" not in str(refused.value)

    def test_a_file_that_is_there_already_is_not_moved(self, bench):
        file = bench.put_file("a", b"1")

        with pytest.raises(WrongInputError, match="already has the class"):
            bench.open(file, destination_location=None, storage_class="HOT")


def test_patterns_choose_among_the_files(bench):
    for key in ("raw/a.csv", "raw/b.csv", "raw/c.txt", "done/d.csv"):
        bench.put_file(key, b"1")

    moves = bench.open(source_location="here", include=["*.csv"], exclude=["done/*", "*/b.*"])

    assert ["raw/a.csv"] == [move.source.key for move in moves]
