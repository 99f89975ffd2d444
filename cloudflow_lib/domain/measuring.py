"""How events count in the buckets of the performance tracker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cloudflow_lib.domain.events import (
    Event,
    FileMoved,
    FileNotMoved,
    MigrationAdvanced,
    MigrationBatchEnded,
    PerformanceMeasured,
)
from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.events.files import WayData
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.performance import (
    CAMPAIGN,
    MIGRATE,
    RUN,
    Cell,
    Gauge,
    Page,
    Series,
    bucket_start,
    size_class,
    step_seconds,
)
from cloudflow_lib.domain.sketches import Sketch

MEASURED: Sequence[type[Fact]] = (MigrationAdvanced, MigrationBatchEnded, FileMoved, FileNotMoved, PerformanceMeasured)
PATH = (
    MigrationState.QUEUED,
    MigrationState.VALIDATED,
    MigrationState.COPIED,
    MigrationState.VERIFIED,
    MigrationState.SWITCHED,
    MigrationState.DONE,
)
COUNTED = frozenset({MigrationState.DONE, MigrationState.FAILED})
"""The states that say how a migration ended."""


def bucket_of(event: Event) -> datetime | None:
    """Return the start of the bucket that *event* counts in, None for one that counts nowhere."""
    match event:
        case PerformanceMeasured():
            return bucket_start(event.data.since)
        case MigrationAdvanced():
            return bucket_start(event.time) if event.data.state in COUNTED else None
        case MigrationBatchEnded() | FileMoved() | FileNotMoved():
            return bucket_start(event.time)
        case _:
            return None


def count_event(page: Page, event: Event) -> None:
    """Count *event* in its page; the caller sees to it that none is counted twice."""
    page.seen.add(event.id)
    match event:
        case MigrationAdvanced():
            _count_migration(page, event)
        case MigrationBatchEnded(data=data):
            page.add(event.user, Series(RUN), data.seconds, failed=bool(data.failed))
        case FileMoved(data=data):
            page.add(event.user, _campaign(data), None, size_bytes=data.size_bytes)
        case FileNotMoved(data=data):
            page.add(event.user, _campaign(data), None, failed=True)
        case PerformanceMeasured():
            _count_measured(page, event)
        case _:
            raise ValueError(event.type)


def _campaign(data: WayData) -> Series:
    return Series(CAMPAIGN, f"{data.source_location} > {data.destination_location}", size_class(data.size_bytes))


def _count_migration(page: Page, event: MigrationAdvanced) -> None:
    data = event.data
    route, size = f"{data.source_location} > {data.destination_location}", size_class(data.size_bytes)
    if data.state is MigrationState.FAILED:
        page.add(event.user, Series(MIGRATE, route, size), None, failed=True)
        return
    whole = data.seconds.get(MigrationState.DONE)
    page.add(event.user, Series(MIGRATE, route, size), whole, size_bytes=data.size_bytes)
    for step, seconds in step_seconds(data.seconds, PATH):
        page.add(event.user, Series(step, route, size), seconds, size_bytes=data.size_bytes)


def _count_measured(page: Page, event: PerformanceMeasured) -> None:
    data = event.data
    cells = {
        Series(one.operation): Cell(
            count=one.count,
            failed=one.failed,
            micros=one.micros,
            slowest=one.slowest,
            durations=Sketch.told(one.durations, data.accuracy),
        )
        for one in data.series
    }
    if cells:
        page.merge(event.user, cells)
    for name, value in data.gauges.items():
        page.show(f"{data.process} {name}", Gauge(data.until, value))
