"""The scheduler's doorbell, at tables like Airflow's in the stack's own PostgreSQL."""

import time
from multiprocessing import Pipe
from uuid import uuid4

import psycopg2
import pytest

pytestmark = pytest.mark.usefixtures("plugins_on_the_path")

LONG, SHORT = 60.0, 0.05
DELIVERED = 0.5
"""PostgreSQL tells who listens a moment after the commit."""

TABLES = """
CREATE TABLE task_instance (id text PRIMARY KEY, state text, last_heartbeat_at timestamptz);
CREATE TABLE dag_run (id text PRIMARY KEY, state text);
CREATE TABLE asset_dag_run_queue (id text PRIMARY KEY);
INSERT INTO task_instance VALUES ('copy', 'running');
INSERT INTO dag_run VALUES ('monday', 'running');
"""


@pytest.fixture(scope="module")
def connect(stack):
    """Opens a connection to a database of this module."""
    name, address = f"doorbell_{uuid4().hex[:8]}", {"host": str(stack.layout.sockets), "user": "postgres"}
    server = psycopg2.connect(dbname="postgres", **address)
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield lambda: psycopg2.connect(dbname=name, **address)
    with server.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture
def airflow(connect):
    """Runs a statement as one of Airflow's processes would, on fresh tables."""
    line = connect()
    line.autocommit = True

    def run(statement):
        with line.cursor() as cursor:
            cursor.execute(statement)

    run("DROP TABLE IF EXISTS task_instance, dag_run, asset_dag_run_queue CASCADE")
    run(TABLES)
    yield run
    line.close()


@pytest.fixture
def bell(airflow, connect):  # noqa: ARG001 - its tables
    """A doorbell that hangs, and at which nobody has rung."""
    from cloudflow_plugin.doorbell import Doorbell

    bell = Doorbell(connect)
    bell.wait(LONG)
    return bell


def seconds(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE task_instance SET state = 'success'",
        "UPDATE task_instance SET state = NULL",
        "UPDATE dag_run SET state = 'failed'",
        "INSERT INTO dag_run VALUES ('tuesday', 'queued')",
        "INSERT INTO task_instance VALUES ('verify', NULL)",
        "INSERT INTO asset_dag_run_queue VALUES ('files')",
    ],
)
def test_whoever_brings_work_rings(statement, airflow, bell):
    airflow(statement)

    assert seconds(lambda: bell.wait(LONG)) < LONG


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE task_instance SET last_heartbeat_at = now()",
        "UPDATE task_instance SET state = 'running'",
        "UPDATE task_instance SET state = 'queued'",
        "UPDATE task_instance SET state = 'success' WHERE id = 'nobody'",
    ],
)
def test_nobody_else_does(statement, airflow, bell):
    airflow(statement)

    assert seconds(lambda: bell.wait(SHORT)) >= SHORT


def test_one_wait_hears_all_that_rang_before(airflow, bell):
    for state in ("success", None, "failed"):
        airflow(f"UPDATE task_instance SET state = '{state}'")
    time.sleep(DELIVERED)
    bell.wait(LONG)

    assert seconds(lambda: bell.wait(SHORT)) >= SHORT


def test_what_happened_before_it_hung_is_looked_for(airflow, connect):
    from cloudflow_plugin.doorbell import Doorbell

    airflow("UPDATE task_instance SET state = 'success'")

    assert seconds(lambda: Doorbell(connect).wait(LONG)) < LONG


def test_a_worker_that_reports_ends_the_wait(bell):
    reader, writer = Pipe(duplex=False)
    writer.send("done")

    assert seconds(lambda: bell.wait(LONG, reader)) < LONG


def test_a_line_that_breaks_is_opened_again(airflow, bell):
    airflow("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    for _ in range(3):  # told that the server ends it, finds it ended, is opened anew
        bell.wait(SHORT)
    assert seconds(lambda: bell.wait(SHORT)) >= SHORT

    airflow("UPDATE task_instance SET state = 'success'")

    assert seconds(lambda: bell.wait(LONG)) < LONG
