"""A failed migration is tried again from its first step, wherever it had come to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import NotAllowedError, NotFoundError, OrchestratorError, WrongInputError, WrongStateError
from cloudflow_lib.ports.runs import StartedRun
from cloudflow_lib.testing.tripwire import Wired
from cloudflow_lib.workflows.migrate_file import fail, take_steps
from cloudflow_lib.workflows.report_batch import report_batch
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.retry_migration import retry, retry_batch
from cloudflow_lib.workflows.scan_location import scan_location
from cloudflow_lib.workflows.undo_migration import roll_back

DATA = bytes(range(256)) * 700  # three parts on the bench


def run(dag_id, _conf, *, user, run_id=None):
    return StartedRun(dag_id=dag_id, run_id=run_id or user, url="")


@pytest.fixture
def failed(bench):
    """A file whose migration failed behind the step given."""

    def build(upto=MigrationState.COPIED):
        file = bench.put_file("a", DATA)
        [move] = bench.open(file)
        take_steps(move.migration_id, upto, bench.services)
        fail(move.migration_id, "the store was full", bench.services)
        return file, move

    return build


def test_a_try_waits_until_the_worker_that_failed_has_taken_back_what_it_left(bench):
    """It would take the copy of the next try for its own, whose answer got lost, and remove it."""
    file = bench.put_file("a", b"small")
    [move] = bench.open(file, quarantine_days=0)
    take_steps(move.migration_id, MigrationState.VALIDATED, bench.services)

    def overtaken(upto, call):
        def called(*args, **named):
            if bench.catalog.migration(move.migration_id).state is not MigrationState.VALIDATED:
                with suppress(WrongStateError):
                    retry(move.migration_id, "team-docs", bench.services, run)
                with suppress(NotAllowedError):
                    take_steps(move.migration_id, upto, bench.services)
            return call(*args, **named)

        return called

    meanwhile = {"stat": MigrationState.COPIED, "delete": MigrationState.DONE}
    there = Wired(
        bench.stores["there"], lambda name, call: overtaken(meanwhile[name], call) if name in meanwhile else call
    )
    stores = {**bench.stores, "there": there}
    fail(move.migration_id, "because", replace(bench.services, open_store=stores.__getitem__))

    assert b"small" == bench.content(file.file_id)
    retry(move.migration_id, "team-docs", bench.services, run)
    assert MigrationState.DONE is take_steps(move.migration_id, MigrationState.DONE, bench.services).state


def test_a_try_does_not_wait_for_ever(bench, failed):
    file, move = failed()
    bench.catalog.hold_file(file.file_id, move.migration_id)  # nobody let it go
    with pytest.raises(WrongStateError, match="in some minutes"):
        retry(move.migration_id, "team-docs", bench.services, run)
    bench.later(minutes=16)

    again, _ = retry(move.migration_id, "team-docs", bench.services, run)
    take_steps(again.migration_id, MigrationState.DONE, bench.services)

    assert DATA == bench.content(file.file_id)


@pytest.mark.parametrize("state", [MigrationState.VALIDATED, MigrationState.COPIED, MigrationState.VERIFIED])
def test_wherever_it_failed_the_next_try_arrives(bench, failed, state):
    file, move = failed(state)
    again, started = retry(move.migration_id, "team-docs", bench.services, run)
    assert (MigrationState.QUEUED, started.run_id, None) == (again.state, again.batch_id, again.error)
    done = take_steps(again.migration_id, MigrationState.DONE, bench.services)

    assert MigrationState.DONE is done.state
    assert DATA == bench.content(file.file_id)
    assert "there" == bench.catalog.file(file.file_id).location_id
    assert ["a"] == bench.keys("there")
    assert report_batch(started.run_id, bench.services).is_good


def test_a_file_that_changed_meanwhile_is_moved_as_it_is_now(bench, failed):
    file, move = failed()
    bench.stores["here"].put("a", b"newer", bench.stores["here"].traits("a"))
    scan_location("here", catalog=bench.catalog, open_store=bench.stores.__getitem__, clock=lambda: bench.now)
    again, _ = retry(move.migration_id, "team-docs", bench.services, run)
    take_steps(again.migration_id, MigrationState.DONE, bench.services)

    assert b"newer" == bench.content(file.file_id)
    assert 5 == again.size_bytes


def test_the_run_carries_on_what_the_request_began(bench, failed):
    _, move = failed()
    again, started = retry(move.migration_id, "team-docs", bench.services, run)
    conf = {"retry": [move.migration_id]}

    assert [again] == list(open_migrations(started.run_id, "team-docs", conf, bench.services))
    assert [again] == list(retry_batch(started.run_id, [move.migration_id], "team-docs", bench.services))


def test_the_run_alone_is_enough_when_the_request_broke_off(bench, failed):
    _, move = failed()
    [again] = open_migrations("r", "team-docs", {"retry": [move.migration_id]}, bench.services)

    assert (MigrationState.QUEUED, "r") == (again.state, again.batch_id)


def test_a_run_that_was_not_taken_leaves_the_failure_as_it_is(bench, failed):
    _, move = failed()

    def refuse(*_given, **_named):
        raise OrchestratorError("Airflow did not start migrate_files")

    with pytest.raises(OrchestratorError):
        retry(move.migration_id, "team-docs", bench.services, refuse)
    assert MigrationState.FAILED is bench.catalog.migration(move.migration_id).state


def test_only_what_failed_and_can_still_arrive_is_tried_again(bench, failed):
    file, move = failed()
    with pytest.raises(NotFoundError, match="no migration"):
        retry(move.migration_id, "team-media", bench.services, run)
    [rival] = bench.open(file, batch="run-2")
    with pytest.raises(WrongStateError, match="holds this file"):
        retry(move.migration_id, "team-docs", bench.services, run)
    take_steps(rival.migration_id, MigrationState.DONE, bench.services)
    with pytest.raises(WrongInputError, match="lies there already"):
        retry(move.migration_id, "team-docs", bench.services, run)
    with pytest.raises(WrongStateError, match="only a failed one"):
        retry(rival.migration_id, "team-docs", bench.services, run)


def test_a_way_back_is_walked_again_from_its_own_button(bench):
    file = bench.put_file("a", DATA)
    [move] = bench.open(file)
    take_steps(move.migration_id, MigrationState.DONE, bench.services)
    roll_back(move.migration_id, "team-docs", bench.services)
    [back] = bench.catalog.batch(f"rollback-{move.migration_id}")
    bench.catalog._migrations[back.migration_id] = replace(back, state=MigrationState.FAILED)
    with pytest.raises(WrongStateError, match="back again instead"):
        retry(back.migration_id, "team-docs", bench.services, run)


def test_the_report_of_a_run_leaves_a_try_alone_that_began_meanwhile(bench, failed):
    file, move = failed()
    batch = bench.catalog.batch

    def retried(batch_id):
        found = batch(batch_id)
        if batch_id == move.batch_id and found:
            retry(move.migration_id, "team-docs", bench.services, run)
        return found

    slow = Wired(bench.catalog, lambda name, call: retried if name == "batch" else call)
    report_batch(move.batch_id, replace(bench.services, catalog=slow))

    again = take_steps(move.migration_id, MigrationState.DONE, bench.services)
    assert (MigrationState.DONE, None) == (again.state, again.error)
    assert DATA == bench.content(file.file_id)


def test_a_late_worker_of_the_failed_run_does_not_end_the_next_try(bench, failed):
    _, move = failed()
    retry(move.migration_id, "team-docs", bench.services, run)

    fail(move.migration_id, "no answer for the third time", bench.services, batch_id=move.batch_id)

    assert MigrationState.QUEUED is bench.catalog.migration(move.migration_id).state
