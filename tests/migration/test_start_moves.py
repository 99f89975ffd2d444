"""Requests that are sent again because their answer got lost: what was started stays so, what was not is started."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from cloudflow_lib.domain import campaigns
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import CatalogError, OrchestratorError, WrongInputError
from cloudflow_lib.ports.runs import StartedRun
from cloudflow_lib.workflows import request_migrations, start_moves
from cloudflow_lib.workflows.migrate_file import fail, take_steps
from cloudflow_lib.workflows.move_bundle import move_bundle
from cloudflow_lib.workflows.open_campaign import open_campaign
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.retry_migration import retry
from cloudflow_lib.workflows.start_moves import BatchKind

KEY = "k"
TO_ELSEWHERE = {"destination_location": "there", "quarantine_days": 0}
IN_PLACE = {"source_location": "here", "destination_tier": "cold"}
ALL_OF_IT = {"source_location": "here", **TO_ELSEWHERE}


class Killed(BaseException):
    """The process ends here, whoever catches what."""


@dataclass
class Orchestrator:
    """Queues each named run once, as Airflow does, and can break before one of them."""

    queued: dict = field(default_factory=dict)
    """Run id -> (DAG, what it was queued with)."""
    breaks_at: str | None = None
    error: BaseException = field(default_factory=Killed)

    def __call__(self, dag_id, conf, *, user, run_id=None):
        assert user == "team-docs"
        if run_id == self.breaks_at:
            raise self.error
        earlier = self.queued.get(run_id)
        self.queued.setdefault(run_id, (dag_id, dict(conf)))
        return StartedRun(dag_id=dag_id, run_id=run_id, url=f"/{run_id}", earlier=earlier and earlier[1])


@pytest.fixture(autouse=True)
def small_runs(monkeypatch):
    monkeypatch.setattr(start_moves, "MOST_FILES", 4)
    monkeypatch.setattr(request_migrations, "MOST_FILES", 4)
    monkeypatch.setattr(start_moves, "MOST_IN_PLACE", 12)


@pytest.fixture
def airflow():
    return Orchestrator()


@pytest.fixture
def files(bench):
    bench.now = datetime.now(UTC)
    return [put(bench, number) for number in range(10, 18)]


@pytest.fixture
def send(bench, airflow):
    """Send the request, the same one each time."""

    def sending(wish, files=()):
        ids = [file.file_id for file in files]
        return start_moves.start_moves(wish, ids, "team-docs", bench.services, airflow, KEY)

    return sending


def put(bench, number):
    return bench.put_file(f"raw/{number:02}.bin", bytes([number]) * number)


def counts(started):
    return [(batch.batch_id, batch.files, batch.size_bytes) for batch in started.batches]


def run_to_the_end(bench, airflow):
    """Do what the runs do: open what they were queued with, then take each file through its steps."""
    for run_id, (dag_id, conf) in airflow.queued.items():
        assert "migrate_files" == dag_id
        for migration in open_migrations(run_id, "team-docs", conf, bench.services):
            take_steps(migration.migration_id, MigrationState.DONE, bench.services)


def arrive(bench, run_id, most):
    for migration in bench.catalog.batch(run_id)[:most]:
        take_steps(migration.migration_id, MigrationState.DONE, bench.services)


def files_at(bench, location, files):
    return [file.key for file in files if bench.catalog.file(file.file_id).location_id == location]


@pytest.mark.parametrize("error", [Killed(), OrchestratorError("try again")])
def test_files_of_a_run_that_was_not_started_are_started_when_others_arrived_meanwhile(
    bench, airflow, send, files, error
):
    airflow.breaks_at, airflow.error = "moves__k_1", error
    with pytest.raises(type(error)):
        send(TO_ELSEWHERE, files)
    arrive(bench, "moves__k_0", 2)
    airflow.breaks_at = None
    again = send(TO_ELSEWHERE, files)

    assert [("moves__k_0", 4, 46), ("moves__k_1", 4, 62)] == counts(again)
    assert [] == again.skipped
    run_to_the_end(bench, airflow)
    assert [] == files_at(bench, "here", files)


def test_files_that_a_filter_finds_in_place_are_all_started_when_others_arrived_meanwhile(bench, airflow, send, files):
    airflow.breaks_at = "moves__k_1"
    with pytest.raises(Killed):
        send(IN_PLACE)
    arrive(bench, "moves__k_0", 3)
    airflow.breaks_at = None
    again = send(IN_PLACE)

    assert [("moves__k_0", 4), ("moves__k_1", 4)] == [one[:2] for one in counts(again)]
    assert sum(file.size_bytes for file in files) == sum(batch.size_bytes for batch in again.batches)
    run_to_the_end(bench, airflow)
    assert {"COLD"} == {bench.catalog.file(file.file_id).storage_class for file in files}


@pytest.mark.parametrize(("wish", "by_name"), [(TO_ELSEWHERE, True), (IN_PLACE, False)])
def test_a_run_that_nobody_opened_moves_what_it_was_queued_with(
    bench, airflow, send, files, monkeypatch, wish, by_name
):
    """Other files than those are not given to it: its first task may have told already which it takes."""
    named = files if by_name else ()
    with monkeypatch.context() as patch:
        patch.setattr(start_moves, "open_migrations", broken)
        with pytest.raises(Killed):
            send(wish, named)
    queued = airflow.queued["moves__k_0"][1]["file_ids"]
    if not by_name:
        files.append(put(bench, 1))  # listed before all others
    gone = bench.catalog.file(queued[0])
    set_state(bench, gone, FileState.VANISHED)
    again = send(wish, named)

    first = bench.catalog.batch("moves__k_0")
    assert set(queued[1:]) == {migration.file_id for migration in first}
    assert 3 == again.batches[0].files
    run_to_the_end(bench, airflow)
    moves = [one for run_id in airflow.queued for one in bench.catalog.batch(run_id)]
    assert {MigrationState.DONE} == {one.state for one in moves}
    assert {file.file_id for file in files} - {gone.file_id} == {one.file_id for one in moves}
    assert len(files) - 1 == len(moves) == sum(batch.files for batch in again.batches)
    assert ([gone.file_id] if by_name else []) == [one.file_id for one in again.skipped]


def broken(*_):
    raise Killed


def set_state(bench, file, state):
    bench.catalog._files[file.file_id] = replace(bench.catalog.file(file.file_id), state=state)


def test_a_run_that_was_opened_in_part_is_opened_to_its_end(bench, send, files, monkeypatch):
    open_batch = bench.catalog.open_batch

    def cut_short(batch_id, migrations):
        open_batch(batch_id, migrations[:1])
        raise CatalogError("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(bench.catalog, "open_batch", cut_short)
        with pytest.raises(CatalogError):
            send(TO_ELSEWHERE, files)
    again = send(TO_ELSEWHERE, files)

    assert [4, 4] == [len(bench.catalog.batch(batch.batch_id)) for batch in again.batches]
    assert [("moves__k_0", 4, 46), ("moves__k_1", 4, 62)] == counts(again)


@pytest.mark.parametrize(("wish", "by_name"), [(TO_ELSEWHERE, True), (IN_PLACE, False)])
def test_a_request_whose_files_all_arrived_is_answered_as_the_first_time(bench, airflow, send, files, wish, by_name):
    named = files if by_name else ()
    first = send(wish, named)
    run_to_the_end(bench, airflow)

    assert first == send(wish, named)
    assert 2 == len(airflow.queued)


def test_files_that_failed_or_were_tried_again_are_not_started_anew(bench, airflow, send, files):
    send(TO_ELSEWHERE, files)
    failed, retried = bench.catalog.batch("moves__k_0")[:2]
    for one in (failed, retried):
        fail(one.migration_id, "no", bench.services)
    retry(retried.migration_id, "team-docs", bench.services, airflow)
    again = send(TO_ELSEWHERE, files)

    assert ["moves__k_0", "moves__k_1"] == [batch.batch_id for batch in again.batches]
    assert [] == again.skipped


def test_a_file_that_another_move_held_comes_into_a_run_of_its_own(bench, airflow, send, files):
    """The first run has its list already."""
    [other] = bench.open(files[0], batch="other")
    first = send(TO_ELSEWHERE, files[:4])
    fail(other.migration_id, "no", bench.services)
    again = send(TO_ELSEWHERE, files[:4])

    assert ([3], [files[0].file_id]) == ([one.files for one in first.batches], [one.file_id for one in first.skipped])
    assert [("moves__k_0", 3, 36), ("moves__k_1", 1, 10)] == counts(again)
    run_to_the_end(bench, airflow)
    assert [] == files_at(bench, "here", files[:4])


def test_a_file_that_was_gone_when_its_run_was_opened_is_told_and_started_once_it_is_back(
    bench, airflow, send, files, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(start_moves, "open_migrations", broken)
        with pytest.raises(Killed):
            send(TO_ELSEWHERE, files[:4])
    set_state(bench, files[0], FileState.VANISHED)
    run_to_the_end(bench, airflow)
    told = send(TO_ELSEWHERE, files[:4])
    set_state(bench, files[0], FileState.PRESENT)
    again = send(TO_ELSEWHERE, files[:4])

    assert [("moves__k_0", 3, 36)] == counts(told)
    assert [files[0].file_id] == [one.file_id for one in told.skipped]
    assert [("moves__k_0", 3, 36), ("moves__k_1", 1, 10)] == counts(again)


def test_a_file_that_goes_while_its_run_is_started_keeps_no_other_from_its_way(bench, airflow, files):
    def start_run(dag_id, conf, *, user, run_id=None):
        set_state(bench, files[0], FileState.VANISHED)
        return airflow(dag_id, conf, user=user, run_id=run_id)

    ids = [file.file_id for file in files]
    started = start_moves.start_moves(TO_ELSEWHERE, ids, "team-docs", bench.services, start_run, KEY)

    assert [("moves__k_0", 3, 36), ("moves__k_1", 4, 62)] == counts(started)


def test_a_run_that_its_own_first_task_opens_meanwhile_is_told_as_started(bench, airflow, send, files, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(start_moves, "open_migrations", broken)
        with pytest.raises(Killed):
            send(TO_ELSEWHERE, files[:4])
    files_named = start_moves.files_named

    def opened_meanwhile(*asked):
        run_to_the_first_step(bench, airflow)
        return files_named(*asked)

    monkeypatch.setattr(start_moves, "files_named", opened_meanwhile)
    again = send(TO_ELSEWHERE, files[:4])

    assert ([("moves__k_0", 4, 46)], []) == (counts(again), again.skipped)


def run_to_the_first_step(bench, airflow):
    for run_id, (_, conf) in airflow.queued.items():
        for migration in open_migrations(run_id, "team-docs", conf, bench.services):
            take_steps(migration.migration_id, MigrationState.VALIDATED, bench.services)


def test_a_run_that_was_refused_is_not_waited_for(bench, airflow, send, files):
    """Its first task has ended: nobody would move what is opened for it now."""
    airflow("migrate_files", {"file_ids": []}, user="team-docs", run_id="moves__k_0")
    bench.catalog.refuse_batch("moves__k_0", "team-docs", "no such location")
    again = send(TO_ELSEWHERE, files[:4])

    assert ["moves__k_1"] == [batch.batch_id for batch in again.batches]
    assert 4 == len(bench.catalog.batch("moves__k_1"))


@pytest.mark.parametrize("bundles", [1, 2])
def test_what_became_a_campaign_stays_one_however_few_files_are_left(bench, airflow, send, files, monkeypatch, bundles):
    monkeypatch.setattr(campaigns, "SMALLEST_BUNDLE", 5)
    first = send(ALL_OF_IT)
    open_campaign("campaign__k", "team-docs", ALL_OF_IT, bench.services)
    for bundle_id in bench.catalog.waiting_bundles("campaign__k")[:bundles]:
        move_bundle(bundle_id, bench.services)
    again = send(ALL_OF_IT)

    assert BatchKind.CAMPAIGN is first.batches[0].kind
    assert first == again
    assert ["campaign__k"] == list(airflow.queued)
    assert (3 if bundles == 1 else 0) == len(files_at(bench, "here", files))


def test_what_went_file_by_file_does_so_again_however_many_match_by_now(bench, airflow, send):
    bench.now = datetime.now(UTC)
    files = [put(bench, number) for number in range(10, 13)]
    send(ALL_OF_IT)
    files += [put(bench, number) for number in range(20, 26)]
    again = send(ALL_OF_IT)

    assert [("moves__k_0", 3), ("moves__k_1", 4), ("moves__k_2", 2)] == [one[:2] for one in counts(again)]
    run_to_the_end(bench, airflow)
    assert [] == files_at(bench, "here", files)


def test_a_request_that_started_nothing_is_still_refused(send, files):
    with pytest.raises(WrongInputError, match="no file matches"):
        send({**ALL_OF_IT, "prefix": "none/"})
    with pytest.raises(WrongInputError, match="lies there already"):
        send({"storage_class": files[0].storage_class}, files)
