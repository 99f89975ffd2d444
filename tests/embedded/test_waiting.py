"""The scheduler rests in its executor's `sync`, at Airflow's own PostgreSQL, until there is something to do."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time

import pytest

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("plugins_on_the_path")]

LONG, SHORT = 60.0, 0.2
TABLES = """
CREATE TABLE task_instance (id text PRIMARY KEY, state text);
CREATE TABLE dag_run (id text PRIMARY KEY, state text);
CREATE TABLE asset_dag_run_queue (id text PRIMARY KEY);
"""


@pytest.fixture
def engine(postgres, monkeypatch):
    """The engine of an Airflow with the tables that ring."""
    from sqlalchemy import create_engine

    made = create_engine("postgresql+psycopg2://", creator=postgres.connect)
    with postgres.running():
        with made.begin() as connection:
            connection.exec_driver_sql(TABLES)
        monkeypatch.setattr("airflow.settings.get_engine", lambda: made)
        yield made
        made.dispose()


@pytest.fixture
def executor(engine, monkeypatch):  # noqa: ARG001 - what it connects to
    """An executor whose workers do nothing, at rest."""
    from cloudflow_plugin import executor as module

    monkeypatch.setattr(module, "WARM", ())
    monkeypatch.setattr(module, "_run_worker", lambda *, input, **_: input.get())  # noqa: A006 - Airflow calls it so
    monkeypatch.setattr(module, "LONGEST_WAIT_SECONDS", LONG)
    executor = module.WarmLocalExecutor(parallelism=2)
    executor.start()
    executor.sync()  # the first look hangs up the bell, and looks at what was before
    yield executor
    executor.end()


def seconds_of_a_sync(executor, *, then):
    """Return how long a wait took in which something happened."""
    threading.Timer(SHORT, then).start()
    began = time.monotonic()
    executor.sync()
    return time.monotonic() - began


def test_a_connection_of_its_own_takes_none_of_airflow_s(engine):
    from cloudflow_plugin.executor import _connect

    own = _connect()

    assert 0 == engine.pool.checkedout()
    with own.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert ("airflow",) == cursor.fetchone()
    own.close()


def test_work_ends_the_wait(executor, engine):
    def bring_work():
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO dag_run VALUES ('monday', 'queued')")

    assert SHORT <= seconds_of_a_sync(executor, then=bring_work) < LONG


def test_the_death_of_a_worker_ends_the_wait_and_the_next_sync_replaces_it(executor):
    victim = next(iter(executor.workers))

    assert seconds_of_a_sync(executor, then=lambda: os.kill(victim, signal.SIGKILL)) < LONG

    executor._bell.wait = lambda *_: None
    executor.sync()
    assert victim not in executor.workers
    assert 2 == len(executor.workers)


def test_a_worker_that_is_just_dying_counts_as_dead():
    from cloudflow_plugin.executor import has_ended

    dying = multiprocessing.get_context("fork").Process(target=_die_slowly)
    dying.start()
    multiprocessing.connection.wait([dying.sentinel])

    assert has_ended(dying)
    assert 3 == dying.exitcode


def _die_slowly():
    os.closerange(3, 1024)  # the kernel does so first, and the sentinel is one of them
    time.sleep(SHORT)
    os._exit(3)


def test_a_report_ends_the_wait_and_is_read_at_once(executor):
    from airflow.models.taskinstancekey import TaskInstanceKey

    key = TaskInstanceKey("a_dag", "a_task", "a_run", 1, 0)

    assert seconds_of_a_sync(executor, then=lambda: executor.result_queue.put((key, "success", None))) < LONG
    assert [key] == list(executor.event_buffer)
