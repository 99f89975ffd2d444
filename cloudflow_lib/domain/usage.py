"""How a file was read lately, over the windows in which people think."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cloudflow_lib.domain.access import DayRollup

HOUR = timedelta(hours=1)
WINDOW_DAYS = 90
WINDOW_HOURS = (1, 24, 7 * 24, 30 * 24, WINDOW_DAYS * 24)

RANGED_BYTES = 4 * 1024 * 1024
"""Clients fetch files above this in several ranges: SDKs begin with it between 4 and 32 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Reads of one file, counted by whole hours, and the last one known."""

    reads_1h: int = 0
    reads_1d: int = 0
    reads_7d: int = 0
    reads_30d: int = 0
    reads_90d: int = 0
    first_read_at: datetime | None = None
    """The earliest within the longest window: a file that was read then existed then."""
    last_read_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.reads_1h <= self.reads_1d <= self.reads_7d <= self.reads_30d <= self.reads_90d:
            raise ValueError("a longer window cannot hold fewer reads")


def usage_of(
    rollups: Sequence[DayRollup],
    *,
    size_bytes: int,
    now: datetime,
    last_read_at: datetime | None = None,
) -> Usage:
    """
    Sum *rollups* over the windows that end *now*; *last_read_at* is what was known without them.

    An hour that a window touches counts as a whole, and reads "from the future" count as now.
    """
    this_hour = _hour_number(now.date(), now.hour)
    counts = [0] * len(WINDOW_HOURS)
    first, last = None, last_read_at
    for rollup in rollups:
        whole = whole_reads(rollup, size_bytes)
        midnight = this_hour - _hour_number(rollup.day, 0)
        for place, window in enumerate(WINDOW_HOURS):
            if midnight <= window:
                counts[place] += whole
            elif midnight - 23 <= window:
                counts[place] += min(whole, sum(n for hour, n in rollup.hours.items() if midnight - hour <= window))
        start = rollup.last_read_at - HOUR * (rollup.last_read_at.hour - min(rollup.hours, default=0))
        first = start if first is None else min(first, start)
        last = rollup.last_read_at if last is None else max(last, rollup.last_read_at)
    return Usage(
        reads_1h=counts[0],
        reads_1d=counts[1],
        reads_7d=counts[2],
        reads_30d=counts[3],
        reads_90d=counts[4],
        first_read_at=first,
        last_read_at=last,
    )


def whole_reads(rollup: DayRollup, size_bytes: int) -> int:
    """
    Return how often the file was read that day as people count.

    A large file that one client fetches in a hundred ranges was read once. So its reads are the
    bytes sent divided by its size, but at least one for each hour in which it was touched, and never
    more than there were requests. Where the log tells no bytes, the requests count.
    """
    if size_bytes < RANGED_BYTES or not rollup.read_bytes:
        return rollup.reads
    return min(rollup.reads, max(-(-rollup.read_bytes // size_bytes), len(rollup.hours)))


def _hour_number(day: date, hour: int) -> int:
    return day.toordinal() * 24 + hour
