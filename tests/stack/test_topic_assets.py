"""A DAG of somebody's own that runs because something happened on a topic."""

import shutil
import time
from datetime import UTC, datetime

import pytest

from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher
from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.events.costs import costs_changed
from cloudflow_lib.errors import WrongInputError
from tests.stack.running import ROOT

DAG = "on_cost_changes"
SECONDS = 180
EVERY_SECONDS = 3


@pytest.fixture
def own_dag(stack):
    place = stack.layout.own_dags / f"{DAG}.py"
    shutil.copy(ROOT / "docs" / "examples" / place.name, place)
    yield DAG
    place.unlink()


def runs_of(airflow, dag):
    try:
        runs = airflow._ask("GET", f"/api/v2/dags/{dag}/dagRuns")["dag_runs"]
    except WrongInputError:
        return []  # nobody has read the file yet
    # Its nightly time has a run of its own, sometimes the first.
    return [run for run in runs if run["run_type"] == "asset_triggered"]


def publish_a_change(stack, user):
    kafka, now = stack.settings.kafka, datetime.now(UTC)
    publisher = KafkaPublisher(kafka.bootstrap_servers, kafka.options)
    publisher.publish([costs_changed(CostDay(owner=user, day=now.date(), worked_out_at=now, lines=()), None)])
    publisher.close()


def test_a_dag_of_ones_own_runs_when_something_happened_on_a_topic(stack, suffix, own_dag):
    """The first schedule on a topic begins at what happens from then on, so things go on happening until it runs."""
    until, user = time.monotonic() + SECONDS, f"team-{suffix}"
    with stack.airflow() as airflow:
        while not (runs := runs_of(airflow, own_dag)):
            assert time.monotonic() < until, "no run"
            publish_a_change(stack, user)
            time.sleep(EVERY_SECONDS)
        assert "success" == airflow.wait(own_dag, runs[0]["dag_run_id"], timeout=SECONDS)
        run = runs[0]["dag_run_id"]
        told = airflow._ask("GET", f"/api/v2/dags/{own_dag}/dagRuns/{run}/taskInstances/tell/xcomEntries/return_value")

    assert user in str(told["value"])
