"""
What a process measures about itself, told as an event once a minute.

Figures that could not be told wait for the next minute: a broker that is away costs their resolution,
not the figures.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from threading import Event as Signal
from threading import Lock

from cloudflow_lib.domain.events import MeasuredSeries, PerformanceData, PerformanceMeasured
from cloudflow_lib.domain.events.performance import PLATFORM
from cloudflow_lib.domain.performance import Cell, Cells, Series, cell_of, merge_cells
from cloudflow_lib.domain.sketches import ACCURACY
from cloudflow_lib.errors import CloudFlowError, PublishError
from cloudflow_lib.ports.clock import Clock
from cloudflow_lib.ports.publishers import Publisher

log = logging.getLogger(__name__)

TOLD_EVERY = 60.0
MOST_SERIES = 500
"""Of one process; what comes beyond is counted as `other`."""
MOST_BINS = 20_000
"""Of durations in one event, which so stays far below what a broker takes however long it was away."""
OTHER = "other"

Probe = Callable[[], float]


class Recorder:
    """Counts what happens in this process, from any thread."""

    def __init__(self, process: str, clock: Clock) -> None:
        self.process = process
        self._clock = clock
        self._lock = Lock()
        self._cells: Cells = {}
        self._since = clock()
        self._probes: dict[str, Probe] = {"memory_bytes": memory_bytes, "cpu_ratio": CpuRatio()}

    def record(self, operation: str, seconds: float, *, failed: bool = False) -> None:
        """Count one operation that took *seconds*."""
        with self._lock:
            series = Series(operation)
            if series not in self._cells and len(self._cells) >= MOST_SERIES:
                series = Series(OTHER)
            cell_of(self._cells, series).add(seconds, failed=failed)

    def watch(self, name: str, probe: Probe) -> None:
        """Ask *probe* whenever the figures are told where *name* stands."""
        self._probes[name] = probe

    def tell(self, publisher: Publisher) -> None:
        """Publish what was counted since the last time; what could not be told is counted on."""
        until, gauges = self._clock(), self._gauges()
        with self._lock:
            cells, self._cells = self._cells, {}
            since, self._since = self._since, until
        parts = list(_parts(cells))
        for number, part in enumerate(parts):
            try:
                publisher.publish([measured(self.process, since, until, part, {} if number else gauges)])
            except PublishError:
                with self._lock:
                    for left in parts[number:]:
                        merge_cells(self._cells, left)
                    self._since = since
                raise

    def _gauges(self) -> Mapping[str, float]:
        found = {}
        for name, probe in self._probes.items():
            try:
                found[name] = float(probe())
            except (CloudFlowError, OSError) as error:
                log.warning("measure.not_known name=%s error=%s", name, error)
        return found


def _parts(cells: Cells) -> Iterator[Cells]:
    """Yield *cells* in parts of which each fits into one event; at least one, as gauges are told with it."""
    part: Cells = {}
    bins = 0
    for series, cell in sorted(cells.items()):
        part[series] = cell
        bins += len(cell.durations.counts)
        if bins > MOST_BINS:
            yield part
            part, bins = {}, 0
    yield part


def tell_forever(recorder: Recorder, publisher: Publisher, stop: Signal, *, every: float = TOLD_EVERY) -> None:
    """Tell once a minute until *stop* is set, and what is left at the end."""
    while not stop.wait(every):
        _try(recorder, publisher)
    _try(recorder, publisher)


def _try(recorder: Recorder, publisher: Publisher) -> None:
    try:
        recorder.tell(publisher)
    except PublishError as error:
        log.warning("measure.not_told process=%s error=%s", recorder.process, error)


def measured(
    process: str, since: datetime, until: datetime, cells: Cells, gauges: Mapping[str, float]
) -> PerformanceMeasured:
    """Return the fact that *process* measured this."""
    return PerformanceMeasured(
        subject=process,
        user=PLATFORM,
        time=until,
        data=PerformanceData(
            process=process,
            since=since,
            until=until,
            accuracy=ACCURACY,
            series=tuple(_series(series, cell) for series, cell in sorted(cells.items())),
            gauges=dict(gauges),
        ),
    )


def _series(series: Series, cell: Cell) -> MeasuredSeries:
    return MeasuredSeries(
        operation=series.operation,
        count=cell.count,
        failed=cell.failed,
        micros=cell.micros,
        slowest=cell.slowest,
        durations=dict(sorted(cell.durations.counts.items())),
    )


def process_name(role: str) -> str:
    """Return the name of this process: its role and its number, so that two of a role are told apart."""
    return f"{role}-{os.getpid()}"


def memory_bytes() -> float:
    """Return how much memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


class CpuRatio:
    """The share of one core that this process used since it was last asked."""

    def __init__(self) -> None:
        self._at, self._used = time.monotonic(), time.process_time()

    def __call__(self) -> float:
        at, used = time.monotonic(), time.process_time()
        ratio = (used - self._used) / max(at - self._at, 1e-9)
        self._at, self._used = at, used
        return ratio
