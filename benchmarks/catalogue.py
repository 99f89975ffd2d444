"""
How long the catalogue takes for a location with many objects, on the embedded MongoDB-compatible server.

Each step runs in a process of its own: a scan into an empty catalogue, a rescan of the unchanged
location, a classification that moves one file in five to another class, and the relay of a part of
the events. A tenth of the objects is measured first, to see whether cost grows linearly.

    python -m benchmarks.catalogue [--objects 100000] [--json] [--s3] [--mongo-url URL]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from benchmarks._children import in_child, peak_mb
from benchmarks._objects import Source, memory_source, s3_source
from benchmarks._report import Report, say
from benchmarks._servers import running_mongo, running_versitygw
from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog
from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.files import file_id_at
from cloudflow_lib.ports.clock import system_clock
from cloudflow_lib.workflows.classify_files import classify_files
from cloudflow_lib.workflows.scan_location import scan_location

FULL = 100_000
SCAN_SECONDS, RESCAN_SECONDS, CLASSIFY_SECONDS = 60.0, 10.0, 40.0
MEMORY_MB = 500.0
GROWTH = 1.5
"""What an object may cost at most in the full run, compared with the run of a tenth."""
HOT_EVERY = 5
READS = 12
RELAYED = 10_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One step: its time, its memory, and what it says it did."""

    seconds: float
    peak_mb: float
    counts: Mapping[str, float]


def scan(url: str, database: str, source: Source) -> Measured:
    """Scan *source* into the catalogue."""
    catalog = MongoCatalog(url, database)
    store = source.open()
    writes_before, began = _writes(catalog), time.perf_counter()
    report = scan_location(source.location.location_id, catalog=catalog, open_store=lambda _: store, clock=system_clock)
    seconds = time.perf_counter() - began
    writes = _writes(catalog) - writes_before
    counts = {"added": report.added, "unchanged": report.unchanged, "writes": writes}
    return Measured(seconds, peak_mb(), counts)


def _writes(catalog: MongoCatalog) -> int:
    """Return how many writes the server was asked for since it started, by anybody."""
    counters = catalog.server_status()["opcounters"]
    return sum(int(counters[kind]) for kind in ("insert", "update", "delete"))


def count_reads(url: str, database: str, source: Source) -> Measured:
    """Store reads that make every fifth file hot."""
    catalog, now = MongoCatalog(url, database), system_clock()
    rollups = [
        DayRollup(
            file_id=file_id_at(source.location.location_id, key),
            day=now.date(),
            reads=READS,
            read_bytes=READS,
            hours={now.hour: READS},
            last_read_at=now,
        )
        for key in source.keys()[::HOT_EVERY]
    ]
    began = time.perf_counter()
    catalog.add_reads("benchmark", rollups)
    return Measured(time.perf_counter() - began, peak_mb(), {"rollups": len(rollups)})


def classify(url: str, database: str) -> Measured:
    """Classify every file."""
    catalog = MongoCatalog(url, database)
    began = time.perf_counter()
    report = classify_files(catalog=catalog, clock=system_clock, thresholds=Thresholds())
    seconds = time.perf_counter() - began
    return Measured(seconds, peak_mb(), {"changed": sum(report.changed.values()), "unchanged": report.unchanged})


def relay(url: str, database: str, most: int) -> Measured:
    """Drain waiting events into a broker that takes everything at once."""
    catalog = MongoCatalog(url, database)
    drained, began = 0, time.perf_counter()
    while drained < most and (count := catalog.drain_outbox(lambda _: None)):
        drained += count
    return Measured(time.perf_counter() - began, peak_mb(), {"events": drained})


def measure(url: str, source: Source) -> dict[str, Measured]:
    """
    Take every step once with *source*, in a database of its own.

    It is left behind: dropping a hundred thousand documents takes the embedded server minutes, and its
    folder goes with the server. On a server of your own, drop what is called `benchmark_...`.
    """
    database = f"benchmark_{uuid4().hex[:8]}"
    catalog = MongoCatalog(url, database)
    catalog.prepare()
    catalog.save_location(source.location)
    order: dict[str, Callable[[], Measured]] = {
        "scan": lambda: in_child(scan, url, database, source),
        "rescan": lambda: in_child(scan, url, database, source),
        "count_reads": lambda: in_child(count_reads, url, database, source),
        "classify": lambda: in_child(classify, url, database),
        "relay": lambda: in_child(relay, url, database, RELAYED),
    }
    steps: dict[str, Measured] = {}
    for name, work in order.items():
        steps[name] = work()
        say(f"{source.count:,} objects: {name} took {steps[name].seconds:.1f} s ({dict(steps[name].counts)})")
    catalog.close()
    return steps


def judge(
    report: Report, source: Source, steps: dict[str, Measured], small: Source, first: dict[str, Measured]
) -> None:
    """Hold the full run to its targets, and its growth to the small run."""
    share = source.count / FULL
    for name, seconds in (("scan", SCAN_SECONDS), ("rescan", RESCAN_SECONDS), ("classify", CLASSIFY_SECONDS)):
        report.note(f"{name}_seconds_{small.count}", round(first[name].seconds, 2))
        report.require(f"{name}_seconds_{source.count}", "<=", seconds * share, round(steps[name].seconds, 2))
        report.require(f"{name}_peak_mb", "<=", MEMORY_MB, round(steps[name].peak_mb, 1))
        growth = (steps[name].seconds / source.count) / (first[name].seconds / small.count)
        report.require(f"{name}_cost_per_object_vs_{small.count}", "<=", GROWTH, round(growth, 2))
    report.require("scan_added", "==", source.count, steps["scan"].counts["added"])
    report.require("rescan_unchanged", "==", source.count, steps["rescan"].counts["unchanged"])
    report.require("rescan_writes", "==", 0, steps["rescan"].counts["writes"])
    report.require("classify_changed", "==", len(source.keys()[::HOT_EVERY]), steps["classify"].counts["changed"])
    report.note("relay_events_per_second", round(steps["relay"].counts["events"] / steps["relay"].seconds))
    rollups = steps["count_reads"].counts["rollups"]
    report.note("count_reads_rollups_per_second", round(rollups / steps["count_reads"].seconds))


def main(
    objects: Annotated[int, typer.Option(min=10, help="How many objects the location holds.")] = FULL,
    mongo_url: Annotated[str | None, typer.Option(help="A server that runs already; none: start one.")] = None,
    *,
    s3: Annotated[bool, typer.Option("--s3", help="List from a real S3 server instead of memory.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the catalogue; exit code 1 when a target does not hold."""
    report = Report(f"Catalogue of {objects:,} objects")
    with tempfile.TemporaryDirectory(prefix="cloudflow-benchmark-") as name:
        folder = Path(name)
        if mongo_url:
            _run(report, mongo_url, objects, folder, s3=s3)
        else:
            with running_mongo(folder) as url:
                _run(report, url, objects, folder, s3=s3)
    raise typer.Exit(report.finish(as_json=as_json))


def _run(report: Report, url: str, objects: int, folder: Path, *, s3: bool) -> None:
    if not s3:
        small, full = memory_source(objects // 10), memory_source(objects)
        judge(report, full, measure(url, full), small, measure(url, small))
        return
    secret = uuid4().hex
    with running_versitygw(folder, secret) as endpoint:
        small, full = s3_source(objects // 10, endpoint, secret), s3_source(objects, endpoint, secret)
        for source in (small, full):
            say(f"writing {source.count:,} objects to S3")
            in_child(source.fill)
        judge(report, full, measure(url, full), small, measure(url, small))


if __name__ == "__main__":
    typer.run(main)
