"""How the workers of a stack run a task: as Airflow does, and its end is noticed at once."""

from __future__ import annotations

import os
from selectors import EVENT_READ
from typing import Any

from airflow.sdk.execution_time.coordinator import BaseCoordinator
from airflow.sdk.execution_time.supervisor import ActivitySubprocess


class Watched(ActivitySubprocess):
    """
    A task's process whose death wakes who waits for it.

    Airflow looks whether the process has ended when its last pipe closes. Mostly it is still dying then, and the next
    look comes with the next heartbeat; until then the task keeps its worker from others.
    """

    def _monitor_subprocess(self) -> None:
        with os.fdopen(os.pidfd_open(self.pid), "rb", buffering=0) as death:
            self.selector.register(death, EVENT_READ, (_nothing_more, self.selector.unregister))
            super()._monitor_subprocess()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped


def _nothing_more(_: object) -> bool:
    """Answer as those who read from the task's pipes do: there is nothing more to come."""
    return False


class PromptCoordinator(BaseCoordinator):
    """Airflow's own for tasks in Python, with `Watched` in the place of its process."""

    def execute_task(self, **given: Any) -> BaseCoordinator.ExecutionResult:  # noqa: ANN401 - handed on as it came
        """Run the task to its end, and return how it went."""
        process = Watched.start(**given)
        return self.ExecutionResult(process.wait(), process.final_state)
