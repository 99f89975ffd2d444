"""What the tasks of the cataloguing DAGs do: each calls one workflow and hands back its counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException

from cloudflow_lib.errors import PERMANENT_ERRORS


def chosen_locations() -> list[str]:
    """Return the location the run was started for, or all of them."""
    from cloudflow_lib.bootstrap import services

    wanted = get_current_context()["params"].get("location_id")
    catalog = services().catalog
    try:
        chosen = [catalog.location(wanted)] if wanted else catalog.locations()
    except PERMANENT_ERRORS as error:
        raise AirflowFailException(str(error)) from error
    return [location.location_id for location in chosen]


def scan(location_id: str) -> dict[str, Any]:
    """Scan one location into the catalogue."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.scan_location import scan_location

    get_current_context()["location"] = location_id  # type: ignore[typeddict-unknown-key]  # a name of ours for the map index
    bench = services()
    return asdict(
        scan_location(location_id, catalog=bench.catalog, open_store=bench.open_store, clock=bench.clock),
    )


def ingest(location_id: str) -> list[dict[str, Any]]:
    """Read the access logs of one location that have not been read yet."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.ingest_feeds import ingest_feeds

    get_current_context()["location"] = location_id  # type: ignore[typeddict-unknown-key]  # a name of ours for the map index
    return [asdict(report) for report in ingest_feeds(location_id, services())]


def classify() -> dict[str, Any]:
    """Classify every file of the chosen location, or of all."""
    from cloudflow_lib.bootstrap import services, settings
    from cloudflow_lib.workflows.classify_files import classify_files

    bench = services()
    wanted = get_current_context()["params"].get("location_id")
    report = classify_files(
        catalog=bench.catalog,
        clock=bench.clock,
        thresholds=settings().classification.thresholds(),
        location_id=wanted,
    )
    return asdict(report)


def sweep() -> dict[str, Any]:
    """End quarantines and finish what was left; raise if something could not be."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers

    report = sweep_leftovers(services())
    if report.problems:
        raise AirflowFailException(f"{len(report.problems)} left: {'; '.join(report.problems[:5])}")
    return asdict(report)
