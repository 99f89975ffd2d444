"""What waits for its end gets it, and nothing else does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import AccessDeniedError, CatalogUnavailableError, CloudFlowError, StoreUnavailableError
from cloudflow_lib.ports.migration_book import QuarantinedSource
from cloudflow_lib.workflows.migrate_file import STALE_AFTER, advance, take_steps
from cloudflow_lib.workflows.patience import PATIENCE
from cloudflow_lib.workflows.scan_location import scan_location
from cloudflow_lib.workflows.sweep_leftovers import ABANDONED_AFTER, sweep_leftovers
from cloudflow_lib.workflows.undo_migration import cancel, roll_back


def migrated(bench, *, days=1.0):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file, quarantine_days=days)
    take_steps(move.migration_id, MigrationState.DONE, bench.services)
    return file


def test_a_source_stays_until_its_quarantine_is_over(bench):
    migrated(bench)
    bench.later(hours=23)

    assert 0 == sweep_leftovers(bench.services).removed
    assert ["a"] == bench.keys("here")


def test_a_source_goes_when_its_quarantine_is_over(bench):
    file = migrated(bench)
    bench.later(hours=25)

    first, second = sweep_leftovers(bench.services), sweep_leftovers(bench.services)

    assert (1, 0) == (first.removed, second.removed)
    assert [] == bench.keys("here")
    assert b"1" == bench.content(file.file_id)


def test_one_sweep_removes_all_that_is_due_however_much_it_is(bench, monkeypatch):
    monkeypatch.setattr("cloudflow_lib.workflows.sweep_leftovers.AT_ONCE", 2)
    for name in "abcde":
        [move] = bench.open(bench.put_file(name, b"1"), batch=name, quarantine_days=1.0)
        take_steps(move.migration_id, MigrationState.DONE, bench.services)
    bench.later(hours=25)
    delete = bench.stores["here"].delete

    def sometimes(key, **asked):
        if key == "a":
            raise StoreUnavailableError("busy")
        return delete(key, **asked)

    monkeypatch.setattr(bench.stores["here"], "delete", sometimes)
    report = sweep_leftovers(bench.services)

    assert (4, ("here/a: busy",)) == (report.removed, report.problems)
    assert ["a"] == bench.keys("here")


def in_quarantine(bench, names, *, source="here", **where):
    """Move files of these names; their quarantines end in the order of the names."""
    for name in names:
        [move] = bench.open(bench.put_file(name, b"1", location=source), batch=name, quarantine_days=1.0, **where)
        take_steps(move.migration_id, MigrationState.DONE, bench.services)
        bench.later(seconds=1)
    return names


def refusing(bench, monkeypatch, error, names):
    """Let `here` refuse to remove *names*; return the list of what it was asked to remove."""
    asked = []
    delete = bench.stores["here"].delete

    def refuse(key, **how):
        asked.append(key)
        if key in names:
            raise error
        return delete(key, **how)

    monkeypatch.setattr(bench.stores["here"], "delete", refuse)
    return asked


def test_sources_that_cannot_be_removed_take_no_turn_from_others(bench, monkeypatch):
    """Not even a thousand objects that their bucket locks, first in line."""
    monkeypatch.setattr("cloudflow_lib.workflows.sweep_leftovers.AT_ONCE", 2)
    refusing(bench, monkeypatch, AccessDeniedError("locked"), in_quarantine(bench, "abcd"))
    in_quarantine(bench, "efg")
    bench.later(hours=25)

    report = sweep_leftovers(bench.services)
    assert (3, 4) == (report.removed, len(report.problems))
    assert ["a", "b", "c", "d"] == bench.keys("here")


def test_a_report_names_the_first_of_many_problems_and_counts_the_others(bench, monkeypatch):
    monkeypatch.setattr("cloudflow_lib.workflows.sweep_leftovers.MOST_PROBLEMS", 2)
    refusing(bench, monkeypatch, AccessDeniedError("locked"), in_quarantine(bench, "abcde"))
    bench.later(hours=25)

    problems = sweep_leftovers(bench.services).problems
    assert 3 == len(problems)
    assert problems[2].startswith("and 3 more")


def test_a_store_that_does_not_answer_is_left_alone_until_the_next_sweep(bench, monkeypatch):
    names = in_quarantine(bench, [f"a{number:02}" for number in range(PATIENCE + 5)])
    in_quarantine(bench, ["z"], source="there", destination_location="here", user="admin")
    asked = refusing(bench, monkeypatch, StoreUnavailableError("busy"), names)
    bench.later(hours=25)

    report = sweep_leftovers(bench.services)
    assert names[:PATIENCE] == asked
    assert (1, PATIENCE) == (report.removed, len(report.problems))


def test_a_silent_destination_holds_up_no_source_whose_copy_lies_elsewhere(bench, monkeypatch):
    bench.catalog.save_location(replace(bench.catalog.location("there"), location_id="dead", bucket="dead"))
    bench.stores["dead"] = MemoryStore(f"dead-{uuid4()}")
    in_quarantine(bench, [f"a{number:02}" for number in range(PATIENCE + 5)], destination_location="dead")
    in_quarantine(bench, ["z"])
    bench.later(hours=25)
    asked = []

    def stat(key):
        asked.append(key)
        raise StoreUnavailableError("busy")

    monkeypatch.setattr(bench.stores["dead"], "stat", stat)
    report = sweep_leftovers(bench.services)

    assert (1, PATIENCE, PATIENCE) == (report.removed, len(report.problems), len(asked))
    assert "z" not in bench.keys("here")


def silent(bench, monkeypatch, location):
    """Let nobody answer at the location; return the list of keys that were asked about."""
    asked = []

    class Silent:
        def __getattr__(self, name):
            def refuse(*args, **_):
                asked.append(args[-1])
                raise StoreUnavailableError(f"{location} does not answer")

            return refuse

    monkeypatch.setitem(bench.stores, location, Silent())
    return asked


@pytest.mark.parametrize(
    ("state", "ended"), [(MigrationState.COPIED, "failed"), (MigrationState.SWITCHED, "finished")], ids=str
)
def test_a_silent_location_holds_up_no_stale_migration_to_another(bench, monkeypatch, state, ended):
    bench.catalog.save_location(replace(bench.catalog.location("there"), location_id="dead", bucket="dead"))
    bench.stores["dead"] = MemoryStore(f"dead-{uuid4()}")
    for number in range(PATIENCE + 5):
        [move] = bench.open(
            bench.put_file(f"a{number:02}", b"1"), batch=f"{number}", destination_location="dead", quarantine_days=0
        )
        take_steps(move.migration_id, state, bench.services)
        bench.later(seconds=1)
    [other] = bench.open(bench.put_file("z", b"1"), batch="z", quarantine_days=0)
    take_steps(other.migration_id, state, bench.services)
    bench.later(days=400)
    asked = silent(bench, monkeypatch, "dead")
    report = sweep_leftovers(bench.services)

    assert PATIENCE == len({key for key in asked if str(key).startswith("a")})
    assert other.migration_id not in {one.migration_id for one in bench.catalog.stale_migrations(bench.now)}
    assert 1 <= getattr(report, ended)


def test_a_catalogue_that_does_not_answer_ends_the_sweep_at_once(bench, monkeypatch):
    """Else each of thousands of sources waits for it in turn."""
    in_quarantine(bench, "ab")
    bench.later(hours=25)
    assert 1 == calls_of_a_sweep_while_it_is_away(bench, monkeypatch, "hold_file")


def test_nor_does_each_migration_that_stood_still_wait_for_a_catalogue_that_is_away(bench, monkeypatch):
    for name in "ab":
        bench.open(bench.put_file(name, b"1"), batch=name)
    bench.later(days=400)
    assert 1 == calls_of_a_sweep_while_it_is_away(bench, monkeypatch, "advance")


def calls_of_a_sweep_while_it_is_away(bench, monkeypatch, method):
    """Return how often a sweep calls *method* of a catalogue that does not answer to it."""
    asked = []

    def away(*asked_for, **more):
        asked.append((asked_for, more))
        raise CatalogUnavailableError("busy")

    with monkeypatch.context() as patch:
        patch.setattr(bench.catalog, method, away)
        with pytest.raises(CatalogUnavailableError):
            sweep_leftovers(bench.services)
    return len(asked)


def test_a_source_that_was_overwritten_in_quarantine_survives(bench):
    migrated(bench)
    bench.stores["here"].put("a", b"newer", ObjectTraits())
    bench.later(hours=25)

    assert 1 == sweep_leftovers(bench.services).kept
    assert ["a"] == bench.keys("here")
    assert {} == dict(bench.catalog.quarantined_at("here"))


def test_a_source_stays_when_its_copy_was_lost(bench):
    """Somebody deleted the copy: the source is the last one there is."""
    migrated(bench)
    bench.stores["there"].delete("a")
    bench.later(hours=25)

    assert 1 == sweep_leftovers(bench.services).kept
    assert ["a"] == bench.keys("here")


@pytest.mark.parametrize("is_known", [False, True], ids=["unseen", "catalogued"])
def test_a_source_goes_only_while_its_file_is_what_the_catalogue_says(bench, is_known):
    """Whoever replaced the copy may have meant to; but nobody who could say so has looked yet."""
    migrated(bench)
    bench.stores["there"].put("a", b"other bytes", ObjectTraits())
    if is_known:
        scan_location("there", catalog=bench.catalog, open_store=bench.services.open_store, clock=bench.services.clock)
    bench.later(hours=25)

    report = sweep_leftovers(bench.services)

    assert (1, 0) == ((report.removed, report.kept) if is_known else (report.kept, report.removed))
    assert ([] if is_known else ["a"]) == bench.keys("here")


def moved_twice(bench):
    """A bundle quarantined the source and was given up; then a migration moves the file, to be undone for 90 days."""
    file = bench.put_file("a", b"1")
    left = QuarantinedSource(
        migration_id="camp/0000/a",
        file_id=file.file_id,
        location_id="here",
        key="a",
        version=file.version,
        until=bench.now + timedelta(days=7),
    )
    bench.catalog.quarantine(left)
    [move] = bench.open(file, quarantine_days=90)
    take_steps(move.migration_id, MigrationState.DONE, bench.services)
    return move


def test_what_an_earlier_move_left_over_does_not_end_the_quarantine_of_a_later_one(bench):
    move = moved_twice(bench)
    bench.later(days=8)

    assert (0, 1) == ((report := sweep_leftovers(bench.services)).removed, report.kept)
    assert ["a"] == bench.keys("here")
    assert MigrationState.ROLLED_BACK is roll_back(move.migration_id, "team-docs", bench.services).state
    assert ([], b"1") == (bench.keys("there"), bench.content(move.file_id))


def test_a_source_goes_when_the_last_of_its_quarantines_is_over(bench):
    moved_twice(bench)
    bench.later(days=8)
    sweep_leftovers(bench.services)
    bench.later(days=83)

    assert 1 == sweep_leftovers(bench.services).removed
    assert [] == bench.keys("here")
    assert {} == dict(bench.catalog.quarantined_at("here"))


def test_a_source_stays_when_nobody_knows_its_file(bench):
    source = bench.stores["here"].put("a", b"1", ObjectTraits())
    bench.catalog.quarantine(
        QuarantinedSource(
            migration_id="m", file_id="unknown", location_id="here", key="a", version=source.version, until=bench.now
        )
    )

    assert 1 == sweep_leftovers(bench.services).kept
    assert ["a"] == bench.keys("here")
    assert {} == dict(bench.catalog.quarantined_at("here"))


def test_a_migration_that_lacks_only_its_last_step_gets_it(bench):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file, quarantine_days=0)
    take_steps(move.migration_id, MigrationState.SWITCHED, bench.services)
    bench.later(days=400)

    assert 1 == sweep_leftovers(bench.services).finished
    assert MigrationState.DONE is bench.catalog.migration(move.migration_id).state
    assert [] == bench.keys("here")
    assert bench.catalog.file(file.file_id).migration_id is None


def test_a_migration_that_stood_still_before_the_switch_ends_failed(bench):
    file = bench.put_file("a", b"1")
    [move] = bench.open(file)
    take_steps(move.migration_id, MigrationState.COPIED, bench.services)
    bench.later(days=400)

    assert 1 == sweep_leftovers(bench.services).failed
    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))
    assert bench.catalog.file(file.file_id).migration_id is None


def clocked(bench):
    """Let the catalogue live by the clock of the bench."""
    bench.catalog._now = lambda: bench.now


@pytest.mark.parametrize("state", [None, MigrationState.VALIDATED, MigrationState.VERIFIED], ids=str)
def test_a_migration_whose_run_goes_on_may_wait_for_its_turn_for_days(bench, state):
    clocked(bench)
    waiting, working = bench.put_file("a", b"1"), bench.put_file("b", b"1")
    [move] = [one for one in bench.open(waiting, working) if one.file_id == waiting.file_id]
    if state is not None:
        take_steps(move.migration_id, state, bench.services)
    bench.later(days=3)

    assert 0 == sweep_leftovers(bench.services).failed
    assert MigrationState.DONE is take_steps(move.migration_id, MigrationState.DONE, bench.services).state


def test_a_migration_that_waits_is_ended_when_its_run_is_over_or_lost(bench):
    clocked(bench)
    bench.open(bench.put_file("a", b"1"), batch="closed")
    bench.open(bench.put_file("b", b"1"), batch="lost")
    bench.catalog.close_batch("closed", [])
    bench.later(hours=23)
    assert 0 == sweep_leftovers(bench.services).failed
    bench.later(hours=2)
    assert 1 == sweep_leftovers(bench.services).failed
    assert MigrationState.FAILED is bench.catalog.batch("closed")[0].state
    bench.later(seconds=ABANDONED_AFTER.total_seconds())

    assert 1 == sweep_leftovers(bench.services).failed
    assert bench.catalog.file(bench.catalog.batch("lost")[0].file_id).migration_id is None


def test_many_that_wait_keep_none_from_its_end(bench, monkeypatch):
    """A sweep looks at so many at a time, the oldest first."""
    clocked(bench)
    stale = bench.catalog.stale_migrations
    monkeypatch.setattr(bench.catalog, "stale_migrations", lambda *asked, **more: stale(*asked, **{**more, "limit": 2}))
    bench.open(*(bench.put_file(name, b"1") for name in "abc"))
    bench.later(seconds=1)
    [move] = bench.open(bench.put_file("z", b"1"), batch="z", quarantine_days=0)
    take_steps(move.migration_id, MigrationState.SWITCHED, bench.services)
    bench.later(hours=25)

    assert 1 == sweep_leftovers(bench.services).finished


def test_a_store_that_does_not_answer_is_named_and_tried_again(bench):
    migrated(bench)
    bench.later(hours=25)
    store = bench.stores["here"]

    class Down:
        def delete(self, *_, **__):
            raise StoreUnavailableError("here does not answer")

    bench.stores["here"] = Down()
    assert ("here/a: here does not answer",) == sweep_leftovers(bench.services).problems

    bench.stores["here"] = store
    assert 1 == sweep_leftovers(bench.services).removed


class TestUploads:
    DATA = bytes(range(256)) * 1024  # four parts on the bench

    def broken_off(self, bench, method="put_part", *, after=False, name="big", location="here", **wish):
        """Break a migration off at its first call of *method*."""
        [move] = bench.open(bench.put_file(name, self.DATA, location=location), batch=name, **wish)
        store = bench.stores[move.destination.location_id]
        original = getattr(store, method)

        def broken(*args, **named):
            if after:
                original(*args, **named)
            raise StoreUnavailableError("gone")

        setattr(store, method, broken)
        with pytest.raises(StoreUnavailableError):
            take_steps(move.migration_id, MigrationState.DONE, bench.services)
        setattr(store, method, original)
        return move

    def during_a_copy(self, bench, monkeypatch, then):
        """Copy a large object in two days, and call *then* before its last part; return the migration."""
        clocked(bench)
        monkeypatch.setattr("cloudflow_lib.workflows.migration_copy.PROGRESS_EVERY_SECONDS", 0)
        [move] = bench.open(bench.put_file("big", self.DATA * 4))
        bench.catalog.close_batch(move.batch_id, [])
        there, parts = bench.stores["there"], []
        put_part = there.put_part

        def slowly(*args, **named):
            parts.append(args)
            bench.later(hours=3)
            if len(parts) == 16:
                then(move)
            return put_part(*args, **named)

        monkeypatch.setattr(there, "put_part", slowly)
        return move

    def test_a_copy_may_take_longer_than_a_day(self, bench, monkeypatch):
        reports = []
        move = self.during_a_copy(bench, monkeypatch, lambda _move: reports.append(sweep_leftovers(bench.services)))

        assert MigrationState.DONE is take_steps(move.migration_id, MigrationState.DONE, bench.services).state
        assert [(0, 0)] == [(report.failed, report.aborted_uploads) for report in reports]
        assert self.DATA * 4 == bench.content(move.file_id)

    def test_a_file_is_not_let_go_while_its_copy_is_written_for_more_than_a_day(self, bench, monkeypatch):
        holders = []

        def end(move):
            cancel(move.migration_id, "team-docs", bench.services)
            holders.append(bench.catalog.file(move.file_id).migration_id)

        move = self.during_a_copy(bench, monkeypatch, end)
        with pytest.raises(CloudFlowError):
            take_steps(move.migration_id, MigrationState.DONE, bench.services)

        assert [move.migration_id] == holders
        assert bench.catalog.file(move.file_id).migration_id is None
        assert ([], []) == (bench.keys("there"), self.uploads(bench))

    def test_a_copy_that_stands_still_for_a_day_is_ended(self, bench, monkeypatch):
        move = self.during_a_copy(bench, monkeypatch, lambda _move: None)
        there = bench.stores["there"]
        monkeypatch.setattr(
            there, "finish_upload", lambda *_, **__: (_ for _ in ()).throw(StoreUnavailableError("gone"))
        )
        with pytest.raises(StoreUnavailableError):
            take_steps(move.migration_id, MigrationState.DONE, bench.services)
        bench.later(seconds=STALE_AFTER.total_seconds() + 1)

        assert 1 == sweep_leftovers(bench.services).failed

    def uploads(self, bench):
        return list(bench.stores["there"].list_uploads())

    def end_quietly(self, bench, move):
        """End the migration as a worker would that dies before it aborts the upload."""
        known = bench.catalog.migration(move.migration_id)
        advance(known, MigrationState.FAILED, bench.services)

    def test_the_upload_of_an_ended_migration_is_aborted_and_counted(self, bench):
        self.end_quietly(bench, self.broken_off(bench))

        assert 1 == len(self.uploads(bench))
        assert [1, 0] == [sweep_leftovers(bench.services).aborted_uploads for _ in range(2)]
        assert [] == self.uploads(bench)

    def test_the_upload_of_a_migration_that_is_gone_is_aborted_when_it_is_old(self, bench):
        move = self.broken_off(bench)
        del bench.catalog._migrations[move.migration_id]

        assert 0 == sweep_leftovers(bench.services).aborted_uploads
        bench.later(hours=25)
        assert 1 == sweep_leftovers(bench.services).aborted_uploads
        assert [] == self.uploads(bench)

    def test_the_upload_of_a_running_migration_stays(self, bench):
        self.broken_off(bench)

        assert 0 == sweep_leftovers(bench.services).aborted_uploads
        assert 1 == len(self.uploads(bench))

    def test_the_upload_of_a_migration_that_stood_still_is_aborted_and_counted(self, bench):
        self.broken_off(bench)
        bench.later(days=400)

        report = sweep_leftovers(bench.services)

        assert (1, 1) == (report.failed, report.aborted_uploads)
        assert [] == self.uploads(bench)

    def test_an_upload_whose_beginning_nobody_heard_of_is_found_by_its_key_and_time(self, bench):
        bench.now = datetime.now(UTC)  # the store's clock is the real one
        move = self.broken_off(bench, "begin_upload", after=True)
        take_steps(move.migration_id, MigrationState.DONE, bench.services)
        assert 1 == len(self.uploads(bench))
        assert 0 == sweep_leftovers(bench.services).aborted_uploads
        bench.later(hours=25)

        assert [1, 0] == [sweep_leftovers(bench.services).aborted_uploads for _ in range(2)]
        assert [] == self.uploads(bench)
        assert self.DATA == bench.content(move.file_id)

    def test_uploads_of_others_stay(self, bench):
        bench.now = datetime.now(UTC)
        there = bench.stores["there"]
        theirs = [there.begin_upload(key, ObjectTraits()) for key in ("big/other", "other")]
        at_another_time = there.begin_upload("big", ObjectTraits())
        there._uploads[at_another_time].started_at -= timedelta(hours=1)
        self.end_quietly(bench, self.broken_off(bench))
        sweep_leftovers(bench.services)
        bench.later(hours=25)

        assert 0 == sweep_leftovers(bench.services).aborted_uploads
        assert {*theirs, at_another_time} == {upload.upload_id for upload in self.uploads(bench)}

    def test_parts_that_landed_behind_the_end_are_aborted_too(self, bench):
        """A worker that did not know of the end sends on: GCS would keep what it sends."""
        self.end_quietly(bench, self.broken_off(bench))
        [upload] = self.uploads(bench)
        there = bench.stores["there"]
        kept = there._uploads[upload.upload_id]
        sweep_leftovers(bench.services)
        there._uploads[upload.upload_id] = kept
        bench.later(hours=25)

        assert 1 == sweep_leftovers(bench.services).aborted_uploads
        assert [] == self.uploads(bench)

    def test_an_upload_in_a_location_that_does_not_answer_is_named_and_tried_again(self, bench):
        self.end_quietly(bench, self.broken_off(bench))
        there = bench.stores["there"]

        class Down:
            def list_parts(self, *_):
                raise StoreUnavailableError("there does not answer")

        bench.stores["there"] = Down()
        assert ("upload of there/big: there does not answer",) == sweep_leftovers(bench.services).problems

        bench.stores["there"] = there
        assert 1 == sweep_leftovers(bench.services).aborted_uploads

    def test_a_silent_location_is_left_alone_and_holds_up_no_upload_elsewhere(self, bench, monkeypatch):
        names = [f"a{number:02}" for number in range(PATIENCE + 5)]
        for name in names:
            self.end_quietly(bench, self.broken_off(bench, name=name))
        back = {"location": "there", "destination_location": "here", "user": "admin"}
        self.end_quietly(bench, self.broken_off(bench, name="z", **back))
        asked = silent(bench, monkeypatch, "there")
        report = sweep_leftovers(bench.services)

        assert (1, PATIENCE, PATIENCE) == (report.aborted_uploads, len(report.problems), len(asked))

    def test_a_catalogue_that_is_away_ends_the_sweep_of_uploads_at_once(self, bench, monkeypatch):
        for name in "ab":
            self.end_quietly(bench, self.broken_off(bench, name=name))

        assert 1 == calls_of_a_sweep_while_it_is_away(bench, monkeypatch, "close_upload")
