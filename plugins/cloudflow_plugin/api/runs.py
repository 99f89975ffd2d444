"""Starting DAGs for a user, inside the API server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cloudflow_lib.errors import CatalogUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedRun:
    """A DAG run that was queued."""

    dag_id: str
    run_id: str
    url: str
    """Its page in the Airflow UI."""


class StartRun(Protocol):
    """Queues a run of a DAG in the name of a user."""

    def __call__(self, dag_id: str, conf: Mapping[str, object], *, user: str) -> StartedRun: ...


class OrchestratorError(CatalogUnavailableError):
    """Airflow did not take the run; the same call may work later."""


def run_url(dag_id: str, run_id: str) -> str:
    """Return the page of a run in the Airflow UI."""
    from urllib.parse import quote

    from airflow.configuration import conf as configuration

    root: str = configuration.get("api", "base_url", fallback="")
    return f"{root.rstrip('/')}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"


def start_run(dag_id: str, conf: Mapping[str, object], *, user: str) -> StartedRun:
    """
    Queue a run of *dag_id* with the parameters *conf* in the name of *user*, who needs no right on DAGs.

    It needs an API server's access to Airflow's database, and blocks while it is asked.

    Raises:
        OrchestratorError: Airflow does not know the DAG yet, or did not take the run.
    """
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.sdk.exceptions import AirflowException
    from airflow.utils.types import DagRunTriggeredByType

    try:
        run = trigger_dag(
            dag_id, triggered_by=DagRunTriggeredByType.REST_API, triggering_user_name=user, conf=dict(conf)
        )
    except (AirflowException, ValueError) as error:
        raise OrchestratorError(f"Airflow did not start {dag_id}: {error}") from error
    if run is None:
        raise OrchestratorError(f"Airflow did not start {dag_id}; try again.")
    return StartedRun(dag_id=dag_id, run_id=run.run_id, url=run_url(dag_id, run.run_id))
