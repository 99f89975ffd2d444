"""Processes of a stack that nobody supervises any more, found by the mark in their environment."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil  # type: ignore[import-untyped] # it ships no types

from cloudflow_cli.stack.supervisor import MARK

POLITE_SECONDS = 10
FIRM_SECONDS = 5


def find_leftovers(home: Path) -> list[psutil.Process]:
    """Return the processes that belong to the stack in *home*, except ourselves."""
    mine = {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in mine and process.environ().get(MARK) == str(home):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess, OSError):
            continue
    return found


def end_leftovers(home: Path) -> int:
    """End them, first politely, and return how many there were."""
    found = find_leftovers(home)
    for process in found:
        _signal(process, kill=False)
    _, alive = psutil.wait_procs(found, timeout=POLITE_SECONDS)
    for process in alive:
        _signal(process, kill=True)
    psutil.wait_procs(alive, timeout=FIRM_SECONDS)
    return len(found)


def _signal(process: psutil.Process, *, kill: bool) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill() if kill else process.terminate()
