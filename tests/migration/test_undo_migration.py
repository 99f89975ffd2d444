"""Taken back: cancelled before the switch, rolled back after it, and nothing is lost either way."""

from contextlib import suppress
from dataclasses import replace

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import NotAllowedError, NotFoundError, StoreUnavailableError, WrongStateError
from cloudflow_lib.testing.tripwire import Tripwire, Wired
from cloudflow_lib.workflows.migrate_file import fail, take_steps
from cloudflow_lib.workflows.report_batch import report_batch
from cloudflow_lib.workflows.scan_location import scan_location
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers
from cloudflow_lib.workflows.undo_migration import cancel, roll_back

from .conftest import build_bench

DATA = bytes(range(256)) * 700  # three parts on the bench
BEFORE_THE_SWITCH = [
    MigrationState.QUEUED,
    MigrationState.VALIDATED,
    MigrationState.COPIED,
    MigrationState.VERIFIED,
]


def moved(bench, upto=MigrationState.DONE, **request):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, **request)
    if upto is not MigrationState.QUEUED:
        take_steps(move.migration_id, upto, bench.services)
    return file, move.migration_id


@pytest.mark.parametrize("state", BEFORE_THE_SWITCH)
def test_a_cancelled_migration_leaves_nothing_behind(bench, state):
    file, move = moved(bench, state)

    cancelled = cancel(move, "team-docs", bench.services)

    assert MigrationState.CANCELLED is cancelled.state
    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))
    assert [] == list(bench.stores["there"].list_uploads())
    assert bench.catalog.file(file.file_id).migration_id is None
    assert cancelled == cancel(move, "team-docs", bench.services)
    with pytest.raises(NotAllowedError, match="cancelled"):
        take_steps(move, MigrationState.DONE, bench.services)


@pytest.mark.parametrize("end", [cancel, fail], ids=["cancelled", "failed"])
@pytest.mark.parametrize("data", [b"small", DATA], ids=["one request", "parts"])
def test_a_worker_that_copies_while_it_ends_takes_its_copy_back(bench, end, data):
    file = bench.put_file("a", data)
    [move] = bench.open(file)
    store = bench.stores["there"]
    write = "put" if data == b"small" else "finish_upload"
    original = getattr(store, write)

    def end_meanwhile(*args, **named):
        setattr(store, write, original)
        end(move.migration_id, "team-docs", bench.services)
        return original(*args, **named)

    setattr(store, write, end_meanwhile)
    with suppress(NotAllowedError):
        take_steps(move.migration_id, MigrationState.DONE, bench.services)

    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))
    assert data == bench.content(file.file_id)


def scan(bench, place):
    return scan_location(place, catalog=bench.catalog, open_store=bench.services.open_store, clock=bench.services.clock)


def report(_move, _user, services):
    report_batch("run-1", services)


@pytest.mark.parametrize("end", [cancel, fail, report])
@pytest.mark.parametrize("data", [b"small", DATA], ids=["one request", "parts"])
def test_a_switch_that_nobody_wrote_down_is_taken_back_with_its_copy(bench, end, data):
    file = bench.put_file("a", data)
    [move] = bench.open(file, quarantine_days=0)
    verified = take_steps(move.migration_id, MigrationState.VERIFIED, bench.services)
    bench.catalog.switch_file(verified)  # its worker dies right behind this line

    end(move.migration_id, "team-docs", bench.services)

    assert data == bench.content(file.file_id)
    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))
    assert bench.catalog.file(file.file_id).migration_id is None
    assert {} == dict(bench.catalog.quarantined_at("here"))
    assert 1 == scan(bench, "here").unchanged


@pytest.mark.parametrize("end", [cancel, fail])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_switches_while_it_ends_leaves_the_file_where_it_lay(bench, end, moment):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, quarantine_days=0)

    def ended(call):
        def called(*args):
            if moment == "after":
                call(*args)
            end(move.migration_id, "team-docs", bench.services)
            if moment == "before":
                call(*args)

        return called

    slow = Wired(bench.catalog, lambda name, call: ended(call) if name == "switch_file" else call)
    with pytest.raises(NotAllowedError):
        take_steps(move.migration_id, MigrationState.DONE, replace(bench.services, catalog=slow))

    assert DATA == bench.content(file.file_id)
    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))


def test_a_copy_stays_when_its_file_cannot_lie_at_its_source_any_more(bench):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file, quarantine_days=0)
    bench.catalog.switch_file(take_steps(move.migration_id, MigrationState.VERIFIED, bench.services))
    bench.stores["here"].put("a", b"another file", ObjectTraits())
    bench.later(days=30)
    assert 1 == scan(bench, "here").added

    fail(move.migration_id, "because", bench.services)

    assert DATA == bench.content(file.file_id)
    assert bench.catalog.file(file.file_id).migration_id is None


def test_after_the_switch_there_is_no_cancelling(bench):
    _, move = moved(bench)

    with pytest.raises(NotAllowedError, match="roll the migration back"):
        cancel(move, "team-docs", bench.services)


def test_only_those_who_may_touch_a_file_take_its_migration_back(bench):
    _, move = moved(bench)

    for undo in (cancel, roll_back):
        with pytest.raises(NotFoundError, match="no migration"):
            undo(move, "team-platform", bench.services)


