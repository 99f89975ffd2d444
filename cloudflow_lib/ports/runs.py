"""What we ask of the orchestrator: runs of DAGs, started in the name of a user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedRun:
    """A DAG run that was queued."""

    dag_id: str
    run_id: str
    url: str
    """Its page in the Airflow UI."""
    earlier: Mapping[str, object] | None = None
    """What an earlier request queued it with: that is what it does. None: it was queued now."""


class StartRun(Protocol):
    """Queues a run of a DAG in the name of a user, who needs no right on DAGs."""

    def __call__(self, dag_id: str, conf: Mapping[str, object], *, user: str, run_id: str | None = None) -> StartedRun:
        """
        Queue a run of *dag_id* with the parameters *conf*; one named *run_id* is queued once.

        Raises:
            OrchestratorError: The orchestrator did not take the run.
        """
        ...
