"""
What is left of the engine's speed when a store answers 503 to three requests in ten, and how many it sends.

    python -m benchmarks.throttle [--rounds 3] [--objects 5000] [--share 0.3] [--json]

Both runs of a round go through the same proxy in front of the destination; only its share of refusals differs.
One refusal in ten comes after the write has worked. Every object is checked outside the engine.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from benchmarks._engine_places import Place, places
from benchmarks._report import Report, say
from benchmarks.transfer import Runs

GOODPUT_SHARE = 0.6
SPARE = 1.25
"""By which factor more than unavoidable may be sent: a share s of refusals needs 1 / (1 - s) requests."""


@contextmanager
def refusing(place: Place, share: float, seed: int, counts: dict[str, int]) -> Iterator[Place]:
    """Yield *place* behind a proxy that refuses; what it saw is in *counts* afterwards."""
    port = urlsplit(str(place.server.url)).port
    words = [sys.executable, "-m", "benchmarks._engine_refusals", str(port), str(share), str(seed)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    output = process.stdout
    if output is None:
        raise RuntimeError("the proxy has no output")
    try:
        yield place.at(f"http://127.0.0.1:{output.readline().strip()}")
    finally:
        process.terminate()
        told, _ = process.communicate(timeout=20)
        counts.update(json.loads(told))


def run(source: Place, target: Place, written: dict[str, str], share: float, seed: int, runs: Runs) -> dict[str, int]:
    """Copy everything once and return what the proxy saw."""
    end, counts = f"share-{share}-{seed}/", dict[str, int]()
    with refusing(target, share, seed, counts) as busy:
        ends = {"BENCH_SOURCE": json.dumps(source.engine()), "BENCH_TARGET": json.dumps(busy.engine())}
        told = runs.take([sys.executable, "-m", "benchmarks._engine", "source/", end], {**os.environ, **ends})
    if target.hashes(end) != written:
        raise RuntimeError(f"objects were lost or changed: {told}")
    target.clear(end)
    say(f"share {share:.0%}: {runs.seconds[-1]:.2f} s, {counts}, {told.strip()}")
    return counts


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each run is repeated.")] = 3,
    objects: Annotated[int, typer.Option(min=100, help="How many objects of 4 KiB are copied.")] = 5000,
    share: Annotated[float, typer.Option(min=0.0, max=0.9, help="The share of requests that is refused.")] = 0.3,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare; exit code 1 when a target does not hold."""
    report = Report(f"{objects:,} objects of 4 KiB to a store that refuses {share:.0%} of requests")
    calm, busy, sent = Runs(), Runs(), list[float]()
    with tempfile.TemporaryDirectory(prefix="cloudflow-benchmark-") as name, places(Path(name), "s3") as ends:
        written = ends[0].fill("source/", objects, 4096)
        for number in range(rounds):
            run(*ends, written, 0.0, number, calm)
            sent.append(run(*ends, written, share, number, busy)["seen"] / objects)
    rate = {name: objects / statistics.median(runs.seconds) for name, runs in (("calm", calm), ("busy", busy))}
    report.note("fault-free objects/s", round(rate["calm"]))
    report.note("goodput objects/s", round(rate["busy"]))
    report.require("goodput share", ">=", GOODPUT_SHARE, round(rate["busy"] / rate["calm"], 2))
    report.note("unavoidable requests per object", round(1 / (1 - share), 2))
    report.require("requests per object", "<=", round(SPARE / (1 - share), 2), round(statistics.median(sent), 2))
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
