"""How the workers of our executor take their work; no stack is needed to see it."""

import ctypes
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass
from selectors import EVENT_READ
from threading import Timer
from uuid import uuid4

import psutil
import pytest
import structlog

pytestmark = pytest.mark.usefixtures("plugins_on_the_path")

FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Job:
    """As much of an Airflow workload as an inbox looks at."""

    key: object


def open_inbox(queue, scheduler, desk=None):
    from cloudflow_plugin.executor import Inbox

    return Inbox(queue, scheduler, new_desk() if desk is None else desk)


def new_desk():
    return FORK.RawValue(ctypes.c_longlong, 0)


def work(scheduler, queue, done):
    inbox = open_inbox(queue, scheduler)
    while (task := inbox.get()) is not None:
        done.put(task)


def test_a_worker_that_is_killed_while_it_waits_does_not_stop_the_others():
    queue, done = FORK.SimpleQueue(), FORK.SimpleQueue()
    workers = [FORK.Process(target=work, args=(os.getpid(), queue, done)) for _ in range(3)]
    for worker in workers:
        worker.start()
    time.sleep(0.5)

    for victim in workers[:2]:
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
    jobs = [Job(f"task {number}") for number in range(10)]
    for job in jobs:
        queue.put(job)

    assert jobs == [done.get() for _ in range(10)]
    queue.put(None)
    workers[2].join(timeout=10)
    assert 0 == workers[2].exitcode


def test_a_worker_without_its_scheduler_ends():
    queue = FORK.SimpleQueue()
    queue.put("work that a new scheduler gives out again")

    assert open_inbox(queue, scheduler=os.getpid()).get() is None


def test_a_desk_shows_what_the_worker_has():
    queue, desk = FORK.SimpleQueue(), new_desk()
    for job in (Job("a"), Job("b"), None):
        queue.put(job)
    inbox = open_inbox(queue, os.getppid(), desk)

    shown = [(inbox.get(), desk.value) for _ in range(3)]

    assert [(Job("a"), hash("a")), (Job("b"), hash("b")), (None, 0)] == shown


def hold_for_ever(lock, has_it):
    lock.acquire()
    has_it.set()
    time.sleep(600)


def test_a_lock_that_a_killed_worker_took_along_is_given_back():
    from cloudflow_plugin.executor import free

    lock, has_it = FORK.Lock(), FORK.Event()
    victim = FORK.Process(target=hold_for_ever, args=(lock, has_it))
    victim.start()
    assert has_it.wait(10)
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()

    free(lock)

    assert lock.acquire(timeout=0)


def test_a_lock_that_nobody_holds_stays_as_it_is():
    from cloudflow_plugin.executor import free

    lock = FORK.Lock()
    free(lock)

    assert lock.acquire(timeout=0)
    assert not lock.acquire(timeout=0)


def close_and_linger(pipe, may_die):
    os.close(pipe)
    may_die.wait()
    os._exit(3)


def test_the_end_of_a_task_is_noticed_when_it_dies_and_not_with_the_next_heartbeat(monkeypatch):
    from airflow.sdk.execution_time import supervisor

    from cloudflow_plugin.coordinator import Watched

    for name in ("MIN_HEARTBEAT_INTERVAL", "HEARTBEAT_TIMEOUT"):
        monkeypatch.setattr(supervisor, name, 10**5)
    (end, to_close), may_die = os.pipe(), FORK.Event()
    process = FORK.Process(target=close_and_linger, args=(to_close, may_die))
    process.start()
    os.close(to_close)
    task = Watched(
        id=uuid4(),
        pid=process.pid,
        stdin=None,
        process=supervisor.PsutilTracker(psutil.Process(process.pid)),
        process_log=structlog.get_logger(),
        client=None,
    )
    task._last_successful_heartbeat = task._last_heartbeat_attempt = time.monotonic()

    def closed(pipe):
        """Let it die behind the look that follows."""
        task._on_socket_closed(pipe)
        Timer(0.3, may_die.set).start()

    with os.fdopen(end, "rb", buffering=0) as pipe:
        task._open_sockets[pipe] = "stdout"
        task.selector.register(pipe, EVENT_READ, (lambda one: one.read(1) != b"", closed))
        task._monitor_subprocess()

    assert 3 == task._exit_code
    assert not task.selector.get_map()


def never_end_it(*, input, **_):  # noqa: A002 - Airflow calls it so
    if input.get() is not None:
        time.sleep(600)


def test_the_task_of_a_killed_worker_is_reported_at_once(monkeypatch):
    from airflow.models.taskinstancekey import TaskInstanceKey

    from cloudflow_plugin import executor as module

    monkeypatch.setattr(module, "WARM", ())
    monkeypatch.setattr(module, "_run_worker", never_end_it)
    executor = module.WarmLocalExecutor(parallelism=2)
    executor.start()
    try:
        key = TaskInstanceKey("a_dag", "a_task", "a_run", 1, 0)
        executor.queued_tasks[key] = long = Job(key)
        executor._process_workloads([long])
        victim = wait_for(lambda: [pid for pid, desk in executor._desks.items() if desk.value == hash(key)])[0]

        os.kill(victim, signal.SIGKILL)
        executor.workers[victim].join()
        executor.sync()

        assert [key] == list(executor.event_buffer)
        assert "failed" == executor.event_buffer[key][0]
        assert 2 == len(executor.workers)
        assert victim not in executor.workers
    finally:
        executor.end()


def wait_for(look):
    until = time.monotonic() + 10
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return found
