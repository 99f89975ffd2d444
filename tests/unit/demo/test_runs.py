"""How the demonstration waits for runs of others, and answers what they ask."""

from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from cloudflow_cli.demo import runs
from cloudflow_cli.demo.runs import Airflow
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.settings import AirflowSettings

SINCE = datetime(2026, 11, 26, tzinfo=UTC)


class Client:
    """An Airflow whose runs end once nothing is asked any more, and which is too busy to answer the first call."""

    def __init__(self, *, asks=(), wakes=None):
        self.open, self.wakes, self.answers, self.calls = list(asks), wakes, [], 0

    def run(self, _dag_id, _run_id):
        self.calls += 1
        if self.calls == 1:
            raise CloudFlowError("Airflow does not answer")
        return {"state": "running" if self.open else "success"}

    def questions(self, _dag_id, _run_id):
        return list(self.open)

    def answer(self, _dag_id, _run_id, task_id, option):
        self.open.remove(task_id)
        self.answers.append((task_id, option))

    def woken(self, _dag_id, _since):
        return self.wakes


@pytest.fixture
def airflow(monkeypatch):
    monkeypatch.setattr(runs, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(runs, "PUTS_DOWN_SECONDS", 0.05)
    monkeypatch.setattr(runs, "WOKEN_SECONDS", 0.05)

    def airflow_of(client):
        airflow = Airflow(None, AirflowSettings(url="http://airflow"))
        airflow.as_user = lambda _user: nullcontext(client)
        return airflow

    return airflow_of


def test_whatever_a_run_asks_hears_yes_once(airflow):
    client = Client(asks=["ask"])

    airflow(client).approve("apply_policy", "run 1")

    assert [("ask", "Approve")] == client.answers


def test_a_run_that_an_asset_woke_is_waited_for(airflow):
    client = Client(wakes="run 2")

    airflow(client).wait_woken("recommend_moves", SINCE)

    assert client.calls > 1


def test_a_run_that_nothing_wakes_is_not_waited_for_in_vain(airflow):
    with pytest.raises(CloudFlowError, match="nothing woke recommend_moves"):
        airflow(Client()).wait_woken("recommend_moves", SINCE)
