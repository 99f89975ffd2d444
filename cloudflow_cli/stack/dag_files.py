"""Waits until Airflow knows the DAGs of a folder: a stack that answers before shows half of them."""

from __future__ import annotations

import time
from pathlib import Path

from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.stack.layout import DAG_BUNDLE
from cloudflow_cli.stack.readiness import StartError

LOOK_SECONDS = 0.2


def wait_for_dags(airflow: AirflowClient, folder: Path, *, timeout: float) -> None:
    """
    Return when every DAG file in *folder* was read, by this start or by one before.

    Raises:
        StartError: Airflow cannot read one of them, or is not through after *timeout* seconds.
    """
    files = {path.name for path in folder.glob("*.py")}
    until = time.monotonic() + timeout
    while unread := files - airflow.read_files(DAG_BUNDLE):
        broken = airflow.unreadable_files(DAG_BUNDLE)
        if lost := unread & broken.keys():
            name = min(lost)
            raise StartError(f"Airflow cannot read {folder / name}: {broken[name]}")
        if time.monotonic() > until:
            raise StartError(f"Airflow has not read these DAG files after {timeout:.0f} s: {', '.join(sorted(unread))}")
        time.sleep(LOOK_SECONDS)
