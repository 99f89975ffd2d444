"""Starts and stops the embedded stack."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from pydantic import SecretStr

from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.stack.configuration import write_configuration
from cloudflow_cli.stack.dag_files import wait_for_dags
from cloudflow_cli.stack.generated import Secrets, ensure_secrets
from cloudflow_cli.stack.layout import Layout
from cloudflow_cli.stack.leftovers import end_processes, find_processes
from cloudflow_cli.stack.ports import Ports, choose_ports, recall_ports, refuse_taken_ports, remember_ports
from cloudflow_cli.stack.programs import find_programs, install
from cloudflow_cli.stack.readiness import Watch
from cloudflow_cli.stack.supervisor import Supervisor
from cloudflow_cli.stack.tools import ensure_tools, find_tools, missing_tools
from cloudflow_lib.errors import CloudFlowError, NotAllowedError, WrongInputError
from cloudflow_lib.settings import AirflowSettings

START_SECONDS = 600.0
READING_SECONDS = 120.0
"""How long Airflow may take to read the DAG files; ten seconds are usual."""

STOP_SECONDS = 90.0
HEARTBEAT_AGE = timedelta(seconds=30)
"""How old a sign of life may be in a stack that runs already."""

Report = Callable[[str, str], None]
"""Hears the name of a thing and what became of it: `building`, `ready`, `done`, `starting`."""


@dataclass(frozen=True, slots=True)
class Started:
    """What a start has to tell."""

    ports: Ports
    secrets: Secrets
    is_new: bool
    """Whether the processes were started now; otherwise they ran already."""
    has_new_secrets: bool


def start(layout: Layout, report: Report, *, offset: int | None = None) -> Started:
    """Have the whole stack run and answer; what runs already is left alone."""
    with _alone(layout):
        ports = choose_ports(layout.ports_file, os.environ, offset)
        layout.make_folders()
        supervisor = Supervisor(layout)
        if supervisor.is_alive():
            return _join(layout, supervisor, report, ports)
        end_processes(layout)
        refuse_taken_ports(ports)  # before minutes of building
        install(finding for finding in find_programs() if not finding.is_enough)
        if missing_tools(layout.deployment):
            report("tools", "building")
        tools = ensure_tools(layout.deployment, report)
        secrets, has_new_secrets = ensure_secrets(layout)
        write_configuration(layout, ports, secrets, tools)
        remember_ports(layout.ports_file, ports)
        since = datetime.now(UTC)
        report("processes", "starting")
        supervisor.start(tools["process-compose"] / "process-compose")
        _wait(layout, supervisor, ports, secrets, report, since=since)
    return Started(ports, secrets, is_new=True, has_new_secrets=has_new_secrets)


def stop(layout: Layout) -> int:
    """Stop everything and return how many processes had to be ended one by one; none is left afterwards."""
    if not _is_home(layout):
        return end_processes(layout)  # somebody may have removed the folder of a running stack
    with _alone(layout):
        supervisor = Supervisor(layout)
        if supervisor.is_alive():
            supervisor.stop()
            until = time.monotonic() + STOP_SECONDS
            while find_processes(layout) and time.monotonic() < until and supervisor.is_alive():
                time.sleep(0.2)
        ended = end_processes(layout)
        if left := find_processes(layout):
            names = ", ".join(f"{process.name()} ({process.pid})" for process in left)
            raise CloudFlowError(f"these processes do not end: {names}")
        layout.supervisor_socket.unlink(missing_ok=True)
    return ended


def forget(layout: Layout) -> None:
    """
    Remove the home of a stopped stack, with all data in it.

    It gets another name first, at once: a removal takes long, and one that is interrupted must leave no
    data without the secrets that open them to the next start.
    """
    if layout.home.is_dir() and not _is_home(layout) and any(layout.home.iterdir()):
        raise CloudFlowError(f"{layout.home} does not look like a stack's home: remove it yourself")
    if layout.home.is_symlink() or layout.home.is_mount():
        raise CloudFlowError(f"{layout.home} is a link or a mount: remove what lies in it yourself")
    _remove(layout.forgotten)  # what an interrupted removal has left
    if layout.home.is_dir():
        with _alone(layout):
            if Supervisor(layout).is_alive():
                raise CloudFlowError("the stack was started again meanwhile: nothing is removed")
            layout.home.rename(layout.forgotten)
    _remove(layout.sockets)
    _remove(layout.forgotten)


def _remove(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)


def _is_home(layout: Layout) -> bool:
    """Say whether a start ever began there."""
    return layout.ports_file.exists() or _lock_file(layout).exists()


def _join(layout: Layout, supervisor: Supervisor, report: Report, wanted: Ports) -> Started:
    ports = recall_ports(layout.ports_file)
    if wanted != ports:
        raise WrongInputError("the stack runs on other ports: `cloudflow down` first")
    secrets = Secrets.read(layout.secrets_file)
    _wait(layout, supervisor, ports, secrets, report, since=datetime.now(UTC) - HEARTBEAT_AGE)
    return Started(ports, secrets, is_new=False, has_new_secrets=False)


def _wait(
    layout: Layout, supervisor: Supervisor, ports: Ports, secrets: Secrets, report: Report, *, since: datetime
) -> None:
    """Wait until every process answers and Airflow knows every DAG; StartError when one of them does not."""
    url = f"http://127.0.0.1:{ports.airflow}"
    watch = Watch(supervisor, airflow_url=url, logs=layout.logs, since=since)
    watch.until_ready(report, timeout=START_SECONDS)
    login = AirflowSettings(url=url, user="admin", password=SecretStr(secrets.airflow_users["admin"]))
    try:
        with AirflowClient(login) as airflow:
            wait_for_dags(airflow, layout.dags, timeout=READING_SECONDS)
    except NotAllowedError:  # its password was changed since: the first start, which has to wait, is long past
        return
    report("dags", "ready")


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Keep a second `up` or `down` of the same stack waiting."""
    lock = _lock_file(layout)
    while True:
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _is_at(file, lock):  # its folder was forgotten while we waited
                continue
            yield
            return


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock_file(layout: Layout) -> Path:
    return layout.run / "lock"


def tool_state(layout: Layout) -> dict[str, bool]:
    """Return which tools are built."""
    return {name: folder.is_dir() for name, folder in find_tools(layout.deployment).items()}
