"""What the tasks of `apply_policies` and `apply_policy` do: each calls one workflow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException

from cloudflow_lib.errors import PERMANENT_ERRORS

ASK, START = "ask", "start"
APPROVE = "Approve"


@contextmanager
def permanent_errors_fail() -> Iterator[None]:
    """Fail at once with what no try can mend."""
    try:
        yield
    except PERMANENT_ERRORS as error:
        raise AirflowFailException(str(error)) from error


def chosen() -> list[dict[str, Any]]:
    """Return one run of `apply_policy` for each policy that is switched on."""
    from cloudflow_lib.bootstrap import services

    here = get_current_context()["dag_run"].run_id
    policies = [one for one in services().catalog.policies() if one.is_enabled]
    return [{"conf": {"policy_id": one.policy_id}, "trigger_run_id": f"{here}_{one.policy_id}"} for one in policies]


def plan() -> dict[str, str]:
    """Decide what this run moves, once, and return the question that a person may be asked."""
    from cloudflow_lib.bootstrap import price_moves, services
    from cloudflow_lib.workflows.apply_policy import plan_run

    context, bench = get_current_context(), services()
    with permanent_errors_fail():
        run = plan_run(context["params"]["policy_id"], context["dag_run"].run_id, bench, price_moves(bench))
    lines = "\n".join(f"- {line}" for line in run.beyond)
    return {
        "next": ASK if run.beyond else START,
        "subject": f"Policy {run.name} of {run.owner}: move {run.files:,} files?",
        "body": f"That is more than the policy may move without a word:\n\n{lines}\n\n"
        f"It saves ${run.saves_per_month:,.2f} a month.",
    }


def route() -> str:
    """Return the task behind: the question, or the start."""
    return str(get_current_context()["ti"].xcom_pull(task_ids="plan")["next"])


def start() -> list[dict[str, Any]]:
    """Open the moves, and return the runs that make them."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.apply_policy import start_run

    run_id = get_current_context()["dag_run"].run_id
    with permanent_errors_fail():
        return [dict(one) for one in start_run(run_id, services(), approved=_is_approved())]


def _is_approved() -> bool:
    answer = get_current_context()["ti"].xcom_pull(task_ids=ASK) or {}
    return APPROVE in answer.get("chosen_options", ())


def finish() -> str:
    """Note a no; what was started stays so, and what was approved can still be."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.ports.policy_book import PolicyRunState
    from cloudflow_lib.workflows.apply_policy import reject_run

    run_id, bench = get_current_context()["dag_run"].run_id, services()
    run = bench.catalog.policy_run(run_id)
    if run.state is PolicyRunState.AWAITING and not _is_approved():
        run = reject_run(run_id, bench)
    return run.state.value
