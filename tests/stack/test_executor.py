"""How the workers of our executor take their work; no stack is needed to see it."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORK = multiprocessing.get_context("fork")


@pytest.fixture(scope="module", autouse=True)
def plugins_on_the_path():
    """Airflow puts its plugins folder there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "plugins"))
        yield


def open_inbox(queue, scheduler):
    from cloudflow_plugin.executor import Inbox

    return Inbox(queue, scheduler)


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
    for task in range(10):
        queue.put(task)

    assert list(range(10)) == [done.get() for _ in range(10)]
    queue.put(None)
    workers[2].join(timeout=10)
    assert 0 == workers[2].exitcode


def test_a_worker_without_its_scheduler_ends():
    queue = FORK.SimpleQueue()
    queue.put("work that a new scheduler gives out again")

    assert open_inbox(queue, scheduler=os.getpid()).get() is None


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
