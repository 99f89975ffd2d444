"""
How near percentiles are to the exact ones, how fast samples are counted, and what a day of them takes.

A day of ten thousand users is drawn from one seed: each has some moves, of sizes and routes of their own.
Its events go through the tracker in batches, as they come from Kafka; the pages are weighed as MongoDB
stores them.

    python -m benchmarks.metrics [--samples 1000000] [--users 10000] [--json]
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated

import bson
import numpy as np
import typer

from benchmarks._children import in_child, peak_mb
from benchmarks._report import Report, say
from cloudflow_lib.adapters.catalogs.mongo_metrics import document_of
from cloudflow_lib.domain.events import EVENT, MigrationAdvanced, MigrationData, new_event_id
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.performance import Cells, Page, Series, Slice
from cloudflow_lib.domain.performance_report import PERCENTILES
from cloudflow_lib.domain.sketches import Sketch
from cloudflow_lib.workflows.track_performance import PerformanceTracker

DAY = datetime(2026, 11, 23, tzinfo=UTC)
BUCKETS = 288
MOVES_PER_USER = 20
BATCH = 1000
ROUTES = ("s3-main > azure-main", "s3-main > gcs-main", "s3-main > s3-main")
PATH = (MigrationState.QUEUED, MigrationState.VALIDATED, MigrationState.COPIED, MigrationState.VERIFIED)
MIB = 1 << 20


@dataclass(slots=True)
class Weighed:
    """A book that keeps the pages as bytes."""

    pages: dict[tuple[datetime, int], bytes] = field(default_factory=dict)

    def metric_pages(self, start: datetime) -> Sequence[Page]:
        assert not any(place[0] == start for place in self.pages), "events come in the order of their time"  # noqa: S101 - a benchmark checks itself
        return []

    def save_metric_page(self, page: Page) -> bool:
        self.pages[page.start, page.number] = bson.encode(document_of(page))
        page.fence += 1
        return True

    def metrics_between(self, since: datetime, until: datetime, *, owner: str | None = None) -> Iterator[Slice]:
        raise NotImplementedError

    def metrics_by_user(self, since: datetime, until: datetime) -> Iterator[tuple[str, Cells]]:
        raise NotImplementedError


def errors(samples: int) -> dict[str, float]:
    """Return how far merged percentiles are off the exact ones, as shares, over all of a day's buckets."""
    draw, worst = np.random.default_rng(11), {}
    shapes = {
        "lognormal": draw.lognormal(0, 2, samples),
        "pareto": draw.pareto(1.2, samples) + 0.001,
        "two_humps": np.concatenate(
            [draw.normal(0.02, 0.002, samples // 2), draw.normal(30, 3, samples - samples // 2)]
        ),
    }
    for name, values in shapes.items():
        whole = Sketch()
        for some in np.array_split(values, BUCKETS):
            sketch = Sketch()
            for value in some.tolist():
                sketch.add(value)
            whole.merge(Sketch.unpack(sketch.pack()))
        exact = np.quantile(values, PERCENTILES, method="lower")
        found = [value or 0.0 for value in whole.quantiles(PERCENTILES)]
        worst[name] = float(np.max(np.abs(np.array(found) / exact - 1)))
    return worst


def ingest(samples: int) -> float:
    """Return how many samples a second one core counts, in the cells of their user and of all."""
    draw = np.random.default_rng(3)
    seconds = draw.lognormal(0, 1.5, samples).tolist()
    users = [f"team-{number}" for number in draw.integers(0, 200, samples)]
    series = [Series("migrate", route, "under 1 MiB") for route in ROUTES]
    which = draw.integers(0, len(series), samples).tolist()
    page = Page(DAY)
    began = time.process_time()  # of one core, whatever else the machine does
    for user, number, value in zip(users, which, seconds, strict=True):
        page.add(user, series[number], value)
    return samples / (time.process_time() - began)


def a_days_events(users: int) -> Iterator[bytes]:
    """Yield the ends of a day's moves as they come from Kafka, in the order of their time."""
    draw, count = np.random.default_rng(5), users * MOVES_PER_USER
    at = np.sort(draw.uniform(0, 86_399, count))
    who, sizes = draw.integers(0, users, count), draw.lognormal(13, 3, count).astype(int)
    took, route = draw.lognormal(1, 1, count), draw.integers(0, len(ROUTES), count)
    for number in range(count):
        source, _, destination = ROUTES[route[number]].partition(" > ")
        reached = {state: took[number] * step / 5 for step, state in enumerate([*PATH, MigrationState.SWITCHED])}
        event = MigrationAdvanced(
            id=new_event_id(),
            subject=f"m{number}",
            user=f"team-{who[number]}",
            time=DAY + timedelta(seconds=float(at[number])),
            data=MigrationData(
                batch_id="run",
                file_id="f",
                state=MigrationState.DONE,
                source_location=source,
                source_key="k",
                source_class="STANDARD",
                destination_location=destination,
                destination_key="k",
                destination_class="Cool",
                size_bytes=int(sizes[number]),
                seconds={**reached, MigrationState.DONE: took[number]},
            ),
        )
        yield event.model_dump_json().encode()


@dataclass(frozen=True, slots=True)
class Day:
    """What a day of events took."""

    events: int
    seconds: float
    stored_bytes: int
    largest_page: int
    pages: int
    peak_mb: float
    idle_mb: float


def a_day(users: int) -> Day:
    """Count a day's events, read from JSON, and weigh what is stored."""
    book, idle = Weighed(), peak_mb()
    tracker = PerformanceTracker(book, lambda: DAY + timedelta(days=1))
    spent, count, batch = 0.0, 0, []
    for raw in a_days_events(users):
        batch.append(raw)
        if len(batch) == BATCH:
            began = time.process_time()
            tracker.handle([EVENT.validate_json(one) for one in batch])
            spent, count = spent + time.process_time() - began, count + len(batch)
            batch.clear()
    sizes = [len(page) for page in book.pages.values()]
    return Day(count, spent, sum(sizes), max(sizes), len(sizes), peak_mb(), idle)


def main(
    samples: Annotated[int, typer.Option(min=10_000, help="How many durations each percentile is drawn from.")] = 10**6,
    users: Annotated[int, typer.Option(min=100, help="How many users have a day.")] = 10_000,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the performance tracker; exit code 1 when a target does not hold."""
    report = Report(f"Performance tracker: {samples:,} samples, {users:,} users")
    for name, error in errors(samples).items():
        report.require(f"worst_error_percent_{name}", "<=", 1.0, round(100 * error, 3))
    say("percentiles compared")
    report.require("samples_per_second", ">=", 50_000, round(in_child(ingest, samples)))
    day = in_child(a_day, users)
    report.note("events_of_the_day", day.events)
    report.note("events_per_second_from_json_to_pages", round(day.events / day.seconds))
    report.note("stored_mb_of_the_day", round(day.stored_bytes / MIB, 1))
    report.require("stored_bytes_per_event", "<=", 2000, round(day.stored_bytes / day.events))
    report.require("largest_page_mb", "<=", 8.0, round(day.largest_page / MIB, 2))
    report.note("pages", day.pages)
    # The pages are kept as bytes in this process, where MongoDB would hold them.
    report.require("tracker_mb", "<=", 500, round(day.peak_mb - day.idle_mb - day.stored_bytes / MIB, 1))
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
