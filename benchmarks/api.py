"""
The API under a hundred people, against a catalogue of a hundred thousand files.

Each browses, searches, sends 100 KiB, dismisses advice and now and then starts a move, thinks for two to
four seconds in between, and holds a WebSocket that tells how old each event is when it arrives. Then a
thousand idle WebSockets are held by the one API process.

    python -m benchmarks.api [--users 100] [--seconds 60] [--files 100000] [--sockets 1000] [--json]

Runs against the stack that `cloudflow up` started, once no DAG runs. A run leaves its accounts and files behind.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import httpx
import typer

from benchmarks._api_ground import ROOT, make_ground
from benchmarks._api_users import Seen, hold, play
from benchmarks._children import in_child
from benchmarks._report import Report, say
from benchmarks._stack import running_world, settle_stack, without_schedules
from cloudflow_lib.bootstrap import settings
from cloudflow_lib.errors import CloudFlowError

READS_MS, WRITES_MS, EVENTS_MS = 250.0, 500.0, 300.0
FULL_SOCKETS = 1000
BUSY_SHARE = 0.8
HELD_SECONDS = 15.0
SCAN = "scan_locations"
OWN_COMMAND = b"airflow api_server"


def users_at_work(url: str, tokens: dict[str, str], seconds: float) -> Seen:
    """Play the users; in a process of its own, so that they do not slow each other's machine."""
    return asyncio.run(play(url, tokens, seconds))


def idle_sockets(url: str, tokens: list[str], count: int, process: int) -> tuple[int, float, float]:
    """Hold idle WebSockets; return how many stayed, what one costs in KB, and the API's answer meanwhile in seconds."""
    before = resident_kb(process)
    answers: list[float] = []

    def tell() -> int:
        for _ in range(20):
            began = time.perf_counter()
            httpx.get(f"{url}{ROOT}/health", timeout=30).raise_for_status()
            answers.append(time.perf_counter() - began)
        return resident_kb(process)

    stayed, after = asyncio.run(hold(url, tokens, count, HELD_SECONDS, tell))
    return stayed, (after - before) / max(1, stayed), part(answers, 95)


def resident_kb(process: int) -> int:
    """Return the memory of a process; 0 if there is none."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if process and status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def api_process(port: int) -> int:
    """Return the id of the process that serves the API; 0 if it cannot be told."""
    found = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _serves(path, port)]
    return min((int(path.parent.name) for path in found), default=0)


def _serves(path: Path, port: int) -> bool:
    try:
        words = path.read_bytes()
    except OSError:
        return False
    return OWN_COMMAND in words and f"port:{port}".encode() in words


def part(values: Sequence[float], percent: int) -> float:
    """Return the value that *percent* of all are not above."""
    if len(values) < 2:  # noqa: PLR2004 - too few to cut
        return max(values, default=0.0)
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def judge(report: Report, seen: Seen) -> None:
    """Note every figure, and hold the sums to their targets."""
    for kinds in (seen.reads, seen.writes):
        for kind, spent in sorted(kinds.items()):
            report.note(f"{kind}_count", len(spent))
            report.note(f"{kind}_p50_ms", part(spent, 50) * 1000)
            report.note(f"{kind}_p95_ms", part(spent, 95) * 1000)
    reads = [one for spent in seen.reads.values() for one in spent]
    writes = [one for spent in seen.writes.values() for one in spent]
    report.note("requests", len(reads) + len(writes))
    report.require("error_rate", "==", 0, len(seen.errors) / max(1, len(reads) + len(writes) + len(seen.errors)))
    report.require("lost_websockets", "==", 0, seen.lost_sockets)
    report.require("reads_p95_ms", "<=", READS_MS, part(reads, 95) * 1000)
    report.require("writes_p95_ms", "<=", WRITES_MS, part(writes, 95) * 1000)
    report.note("events", len(seen.events))
    report.note("event_to_websocket_p50_ms", part(seen.events, 50) * 1000)
    report.require("event_to_websocket_p95_ms", "<=", EVENTS_MS, part(seen.events, 95) * 1000)
    # Whoever plays the users must not be what is measured.
    report.require("generator_cpu_share", "<=", BUSY_SHARE, seen.cpu_seconds / max(1e-9, seen.wall_seconds))
    report.note("generator_lag_p95_ms", part(seen.lags, 95) * 1000)
    for error in sorted(set(seen.errors))[:10]:
        say(f"error: {error}")


def main(
    users: Annotated[int, typer.Option(min=1)] = 100,
    seconds: Annotated[float, typer.Option(min=5)] = 60.0,
    files: Annotated[int, typer.Option(min=100)] = 100_000,
    sockets: Annotated[int, typer.Option(min=0, help="Idle WebSockets; 0: none.")] = FULL_SOCKETS,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the API; exit code 1 when a target does not hold."""
    report = Report(f"{users} people at the API, {files:,} files")
    try:
        world, url = running_world(), settings().airflow.url.rstrip("/")
        settle_stack()
        # What is catalogued here lies in no bucket: a scan would take it for vanished.
        with without_schedules(SCAN):
            began = time.monotonic()
            tokens = make_ground(world, url, users, files)
            say(f"prepared in {time.monotonic() - began:.0f} s; {users} people work for {seconds:.0f} s")
            seen = in_child(users_at_work, url, tokens, seconds)
    except CloudFlowError as error:
        say(str(error))
        raise typer.Exit(1) from error
    judge(report, seen)
    if sockets:
        process = api_process(httpx.URL(url).port or 80)
        stayed, cost_kb, answer = in_child(idle_sockets, url, list(tokens.values()), sockets, process)
        report.require("idle_websockets_held", "==", sockets, stayed)
        report.note("idle_websocket_kb", cost_kb)
        report.note("health_p95_ms_beside_them", answer * 1000)
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
