"""
What events tell about how fast and how well things went, in time buckets that merge.

A bucket is the sum of its events, each counted once by its id: whoever reads the same events again, in
whatever batches, comes to the same bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from cloudflow_lib.domain.sketches import MICROS, Sketch

BUCKET = timedelta(minutes=5)
MIB = 1 << 20
SIZES = (
    (MIB, "under 1 MiB"),
    (16 * MIB, "1 to 16 MiB"),
    (128 * MIB, "16 to 128 MiB"),
    (1024 * MIB, "128 MiB to 1 GiB"),
)
LARGEST = "1 GiB and more"
SIZE_CLASSES = (*(name for _, name in SIZES), LARGEST)

MIGRATE, CAMPAIGN, RUN = "migrate", "campaign", "run"
"""One file's migration, one file moved by a campaign (whose single copies are not timed), and a whole run."""
STEPS = ("wait", "copy", "verify", "switch", "finish")
"""What a migration does between one state and the next."""
API, MONGO = "api", "mongo"


class Series(NamedTuple):
    """What was measured: an operation, and for moves between which places and of which size."""

    operation: str
    route: str = ""
    size_class: str = ""


@dataclass(slots=True)
class Cell:
    """What one series came to. Times are whole microseconds, so that sums do not depend on their order."""

    count: int = 0
    failed: int = 0
    size_bytes: int = 0
    micros: int = 0
    """Of those whose duration is known."""
    slowest: int = 0
    durations: Sketch = field(default_factory=Sketch)

    def add(self, seconds: float | None, *, size_bytes: int = 0, failed: bool = False) -> None:
        """Count one more."""
        self.count += 1
        self.failed += failed
        self.size_bytes += size_bytes
        if seconds is not None:
            micros = round(seconds * MICROS)
            self.micros += micros
            self.slowest = max(self.slowest, micros)
            self.durations.add(seconds)

    def merge(self, other: Cell) -> None:
        """Add all that *other* counted."""
        self.count += other.count
        self.failed += other.failed
        self.size_bytes += other.size_bytes
        self.micros += other.micros
        self.slowest = max(self.slowest, other.slowest)
        self.durations.merge(other.durations)


S = TypeVar("S", bound=str)

ID_BYTES, CELL_BYTES, BIN_BYTES = 48, 160, 6
"""What an event's id, a cell and a bin of it take in a stored page."""

Cells = dict[Series, Cell]


def cell_of(cells: Cells, series: Series) -> Cell:
    """Return the cell of *series*, a new one if it is the first."""
    found = cells.get(series)
    if found is None:
        found = cells[series] = Cell()
    return found


def merge_cells(into: Cells, more: Mapping[Series, Cell]) -> None:
    """Add every series of *more*."""
    for series, cell in more.items():
        cell_of(into, series).merge(cell)


class Gauge(NamedTuple):
    """Where something stood, and when; of two the later one counts."""

    at: datetime
    value: float


@dataclass(slots=True)
class Page:
    """
    One bucket's events, or a part of them: a page that is full is followed by another one.

    Users are kept apart, so that each is told only of their own; *total* is everybody's sum.
    """

    start: datetime
    number: int = 0
    fence: int = 0
    """How often it was stored."""
    seen: set[str] = field(default_factory=set)
    """Ids of the events in it."""
    total: Cells = field(default_factory=dict)
    users: dict[str, Cells] = field(default_factory=dict)
    gauges: dict[str, Gauge] = field(default_factory=dict)

    def add(
        self, user: str, series: Series, seconds: float | None, *, size_bytes: int = 0, failed: bool = False
    ) -> None:
        """Count one thing that *user* had done."""
        cell_of(self.total, series).add(seconds, size_bytes=size_bytes, failed=failed)
        cell_of(self.users.setdefault(user, {}), series).add(seconds, size_bytes=size_bytes, failed=failed)

    def merge(self, user: str, cells: Mapping[Series, Cell]) -> None:
        """Count what was counted elsewhere."""
        merge_cells(self.total, cells)
        merge_cells(self.users.setdefault(user, {}), cells)

    @property
    def weight(self) -> int:
        """About how many bytes it takes when it is stored."""
        cells = [cell for group in (self.total, *self.users.values()) for cell in group.values()]
        bins = sum(len(cell.durations.counts) for cell in cells)
        return len(self.seen) * ID_BYTES + len(cells) * CELL_BYTES + bins * BIN_BYTES

    def show(self, name: str, gauge: Gauge) -> None:
        """Note where something stood, unless something later is known."""
        known = self.gauges.get(name)
        if known is None or known < gauge:
            self.gauges[name] = gauge


class Slice(NamedTuple):
    """What one bucket says to one reader."""

    start: datetime
    cells: Cells
    gauges: Mapping[str, Gauge]


def bucket_start(at: datetime, width: timedelta = BUCKET) -> datetime:
    """Return when the bucket began that holds *at*."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return at - (at - epoch) % width


def size_class(size_bytes: int) -> str:
    """Return the size class in words."""
    return next((name for below, name in SIZES if size_bytes < below), LARGEST)


def step_seconds(reached: Mapping[S, float], states: tuple[S, ...]) -> Iterator[tuple[str, float]]:
    """Yield each step with its duration, where both of its ends are known; a try before a retry is left out."""
    for step, begin, end in zip(STEPS, states, states[1:], strict=False):
        if begin in reached and end in reached and reached[end] >= reached[begin]:
            yield step, reached[end] - reached[begin]
