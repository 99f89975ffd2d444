"""Talks to process-compose, which starts, watches and restarts the processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from pathlib import Path

import httpx
from pydantic import BaseModel, ConfigDict, Field

from cloudflow_cli.stack.layout import Layout
from cloudflow_cli.stack.leftovers import MARK, remember_session
from cloudflow_lib.errors import CloudFlowError

INHERITED = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER", "XDG_CACHE_HOME")
ANSWER_SECONDS = 10.0
LISTEN_SECONDS = 20.0


class Process(BaseModel):
    """One process as the supervisor sees it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    status: str
    is_ready: str
    has_probe: bool = Field(alias="has_ready_probe")
    restarts: int
    exit_code: int
    pid: int
    mem: int
    is_running: bool

    @property
    def is_disabled(self) -> bool:
        return self.status == "Disabled"

    @property
    def has_done_its_work(self) -> bool:
        """Whether it ended well, as a process does that only prepares something."""
        return self.status == "Completed" and self.exit_code == 0

    @property
    def is_healthy(self) -> bool:
        """Whether it runs and, where it has a probe, answers."""
        return self.is_running and (self.is_ready == "Ready" or not self.has_probe)

    @property
    def has_given_up(self) -> bool:
        """Whether nothing will start it again."""
        return self.status in ("Error", "Skipped") or (self.status == "Completed" and self.exit_code != 0)


class Supervisor:
    """The one process-compose of one stack, reached through its Unix socket."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        transport = httpx.HTTPTransport(uds=str(layout.supervisor_socket))
        self._http = httpx.Client(transport=transport, base_url="http://supervisor", timeout=ANSWER_SECONDS)

    def start(self, binary: Path) -> None:
        """Start it in the background; it outlives us."""
        self._layout.supervisor_socket.unlink(missing_ok=True)
        log = self._layout.logs / "supervisor.log"
        command = [
            *(str(binary), "up", "--tui=false", "--keep-project", "--disable-dotenv"),
            *("--use-uds", "--unix-socket", str(self._layout.supervisor_socket)),
            *("--log-file", str(log), "--config", str(self._layout.processes_file)),
        ]
        with log.with_name("supervisor.out").open("ab") as output:
            child = subprocess.Popen(  # noqa: S603 - our own binary and files
                command,
                cwd=self._layout.run,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        remember_session(self._layout, child.pid)
        until = time.monotonic() + LISTEN_SECONDS
        while not self.is_alive():
            if child.poll() is not None or time.monotonic() > until:
                raise CloudFlowError(f"the supervisor did not start: see {log} and {output.name}")
            time.sleep(0.05)

    def is_alive(self) -> bool:
        """Say whether it runs; one that is too busy to answer does, and no second one must take its place."""
        if not self._layout.supervisor_socket.exists():
            return False
        try:
            return self._http.get("/live").is_success
        except httpx.TimeoutException:
            return True
        except httpx.TransportError:
            return False

    def processes(self) -> list[Process]:
        """Return all processes in the order of their names."""
        try:
            answer = self._http.get("/processes").raise_for_status()
        except httpx.HTTPError as error:
            advice = "try again, and if it stays silent run `cloudflow down`"
            raise CloudFlowError(f"the supervisor does not answer ({error}): {advice}") from error
        return sorted((Process.model_validate(row) for row in answer.json()["data"]), key=lambda process: process.name)

    def stop(self) -> None:
        """Ask it to stop everything and to end; returns before it has."""
        with contextlib.suppress(httpx.HTTPError):  # it answers when all is stopped, and may end before that
            self._http.post("/project/stop", timeout=2.0)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in INHERITED or name.startswith("CLOUDFLOW_")}
        kept.pop("CLOUDFLOW_ROLE", None)  # only the API server may have one
        return kept | {MARK: str(self._layout.home)}
