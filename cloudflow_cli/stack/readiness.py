"""Watches a start until everything answers, or says which process failed and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from cloudflow_cli.stack.supervisor import Process, Supervisor
from cloudflow_lib.errors import CloudFlowError

HEARTBEATS = {
    "airflow-scheduler": "scheduler",
    "airflow-dag-processor": "dag_processor",
    "airflow-triggerer": "triggerer",
}
"""Processes without a port of their own: Airflow's API tells when they last showed a sign of life."""

API = "airflow-api"

POLL_SECONDS = 0.5
TOO_MANY_RESTARTS = 3
TOLD_LINES = 12

Report = Callable[[str, str], None]


class StartError(CloudFlowError):
    """A process of the stack did not come up."""


class Watch:
    """One start: remembers what was told already and since when signs of life count."""

    def __init__(self, supervisor: Supervisor, *, airflow_url: str, logs: Path, since: datetime) -> None:
        self._supervisor = supervisor
        self._logs = logs
        self._since = since
        self._airflow = httpx.Client(base_url=airflow_url, timeout=5.0)

    def until_ready(self, report: Report, *, timeout: float) -> None:
        """Return when every process is ready; *report* hears each name once, with `ready` or `done`."""
        until = time.monotonic() + timeout
        told: set[str] = set()
        waiting: list[str] = []
        while time.monotonic() < until:
            waiting = []
            for name, word in self.look():
                if word is None:
                    waiting.append(name)
                elif name not in told:
                    told.add(name)
                    report(name, word)
            if not waiting:
                return
            time.sleep(POLL_SECONDS)
        names = ", ".join(waiting)
        raise StartError(f"not ready after {timeout:.0f} s: {names}\n{self._last_words(waiting[0])}")

    def look(self) -> Iterator[tuple[str, str | None]]:
        """Yield each process with `ready`, `done` or, when it needs more time, None; StartError when one failed."""
        processes = [process for process in self._supervisor.processes() if not process.is_disabled]
        self._refuse_failed(processes)
        healthy = {process.name for process in processes if process.is_healthy}
        alive = self._signs_of_life()
        healthy |= alive & {API}  # it answered us; the supervisor asks less often
        for process in processes:
            if process.has_done_its_work:
                yield process.name, "done"
            elif process.name in healthy and (process.name not in HEARTBEATS or process.name in alive):
                yield process.name, None if process.name in ONE_SHOT else "ready"
            else:
                yield process.name, None

    def _refuse_failed(self, processes: list[Process]) -> None:
        for process in sorted(processes, key=lambda one: one.status == "Skipped"):  # causes before consequences
            if process.has_given_up or (process.restarts >= TOO_MANY_RESTARTS and not process.is_healthy):
                raise StartError(f"{process.name} does not start:\n{self._last_words(process.name)}")

    def _signs_of_life(self) -> frozenset[str]:
        try:
            answer = self._airflow.get("/api/v2/monitor/health").raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            return frozenset()
        alive = {API}
        for name, part in HEARTBEATS.items():
            beat = (answer.get(part) or {}).get(f"latest_{part}_heartbeat")
            if beat and datetime.fromisoformat(beat).astimezone(UTC) >= self._since:
                alive.add(name)
        return frozenset(alive)

    def _last_words(self, name: str) -> str:
        log = self._logs / f"{name}.log"
        if not log.exists():
            return f"  (no log yet, it was to be {log})"
        lines = log.read_text(errors="replace").strip().splitlines()[-TOLD_LINES:]
        return "\n".join([*(f"  {line}" for line in lines), f"  (from {log})"])


ONE_SHOT = frozenset({"airflow-bootstrap", "kafka-topics"})
"""They are ready when they have ended."""
