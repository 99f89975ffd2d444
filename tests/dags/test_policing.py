"""How a run of `apply_policy` ends: a yes is no no, and what could not be started is red."""

from types import SimpleNamespace

import pytest

from cloudflow_lib.domain.policies import Limits
from cloudflow_lib.ports.policy_book import PolicyRunState
from cloudflow_lib.workflows.apply_policy import plan_run
from tests.dags.test_dags import bag, plugins_on_the_path
from tests.migration.conftest import build_bench
from tests.policies.test_policies import a_policy, price

__all__ = ["bag", "plugins_on_the_path"]


@pytest.fixture
def finish(monkeypatch):
    """Plan a run that waits for a word, and let its last task end it after *answer*."""
    from cloudflow_plugin import policing

    bench = build_bench()
    bench.catalog.save_policy(a_policy(limits=Limits(usd=0.0)))
    bench.put_file("logs/a", b"1")
    bench.later(days=100)

    def ended(answer):
        plan_run("p1", "run-1", bench.services, price)
        ti = SimpleNamespace(xcom_pull=lambda **_asked: answer)
        context = {"dag_run": SimpleNamespace(run_id="run-1"), "ti": ti}
        monkeypatch.setattr(policing, "get_current_context", lambda: context)
        monkeypatch.setattr("cloudflow_lib.bootstrap.services", lambda: bench.services)
        return policing.finish()

    return ended


@pytest.mark.parametrize("answer", [{"chosen_options": ["Reject"]}, None], ids=str)
def test_a_no_or_no_answer_rejects_the_run(finish, answer):
    assert PolicyRunState.REJECTED == finish(answer)


def test_a_run_that_was_approved_but_not_started_yet_is_not_rejected(finish):
    """Its start can be tried again: a rejected run would move nothing any more."""
    assert PolicyRunState.AWAITING == finish({"chosen_options": ["Approve"]})


def test_a_run_whose_start_failed_is_red(bag):
    """A run ends as its last tasks do, and the last that looks at every end is green whatever went before."""
    dag = bag.dags["apply_policy"]
    lasts = [task for task in dag.leaves if task.trigger_rule == "all_success"]

    assert any("start" in task.upstream_task_ids for task in lasts)
