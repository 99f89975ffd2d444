"""Killed twice in the middle of fifty migrations: all of them arrive, each of them once."""

import os
import time
from collections import defaultdict

import psutil

from cloudflow_lib.domain.events import MigrationAdvanced
from cloudflow_lib.domain.migrations import MigrationState
from tests.stack.test_migrations import EVERY_STEP

COUNT = 50
WORKER = "airflow worker -- LocalExecutor"


def test_fifty_migrations_survive_killed_workers_and_a_killed_scheduler(stack, places, put_files, migrate):
    contents = {f"{number:02}.bin": os.urandom(2_000 * (number + 1)) for number in range(COUNT)}
    files = put_files(places["s3"], contents)
    run = migrate("team-docs", files.values(), destination_location=places["azure"].name, quarantine_days=0)

    wait_until_done(run, COUNT // 3)
    kill_workers(scheduler := psutil.Process(stack.process("airflow-scheduler").pid))
    wait_until_done(run, 2 * COUNT // 3)
    assert stack.process("airflow-scheduler").pid == scheduler.pid
    scheduler.kill()

    assert_all_arrive(run, {files[name].key: data for name, data in contents.items()}, places)
    assert stack.process("airflow-scheduler").pid not in (0, scheduler.pid)
    assert_every_worker_has_its_scheduler(stack)


def wait_until_done(run, count):
    until = time.monotonic() + 150
    while run.count(MigrationState.DONE) < count:
        assert time.monotonic() < until
        time.sleep(0.5)


def kill_workers(scheduler):
    """Kill all that have nothing to do, and every other one with its task."""
    workers = [child for child in scheduler.children() if is_worker(child)]
    idle = [worker for worker in workers if not worker.children()]
    busy = [worker for worker in workers if worker.children()]
    for victim in [*idle, *busy[::2]]:
        for task in victim.children():
            task.kill()
        victim.kill()


def is_worker(process):
    try:
        return " ".join(process.cmdline()).startswith(WORKER)
    except psutil.Error:
        return False


def assert_all_arrive(run, contents, places):
    """Byte for byte, nothing lost, nothing twice, and every step told once."""
    assert run.wait() == "success", run.mails()
    assert {MigrationState.DONE} == {move.state for move in run.migrations.values()}
    prefix = f"{os.path.commonpath(contents)}/"
    assert sorted(contents) == places["azure"].bucket.keys(prefix)
    assert [] == places["s3"].bucket.keys(prefix)
    for key, data in contents.items():
        assert places["azure"].bucket.get(key) == data
    events = run.events()
    assert len({event.id for event in events}) == len(events)
    told = defaultdict(list)
    for event in events:
        if isinstance(event, MigrationAdvanced):
            told[event.data.source_key].append(event.data.state)
    assert dict.fromkeys(contents, EVERY_STEP) == told
    assert 1 == len(run.mails())


def assert_every_worker_has_its_scheduler(stack):
    """A killed scheduler's workers end by themselves: they do not pile up with every restart."""
    scheduler = stack.process("airflow-scheduler").pid
    until = time.monotonic() + 30
    while strays := [one for one in stack.own_processes() if is_worker(one) and one.ppid() != scheduler]:
        assert time.monotonic() < until, strays
        time.sleep(0.5)
