"""
Processes of a stack, found without its supervisor.

Two signs, because each can be lost: the mark in the environment (a process that changes its title
overwrites it, as Airflow's do) and the session that the supervisor opened (a process may leave it).
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped] # it ships no types

from cloudflow_cli.stack.layout import Layout, write_private

MARK = "CLOUDFLOW_STACK"
"""Every process of a stack is started with the stack's home under this name in its environment."""

WORKER_TITLE = "airflow worker --"
POLITE_SECONDS = 10
FIRM_SECONDS = 5
SAME_MOMENT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Session:
    """The session of a supervisor: its number, when its leader was started, and where numbers have their meaning."""

    leader: int
    started: float
    system: str

    def is_ours(self) -> bool:
        """Say whether the number still means this session: a system gives it away only when nobody is left in it."""
        try:
            created = float(psutil.Process(self.leader).create_time())
        except psutil.NoSuchProcess:
            return self.system == running_system()
        return abs(created - self.started) < SAME_MOMENT_SECONDS


def running_system() -> str:
    """Return what differs after another start of the machine or the container, which numbers its processes anew."""
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"


def remember_session(layout: Layout, leader: int) -> None:
    """Keep what `find_processes` needs, also after the supervisor is gone."""
    session = Session(leader, float(psutil.Process(leader).create_time()), running_system())
    write_private(_session_file(layout), json.dumps(asdict(session)))


def find_processes(layout: Layout) -> list[psutil.Process]:
    """Return the processes that belong to the stack, except ourselves and those who started us."""
    session = _recall_session(layout)
    ours = {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):  # it ended meanwhile, or is somebody else's
            if process.pid not in ours and _belongs(process, layout, session):
                found.append(process)
    return found


def end_processes(layout: Layout) -> int:
    """End all of them, first politely, and return how many there were."""
    found = find_processes(layout)
    for process in found:
        _signal(process, kill=False)
    _, alive = psutil.wait_procs(found, timeout=POLITE_SECONDS)
    for process in alive:
        _signal(process, kill=True)
    psutil.wait_procs(alive, timeout=FIRM_SECONDS)
    return len(found)


def end_idle_workers(layout: Layout) -> int:
    """End Airflow's workers whose scheduler is gone and that run no task; return how many."""
    family = find_processes(layout)
    known = {process.pid for process in family}
    ended = 0
    for process in family:
        with contextlib.suppress(psutil.Error):
            is_worker = " ".join(process.cmdline()).startswith(WORKER_TITLE)
            if is_worker and process.ppid() not in known and not process.children():
                process.kill()  # they inherited their scheduler's handler, which ignores a polite request
                ended += 1
    return ended


def _belongs(process: psutil.Process, layout: Layout, session: Session | None) -> bool:
    if process.status() == psutil.STATUS_ZOMBIE:
        return False
    if session and os.getsid(process.pid) == session.leader:
        return True
    return bool(process.environ().get(MARK) == str(layout.home))


def _recall_session(layout: Layout) -> Session | None:
    try:
        session = Session(**json.loads(_session_file(layout).read_text()))
    except (
        FileNotFoundError,
        ValueError,
        TypeError,
    ):  # none yet, or one that a full disk or another version has written
        return None
    return session if session.is_ours() else None


def _session_file(layout: Layout) -> Path:
    return layout.run / "session.json"


def _signal(process: psutil.Process, *, kill: bool) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill() if kill else process.terminate()
