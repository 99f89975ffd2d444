"""What the task of `snapshot_costs` does: it calls one workflow and hands back its counts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from airflow.sdk import get_current_context


def snapshot() -> dict[str, Any]:
    """Work out what a day cost."""
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.snapshot_costs import snapshot_costs

    wanted = get_current_context()["params"].get("day")
    return asdict(snapshot_costs(services(), date.fromisoformat(wanted) if wanted else None))
