"""
How often a file will be read, from how it was read so far, and how sure that is.

Reads are taken to come by chance at a rate. What is known of the rate is a Gamma distribution: its
shape grows with the reads, each worth half as much after every half-life, and its exposure with the
time that was watched. Silence is worth its whole length however long ago it began, so that a file
long unread is surer to stay unread; a young file has little exposure, and its rate stays wide open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cloudflow_lib.domain.access import DayRollup

HALF_LIFE_DAYS = 30.0
PRIOR_READS = 0.5
"""What nobody counted yet: Jeffreys' prior of a rate."""
MONTH_DAYS = 30
NINE_IN_TEN = 1.2815515655446004
"""Standard deviations from the middle up to which nine in ten lie."""
HISTORY_DAYS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedUse:
    """Requests for one file per day: expected, and within which bounds it lies eight times out of ten."""

    reads_per_day: float
    reads_low: float
    reads_high: float
    bytes_per_read: float
    busiest_month: int
    """The most requests in any 30 days that were watched."""
    recent_reads: int
    """Requests in the last 30 days."""
    idle_days: int
    """Days since the last read, or since the watch began."""
    shape: float
    """Of the Gamma distribution: how much was seen."""


def expected_use(rollups: Sequence[DayRollup], *, size_bytes: int, today: date, watched_days: int) -> ExpectedUse:
    """Return what to expect of a file that was watched for the last *watched_days* days; rollups in order of days."""
    watched = max(min(watched_days, HISTORY_DAYS), 1)
    ages = [(max((today - rollup.day).days, 0), rollup) for rollup in rollups if rollup.reads]
    known = [(age, rollup) for age, rollup in ages if age <= watched]
    idle = min((age for age, _ in known), default=watched)
    shape = PRIOR_READS + sum(rollup.reads * weight(age) for age, rollup in known)
    exposure = exposed_days(watched, idle)
    reads = sum(rollup.reads for _, rollup in known)
    sent = sum(rollup.read_bytes for _, rollup in known)
    return ExpectedUse(
        reads_per_day=shape / exposure,
        reads_low=gamma_quantile(shape, -NINE_IN_TEN) / exposure,
        reads_high=gamma_quantile(shape, NINE_IN_TEN) / exposure,
        bytes_per_read=sent / reads if sent else float(size_bytes),
        busiest_month=_busiest(known),
        recent_reads=sum(rollup.reads for age, rollup in known if age < MONTH_DAYS),
        idle_days=idle,
        shape=shape,
    )


def weight(age: float) -> float:
    """Return what a read so many days ago is worth today."""
    return float(2.0 ** (-age / HALF_LIFE_DAYS))


def exposed_days(watched: int, idle: int) -> float:
    """Return the days that count: those of the silence in full, the earlier ones less the longer ago they are."""
    ratio = weight(1.0)
    before = max(watched - idle, 0)
    return max(idle + ratio * (1 - ratio**before) / (1 - ratio), 1.0)


def gamma_quantile(shape: float, deviations: float) -> float:
    """Return the quantile of a Gamma distribution of scale 1 (Wilson and Hilferty's cube root)."""
    root: float = 1 - 1 / (9 * shape) + deviations / (3 * shape**0.5)
    return shape * max(root, 0.0) ** 3


def _busiest(known: Sequence[tuple[int, DayRollup]]) -> int:
    """Return the most reads in any window of 30 days."""
    most = total = start = 0
    ordered = sorted(known, key=lambda pair: -pair[0])
    for age, rollup in ordered:
        total += rollup.reads
        while ordered[start][0] - age >= MONTH_DAYS:
            total -= ordered[start][1].reads
            start += 1
        most = max(most, total)
    return most
