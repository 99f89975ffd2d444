"""What is told about a window of time: percentiles, rates and shares, worked out from the buckets in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudflow_lib.domain.performance import (
    API,
    BUCKET,
    CAMPAIGN,
    MIGRATE,
    SIZE_CLASSES,
    Cell,
    Cells,
    Gauge,
    Series,
    Slice,
    bucket_start,
    cell_of,
    merge_cells,
)
from cloudflow_lib.domain.sketches import MICROS

MOST_POINTS = 100
STEPS = (
    *(timedelta(minutes=minutes) for minutes in (5, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 6, 12)),
    timedelta(days=1),
)
PERCENTILES = (0.5, 0.9, 0.95, 0.99)
COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One operation, or one group of moves; durations in seconds, None where none is known."""

    name: str
    count: int
    failed: int
    size_bytes: int
    percentiles: tuple[float | None, ...]
    """As `PERCENTILES` names them."""
    slowest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """How migrations ended, and how fast their bytes moved."""

    done: int
    failed: int
    size_bytes: int
    bytes_per_second: float | None

    @property
    def success_rate(self) -> float | None:
        """The share that arrived, None when none ended."""
        ended = self.done + self.failed
        return self.done / ended if ended else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One step of the window."""

    at: datetime
    percentiles: tuple[float | None, ...]
    moves: Moves
    figures: Figures
    """Of the operation that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceReport:
    """A window of time."""

    since: datetime
    until: datetime
    step: timedelta
    moves: Moves
    operations: Sequence[Figures]
    points: Sequence[Point]
    by_route: Sequence[Figures]
    by_size: Sequence[Figures]
    gauges: dict[str, Gauge] = field(default_factory=dict)


def step_of(window: timedelta) -> timedelta:
    """Return the smallest step that cuts *window* into few enough points."""
    return next((step for step in STEPS if window <= step * MOST_POINTS), STEPS[-1])


def window_of(now: datetime, window: timedelta) -> tuple[datetime, datetime, timedelta]:
    """Return where the window that ends now begins and ends, on whole steps, and the step."""
    step = step_of(window)
    until = bucket_start(now, step) + step
    return until - max(window, BUCKET), until, step


def report(
    slices: Iterable[Slice], since: datetime, until: datetime, step: timedelta, operation: str = MIGRATE
) -> PerformanceReport:
    """Sum up *slices* of the window."""
    first = bucket_start(since, step)
    steps: dict[datetime, _Sum] = {}
    at = first
    while at < until:
        steps[at] = _Sum()
        at += step
    gauges: dict[str, Gauge] = {}
    for one in slices:
        steps[bucket_start(one.start, step)].add(one)
        for name, gauge in one.gauges.items():
            gauges[name] = max(gauge, gauges.get(name, gauge))
    whole = _Sum()
    for each in steps.values():
        merge_cells(whole.cells, each.cells)
        whole.moving |= each.moving
    moves = [MIGRATE, CAMPAIGN]
    return PerformanceReport(
        since=first,
        until=until,
        step=step,
        moves=moves_of(whole.cells, len(whole.moving)),
        operations=[*_grouped(whole.cells, _operation), *_all_routes(whole.cells)],
        points=[_point(at, each, operation) for at, each in steps.items()],
        by_route=_grouped(whole.cells, lambda series: series.route if series.operation in moves else None),
        by_size=sorted(
            _grouped(whole.cells, lambda series: series.size_class if series.operation in moves else None),
            key=lambda figures: SIZE_CLASSES.index(figures.name),
        ),
        gauges=gauges,
    )


def moves_of(cells: Cells, moving_buckets: int) -> Moves:
    """
    Return how moves ended.

    Their speed is that of the copies while they ran; where no copy was timed, as in campaigns, it is an
    average over the *moving_buckets* that files were moved in.
    """
    ended, timed = Cell(), Cell()
    for series, cell in cells.items():
        if series.operation in (MIGRATE, CAMPAIGN):
            ended.merge(cell)
        elif series.operation == COPY:
            timed.merge(cell)
    speed = None
    if timed.micros:
        speed = timed.size_bytes * MICROS / timed.micros
    elif moving_buckets and ended.size_bytes:
        speed = ended.size_bytes / (moving_buckets * BUCKET.total_seconds())
    done = ended.count - ended.failed
    return Moves(done=done, failed=ended.failed, size_bytes=ended.size_bytes, bytes_per_second=speed)


def figures_of(name: str, cell: Cell) -> Figures:
    """Return what is told of *cell*."""
    return Figures(
        name=name,
        count=cell.count,
        failed=cell.failed,
        size_bytes=cell.size_bytes,
        percentiles=cell.durations.quantiles(PERCENTILES),
        slowest=cell.slowest / MICROS if cell.durations.counts else None,
    )


@dataclass(slots=True)
class _Sum:
    cells: Cells = field(default_factory=dict)
    moving: set[datetime] = field(default_factory=set)

    def add(self, one: Slice) -> None:
        merge_cells(self.cells, one.cells)
        if any(series.operation in (MIGRATE, CAMPAIGN) for series in one.cells):
            self.moving.add(one.start)


def _operation(series: Series) -> str:
    return series.operation


def _grouped(cells: Cells, name_of: Callable[[Series], str | None]) -> list[Figures]:
    groups: Cells = {}
    for series, cell in cells.items():
        if name := name_of(series):
            cell_of(groups, Series(name)).merge(cell)
    return [figures_of(series.operation, cell) for series, cell in sorted(groups.items())]


def _all_routes(cells: Cells) -> list[Figures]:
    """Return the sum of all requests to the API, if there were any."""
    whole = Cell()
    for series, cell in cells.items():
        if series.operation.startswith(f"{API} "):
            whole.merge(cell)
    return [figures_of(API, whole)] if whole.count else []


def _point(at: datetime, one: _Sum, operation: str) -> Point:
    cell = Cell()
    for series, each in one.cells.items():
        if series.operation == operation or (operation == API and series.operation.startswith(f"{API} ")):
            cell.merge(each)
    figures = figures_of(operation, cell)
    return Point(at=at, percentiles=figures.percentiles, moves=moves_of(one.cells, len(one.moving)), figures=figures)
