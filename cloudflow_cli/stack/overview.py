"""What `status` and `doctor` tell: the processes as they are, the machine as it is."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped] # it ships no types

from cloudflow_cli.stack.launcher import tool_state
from cloudflow_cli.stack.layout import Layout
from cloudflow_cli.stack.places import places
from cloudflow_cli.stack.ports import choose_ports, is_taken, recall_ports
from cloudflow_cli.stack.programs import can_install, find_programs
from cloudflow_cli.stack.supervisor import Process, Supervisor
from cloudflow_cli.stack.tools import cache_folder

ROOM_BYTES = 3_000_000_000
"""Tools take 1.2 GB, their sources and the first data about as much again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRow:
    """One line of `status`."""

    name: str
    state: str
    is_well: bool
    pid: int | None
    memory_bytes: int
    restarts: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of `doctor`."""

    what: str
    is_good: bool
    found: str
    needed_by: str
    advice: str = ""


def stack_status(layout: Layout) -> list[ProcessRow]:
    """Return a row for each process, none at all when the stack is down."""
    supervisor = Supervisor(layout)
    if not supervisor.is_alive():
        return []
    addresses = places(recall_ports(layout.ports_file))
    return [_row(process, addresses.get(process.name, "")) for process in supervisor.processes()]


def _row(process: Process, address: str) -> ProcessRow:
    if process.is_disabled:
        state = "off"
    elif process.has_done_its_work:
        state = "done"
    elif process.is_healthy:
        state = "ready" if process.has_probe else "running"
    elif process.has_given_up:
        state = f"failed ({process.exit_code})"
    else:
        state = "starting" if process.is_running else process.status.lower()
    return ProcessRow(
        name=process.name,
        state=state,
        is_well=state in ("off", "done", "ready", "running"),
        pid=process.pid if process.is_running else None,
        memory_bytes=_memory(process.pid) if process.is_running else 0,
        restarts=process.restarts,
        address=address,
    )


def _memory(pid: int) -> int:
    """Return what the process and its children take, memory that they share counted once."""
    total = 0
    try:
        root = psutil.Process(pid)
        for one in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0
    return total


def checks(layout: Layout) -> list[Check]:
    """Return everything worth checking before a start."""
    return [*_programs(), *_tools(layout), *_room(layout), *_ports(layout)]


def _programs() -> list[Check]:
    cure = "`cloudflow up` installs it" if can_install() else ""
    return [
        Check(
            what=finding.program.name,
            is_good=finding.is_enough,
            found=finding.version_text or "nothing",
            needed_by=finding.program.needed_by,
            advice="" if finding.is_enough else "; ".join(filter(None, (finding.advice, cure))),
        )
        for finding in find_programs()
    ]


def _tools(layout: Layout) -> list[Check]:
    return [
        Check(
            what=f"tool {name}",
            is_good=True,  # one that is not built yet is no fault
            found="built" if is_built else "not built",
            needed_by="cloudflow up",
            advice="" if is_built else "the next `cloudflow up` builds it",
        )
        for name, is_built in tool_state(layout).items()
    ]


def _room(layout: Layout) -> list[Check]:
    found = []
    for what, folder in (("room for data", layout.home), ("room for tools", cache_folder())):
        free = shutil.disk_usage(_existing(folder)).free
        enough = free >= ROOM_BYTES
        advice = "" if enough else f"free some: {ROOM_BYTES / 1e9:.0f} GB are needed"
        found.append(
            Check(what=what, is_good=enough, found=f"{free / 1e9:.0f} GB", needed_by=str(folder), advice=advice)
        )
    return found


def _ports(layout: Layout) -> list[Check]:
    if Supervisor(layout).is_alive():
        return [Check(what="ports", is_good=True, found="used by the running stack", needed_by="all servers")]
    ports = choose_ports(layout.ports_file, os.environ)
    return [
        Check(
            what=f"port {port}",
            is_good=not (taken := is_taken(port)),
            found="taken" if taken else "free",
            needed_by=name,
            advice=f"set CLOUDFLOW_PORT_{name.upper()}, or shift all with --port-offset" if taken else "",
        )
        for name, port in ports.model_dump().items()
    ]


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
