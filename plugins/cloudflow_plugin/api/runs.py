"""Starting DAGs for a user, inside the API server."""

from __future__ import annotations

from collections.abc import Mapping

from cloudflow_lib.errors import OrchestratorError
from cloudflow_lib.ports.runs import StartedRun, StartRun

__all__ = ["OrchestratorError", "StartRun", "StartedRun", "run_url", "start_run"]


def run_url(dag_id: str, run_id: str) -> str:
    """Return the page of a run in the Airflow UI."""
    from urllib.parse import quote

    from airflow.configuration import conf as configuration

    root: str = configuration.get("api", "base_url", fallback="")
    return f"{root.rstrip('/')}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}"


def start_run(dag_id: str, conf: Mapping[str, object], *, user: str, run_id: str | None = None) -> StartedRun:
    """
    Queue a run of *dag_id*; see `cloudflow_lib.ports.runs.StartRun`.

    It needs an API server's access to Airflow's database, and blocks while it is asked.

    Raises:
        OrchestratorError: Airflow does not know the DAG yet, or did not take the run.
    """
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.exceptions import DagRunAlreadyExists
    from airflow.sdk.exceptions import AirflowException
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy.exc import SQLAlchemyError

    try:
        run = trigger_dag(
            dag_id,
            triggered_by=DagRunTriggeredByType.REST_API,
            triggering_user_name=user,
            run_id=run_id,
            conf=dict(conf),
        )
    except DagRunAlreadyExists as error:
        if run_id is None:
            raise OrchestratorError(f"Airflow did not start {dag_id}: {error}") from error
        # An earlier request with the same name, whose answer may have got lost.
        url = run_url(dag_id, run_id)
        return StartedRun(dag_id=dag_id, run_id=run_id, url=url, earlier=dict(error.dag_run.conf or {}))
    except SQLAlchemyError as error:
        raise OrchestratorError(f"Airflow did not start {dag_id}: its database does not answer; try again.") from error
    except (AirflowException, ValueError) as error:
        raise OrchestratorError(f"Airflow did not start {dag_id}: {error}") from error
    if run is None:
        raise OrchestratorError(f"Airflow did not start {dag_id}; try again.")
    return StartedRun(dag_id=dag_id, run_id=run.run_id, url=run_url(dag_id, run.run_id))
