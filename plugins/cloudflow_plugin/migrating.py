"""What the tasks of `migrate_files` do: each calls one workflow and speaks Airflow about how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import PERMANENT_ERRORS, CloudFlowError


def open_run() -> list[str]:
    """Open the run's migrations for the user who triggered it and return their ids."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.request_migrations import open_migrations

    context = get_current_context()
    run = context["dag_run"]
    try:
        opened = open_migrations(run.run_id, run.triggering_user_name, dict(context["params"]), services())
    except PERMANENT_ERRORS as error:
        raise AirflowFailException(str(error)) from error
    return [migration.migration_id for migration in opened]


def step(upto: MigrationState) -> Callable[[str], None]:
    """Return the task that brings one migration to *upto*; what fails for good ends that migration alone."""

    def take(migration_id: str) -> None:
        from cloudflow_lib.bootstrap import services
        from cloudflow_lib.workflows.migrate_file import fail, take_steps

        context = get_current_context()
        bench = services()
        run_id = context["dag_run"].run_id
        context["file"] = _label(bench.catalog.migration(migration_id))  # type: ignore[typeddict-unknown-key]  # a name of ours for the map index
        try:
            take_steps(migration_id, upto, bench)
        except PERMANENT_ERRORS as error:
            fail(migration_id, str(error), bench, batch_id=run_id)
            raise AirflowFailException(str(error)) from error
        except CloudFlowError as error:
            if is_last_try(context):
                fail(migration_id, str(error), bench, batch_id=run_id)
            raise

    return take


def _label(migration: Any) -> str:  # noqa: ANN401 - Migration, whose import would load at every parse
    return f"{migration.source.location_id}/{migration.source.key}"


def is_last_try(context: Mapping[str, Any]) -> bool:
    """Return whether Airflow will not try this task again."""
    task_instance = context["ti"]
    return bool(task_instance.try_number > task_instance.max_tries)


def report_run() -> dict[str, Any]:
    """Close the run with its one mail; raise if a file did not arrive, so that the run is red."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.report_batch import report_batch

    run = get_current_context()["dag_run"]
    report = report_batch(run.run_id, services(), requested_by=run.triggering_user_name)
    if not report.is_good:
        raise AirflowFailException(f"{report.title}: {'; '.join(report.problems[:5])}")
    return asdict(report)


def report_broken_run(context: Mapping[str, Any]) -> None:
    """Mail the report of a run whose summary could not: the same mail, sent once, whoever comes first."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.report_batch import report_batch

    run = context["dag_run"]
    report_batch(run.run_id, services(), requested_by=getattr(run, "triggering_user_name", None))