def test_a_rolled_back_file_lies_where_it_lay(bench):
    file, move = moved(bench, quarantine_days=3)

    back = roll_back(move, "team-docs", bench.services)

    now = bench.catalog.file(file.file_id)
    assert MigrationState.ROLLED_BACK is back.state
    assert ("here", "a", file.version, None) == (now.location_id, now.key, now.version, now.migration_id)
    assert DATA == bench.content(file.file_id)
    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))
    assert {} == bench.catalog.quarantined_at("here") == bench.catalog.quarantined_at("there")
    assert back == roll_back(move, "team-docs", bench.services)
    bench.later(days=9)
    sweep_leftovers(bench.services)
    assert DATA == bench.content(file.file_id)
    for place in ("here", "there"):
        report = scan_location(
            place, catalog=bench.catalog, open_store=bench.services.open_store, clock=bench.services.clock
        )
        assert (0, 0) == (report.added, report.vanished)


def test_a_file_that_was_rolled_back_can_be_moved_again(bench):
    file, move = moved(bench, quarantine_days=3)
    roll_back(move, "team-docs", bench.services)

    [again] = bench.open(bench.catalog.file(file.file_id), batch="run-2", quarantine_days=0)
    take_steps(again.migration_id, MigrationState.DONE, bench.services)

    assert ([], ["a"]) == (bench.keys("here"), bench.keys("there"))


def test_what_cannot_be_rolled_back_says_what_to_do_instead(bench):
    _, removed = moved(bench, quarantine_days=0)
    with pytest.raises(NotAllowedError, match="migrate the file back instead"):
        roll_back(removed, "team-docs", bench.services)


def test_a_copy_that_was_changed_since_is_kept(bench):
    file, move = moved(bench, quarantine_days=3)
    bench.stores["there"].delete("a")
    bench.stores["there"].put("a", b"newer", bench.stores["here"].traits("a"))

    scan(bench, "there")
    with pytest.raises(NotAllowedError, match="changed or moved since"):
        roll_back(move, "team-docs", bench.services)

    assert b"newer" == bench.content(file.file_id)


def test_a_class_change_is_not_rolled_back(bench):
    _, move = moved(bench, destination_location=None, destination_tier="cold")

    with pytest.raises(NotAllowedError, match="old class"):
        roll_back(move, "team-docs", bench.services)


def calls_of_a_rollback():
    bench, wire = build_bench(), Tripwire()
    _, move = moved(bench)
    roll_back(move, "team-docs", bench.wired(wire))
    return len(wire.calls)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("broken_call", range(1, calls_of_a_rollback() + 1))
def test_a_rollback_that_breaks_anywhere_loses_nothing_and_is_carried_on(broken_call, moment):
    bench, wire = build_bench(), Tripwire(on_call=broken_call, moment=moment)
    file, move = moved(bench)

    with suppress(StoreUnavailableError):
        roll_back(move, "team-docs", bench.wired(wire))
    assert wire.has_tripped
    assert DATA == bench.content(file.file_id)

    back = roll_back(move, "team-docs", bench.services)

    assert MigrationState.ROLLED_BACK is back.state
    assert DATA == bench.content(file.file_id)
    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))


def test_a_rollback_waits_for_a_sweep_that_removes_the_source(bench):
    """It would make the source the file again, and remove the copy, while the source is on its way out."""
    file, move = moved(bench, quarantine_days=1)
    bench.later(days=2)

    def meanwhile(call):
        def called(*args, **named):
            with pytest.raises(WrongStateError, match="holds this file"):
                roll_back(move, "team-docs", bench.services)
            return call(*args, **named)

        return called

    here = Wired(bench.stores["here"], lambda name, call: meanwhile(call) if name == "delete" else call)
    stores = {**bench.stores, "here": here}
    swept = sweep_leftovers(replace(bench.services, open_store=stores.__getitem__))

    assert 1 == swept.removed
    assert DATA == bench.content(file.file_id)
    assert bench.catalog.file(file.file_id).migration_id is None
    with pytest.raises(WrongStateError, match="not there any more"):
        roll_back(move, "team-docs", bench.services)


def test_a_sweep_leaves_the_source_of_a_file_that_is_on_its_way_back(bench):
    file, move = moved(bench, quarantine_days=1)
    bench.later(days=2)

    def meanwhile(call):
        def called(*args):
            swept = sweep_leftovers(bench.services)
            assert (0, 0) == (swept.removed, swept.kept)
            return call(*args)

        return called

    slow = Wired(bench.catalog, lambda name, call: meanwhile(call) if name == "switch_file" else call)
    roll_back(move, "team-docs", replace(bench.services, catalog=slow))

    assert DATA == bench.content(file.file_id)
    assert (["a"], []) == (bench.keys("here"), bench.keys("there"))


def test_a_source_that_was_swept_before_the_file_was_held_ends_the_way_back(bench):
    file, move = moved(bench, quarantine_days=1)
    bench.later(days=2)

    def swept_first(call):
        def called(*args):
            sweep_leftovers(bench.services)
            return call(*args)

        return called

    slow = Wired(bench.catalog, lambda name, call: swept_first(call) if name == "open_batch" else call)
    with pytest.raises(WrongStateError, match="not there any more"):
        roll_back(move, "team-docs", replace(bench.services, catalog=slow))

    assert DATA == bench.content(file.file_id)
    assert bench.catalog.file(file.file_id).migration_id is None
