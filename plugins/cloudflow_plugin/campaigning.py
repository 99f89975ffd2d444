"""What the tasks of `migrate_campaign` do: each calls one workflow and hands back its counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException

from cloudflow_lib.errors import PERMANENT_ERRORS, CloudFlowError
from cloudflow_plugin.migrating import is_last_try


def plan() -> list[str]:
    """Plan the campaign, or carry on an earlier one, and return the bundles that wait."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.open_campaign import carry_on_campaign, open_campaign

    context = get_current_context()
    run, wish = context["dag_run"], dict(context["params"])
    earlier, bench = wish.pop("campaign_id", None), services()
    try:
        if earlier:
            carry_on_campaign(earlier, run.run_id, run.triggering_user_name, bench)
        else:
            open_campaign(run.run_id, run.triggering_user_name, wish, bench)
    except PERMANENT_ERRORS as error:
        raise AirflowFailException(str(error)) from error
    return list(bench.catalog.waiting_bundles(_campaign_id(context)))


def _campaign_id(context: Any) -> str:  # noqa: ANN401 - Airflow's Context
    return str(context["params"].get("campaign_id") or context["dag_run"].run_id)


def move(bundle_id: str) -> dict[str, Any]:
    """Move one bundle; on the last try, write down for each file that waits what was in the way."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.move_bundle import give_up_bundle, move_bundle

    context, bench = get_current_context(), services()
    run_id = context["dag_run"].run_id
    context["bundle"] = bundle_id.rpartition("/")[2]  # type: ignore[typeddict-unknown-key]  # a name of ours for the map index
    try:
        return asdict(move_bundle(bundle_id, bench, run_id))
    except CloudFlowError as error:
        if isinstance(error, PERMANENT_ERRORS) or is_last_try(context):
            give_up_bundle(bundle_id, str(error), bench, run_id)
            raise AirflowFailException(str(error)) from error
        raise


def report() -> dict[str, Any]:
    """Close the run with its one mail; raise if a file did not arrive, so that the run is red."""
    from cloudflow_lib.bootstrap import services

    summary = _report(get_current_context(), services())
    if not summary.is_good:
        raise AirflowFailException(f"{summary.title}: {'; '.join(summary.problems[:5])}")
    return asdict(summary)


def report_broken_run(context: Any) -> None:  # noqa: ANN401 - Airflow's Context
    """Mail the report of a run whose summary could not: the same mail, sent once, whoever comes first."""
    from cloudflow_lib.bootstrap import services

    _report(context, services())


def _report(context: Any, bench: Any) -> Any:  # noqa: ANN401 - imports would load at every parse
    from cloudflow_lib.workflows.report_campaign import report_campaign

    run = context["dag_run"]
    user = getattr(run, "triggering_user_name", None)
    return report_campaign(_campaign_id(context), run.run_id, run.start_date, bench, requested_by=user)
