"""
The engine against rclone, default and tuned, between two real servers on this machine.

    python -m benchmarks.transfer [--rounds 5] [--to s3|azure|gcs] [--only NAME] [--json]

Every tool is a process of its own that lists the source and copies it below a fresh prefix; the tools take
turns within each round. Time is from the start of the process to its end. What arrived is hashed outside all
tools. Ours runs with its verification on: each object is proved by what the destination computed or reads back.

Ours is judged as it runs in the platform, forked by a worker that has everything imported, as
`WarmLocalExecutor` does; `cloudflow cold` is the same from a new interpreter, and is shown beside it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from benchmarks._engine_delay import delayed
from benchmarks._engine_places import BUCKET, Place, places
from benchmarks._rclone import environment, rclone
from benchmarks._report import Report, say

KIB, MIB = 1024, 1024**2
OURS, COLD, DEFAULT, TUNED = "cloudflow", "cloudflow cold", "rclone", "rclone_tuned"
TUNING = ("--transfers", "64", "--checkers", "64")
MEMORY_MIB = 200.0
LOOK_SECONDS = 0.02
AT_LEAST = 1.0
"""Towards Azure and Google no row may be slower than either rclone."""


@dataclass(frozen=True, slots=True)
class Case:
    """So many objects of one size, and how much faster than both rclones they have to travel between S3 servers."""

    name: str
    count: int
    size_bytes: int
    delay_ms: int
    default: float
    tuned: float


CASES = (
    Case("4KiBx2000", 2000, 4 * KIB, 0, 1.3, 1.2),
    Case("4KiBx2000+30ms", 2000, 4 * KIB, 30, 12.0, 1.3),
    Case("1MiBx128", 128, MIB, 0, 1.2, 1.2),
    Case("256MiBx2", 2, 256 * MIB, 0, 1.1, 1.1),
)


@dataclass(slots=True)
class Runs:
    """What the runs of one tool took."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)

    def take(self, words: Sequence[str], variables: Mapping[str, str]) -> str:
        """Run a process to its end and return what it printed."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            began = time.perf_counter()
            process = subprocess.Popen(words, env=variables, stdout=output, stderr=errors)
            watch = Thread(target=self._watch_memory, args=(process.pid,))
            watch.start()
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds.append(time.perf_counter() - began)
            watch.join()
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            output.seek(0)
            if process.returncode != 0:
                raise RuntimeError(f"{words[0]} ended with {process.returncode}: {errors.read()[-2000:].decode()}")
            self.cpu_seconds.append(usage.ru_utime + usage.ru_stime)
            return output.read().decode()

    def take_from(self, worker: subprocess.Popen[str], asked: Mapping[str, object]) -> str:
        """Let a worker do it in a fork of its own and return what that printed."""
        if worker.stdin is None or worker.stdout is None:
            raise AssertionError("a worker is asked and answers by pipes")
        worker.stdin.write(json.dumps(asked) + "\n")
        worker.stdin.flush()
        answer = json.loads(worker.stdout.readline())
        if answer["status"] != 0:
            raise RuntimeError(f"the engine ended with {answer['status']}: {answer['told']}")
        self.seconds.append(answer["seconds"])
        self.cpu_seconds.append(answer["cpu_seconds"])
        self.peak_mib.append(answer["peak_mib"])
        return str(answer["told"])

    def _watch_memory(self, process_id: int) -> None:
        """Keep the peak of a process: the one in its usage counts the memory of who started it, too."""
        peak_kib, status = 0, Path(f"/proc/{process_id}/status")
        with suppress(OSError, StopIteration):  # until it has ended
            while True:
                lines = (line.split() for line in status.read_text().splitlines())
                peak_kib = next(int(words[1]) for words in lines if words[0] == "VmHWM:")
                time.sleep(LOOK_SECONDS)
        self.peak_mib.append(peak_kib / KIB)


@contextmanager
def working() -> Iterator[subprocess.Popen[str]]:
    """Run a worker of ours that is ready."""
    words = [sys.executable, "-m", "benchmarks._engine", "--worker"]
    with subprocess.Popen(words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        if worker.stdout is not None:
            worker.stdout.readline()
        try:
            yield worker
        finally:
            worker.kill()


def run_tool(
    tool: str, runs: Runs, worker: subprocess.Popen[str], ends: tuple[Place, Place], prefixes: tuple[str, str]
) -> str:
    """Copy from one prefix to the other, once."""
    (source, target), (begin, end) = ends, prefixes
    variables = {"BENCH_SOURCE": json.dumps(source.engine()), "BENCH_TARGET": json.dumps(target.engine())}
    if tool == OURS:
        return runs.take_from(worker, {"words": prefixes, "variables": variables})
    if tool == COLD:
        return runs.take([sys.executable, "-m", "benchmarks._engine", begin, end], {**os.environ, **variables})
    words = [str(rclone()), "copy", f"source:{BUCKET}/{begin}", f"target:{BUCKET}/{end}"]
    words += TUNING if tool == TUNED else ()
    return runs.take(words, environment(source.remote("source"), target.remote("target")))


def measure(case: Case, source: Place, target: Place, rounds: int) -> dict[str, Runs]:
    """Let the tools take turns and hold each run to the bytes that were written."""
    say(f"{case.name}: writing the source")
    begin = f"{case.name}/"
    written = source.fill(begin, case.count, case.size_bytes)
    tools = {tool: Runs() for tool in (OURS, COLD, DEFAULT, TUNED)}
    with ExitStack() as stack:
        worker = stack.enter_context(working())
        near, far = source, target
        if case.delay_ms:
            urls = [str(source.server.url), str(target.server.url)]
            ways = stack.enter_context(delayed(urls, case.delay_ms))
            near, far = source.at(ways[0]), target.at(ways[1])
        for number in range(rounds):
            for tool, runs in tools.items():
                end = f"{case.name}-{tool.replace(' ', '-')}-{number}/"
                told = run_tool(tool, runs, worker, (near, far), (begin, end))
                if target.hashes(end) != written:
                    raise RuntimeError(f"{tool} lost or changed objects of {case.name}: {told}")
                target.clear(end)
                say(f"{case.name} round {number + 1}: {tool} took {runs.seconds[-1]:.2f} s {told.strip()}")
    source.clear(begin)
    return tools


def judge(report: Report, case: Case, tools: Mapping[str, Runs], *, to_s3: bool) -> None:
    """Keep the medians and hold ours to its targets."""
    for tool, runs in tools.items():
        report.note(f"{case.name} {tool} s", round(statistics.median(runs.seconds), 3))
        report.note(f"{case.name} {tool} cpu s", round(statistics.median(runs.cpu_seconds), 3))
        report.note(f"{case.name} {tool} peak MiB", round(max(runs.peak_mib), 1))
    ours = statistics.median(tools[OURS].seconds)
    for tool, factor in ((DEFAULT, case.default), (TUNED, case.tuned)):
        ratio = statistics.median(tools[tool].seconds) / ours
        report.require(f"{case.name} times {tool}", ">=", factor if to_s3 else AT_LEAST, round(ratio, 2))
    report.require(f"{case.name} peak MiB", "<=", MEMORY_MIB, round(max(tools[OURS].peak_mib), 1))


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each tool copies each case.")] = 5,
    to: Annotated[str, typer.Option(help="What kind of store to copy to: s3, azure or gcs.")] = "s3",
    only: Annotated[str | None, typer.Option(help="One case: " + ", ".join(case.name for case in CASES))] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare; exit code 1 when a target does not hold."""
    report = Report(f"S3 to {to}, {rounds} rounds, medians")
    with (
        tempfile.TemporaryDirectory(prefix="cloudflow-benchmark-") as name,
        places(Path(name), to) as ends,
    ):
        for case in CASES:
            if only in {None, case.name}:
                judge(report, case, measure(case, *ends, rounds), to_s3=to == "s3")
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
