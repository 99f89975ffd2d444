"""
More families that nothing was tuned on: use that comes in bursts, late, by turns, or all at once.

A bet on silence is risky in each of them in another way: what comes back does so together, after a pause
that looks like the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ml.backtest.families.draws import (
    Reads,
    Scale,
    births,
    joined,
    log_of,
    lognormal_bytes,
    object_table,
    poisson_reads,
    read_once,
    some,
)
from ml.backtest.families.families import Family
from ml.backtest.traces import Log, ObjectTable

MIB = 1024**2
Drawn = tuple[ObjectTable, Log]


def audits(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw prefixes that an auditor reads as a whole for four days, every five to eight weeks."""
    size, prefix, created = _objects(random, scale, 30 * MIB, 14, before=0.7)
    reads = []
    for one in range(14):
        mine, day = np.flatnonzero(prefix == one), random.uniform(0, 50)
        while day < scale.days:
            reads += [_whole(mine, day + more) for more in range(4)]
            day += random.uniform(35, 56)
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(joined(reads), size)


def late_fame(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw objects of which half become popular for two months, two to seven months after their birth."""
    size, prefix, created = _objects(random, scale, 20 * MIB, 16, before=0.6)
    start = created + random.uniform(60, 200, scale.objects)
    famous = some(random, scale.objects, 0.5)

    def daily(block: Any, days: Any) -> Any:  # noqa: ANN401 # NumPy arrays
        age = days[None, :] - start[block][:, None]
        rate = np.where((age >= 0) & (age < 60) & famous[block][:, None], 0.2, 0.002)  # noqa: PLR2004 # two months
        return rate * (days[None, :] >= created[block][:, None])

    reads = poisson_reads(random, scale.objects, scale.days, daily)
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(reads, size)


def turns(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw prefixes that are busy and silent by turns of two to seven months, each on its own."""
    size, prefix, created = _objects(random, scale, 10 * MIB, 20, before=0.7)
    rate = np.zeros((20, scale.days))
    for one in range(20):
        day, busy = 0, bool(random.random() < 0.5)  # noqa: PLR2004 # even odds
        while day < scale.days:
            lasts = int(random.uniform(60, 200))
            rate[one, day : day + lasts] = 0.15 if busy else 0.001
            day, busy = day + lasts, not busy

    def daily(block: Any, days: Any) -> Any:  # noqa: ANN401 # NumPy arrays
        return np.where(days[None, :] >= created[block][:, None], rate[prefix[block]], 0.0)

    reads = poisson_reads(random, scale.objects, scale.days, daily)
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(reads, size)


def month_ends(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw an account of which half is read in the last three days of every month, all prefixes alike."""
    size, prefix, created = _objects(random, scale, 40 * MIB, 10, before=0.6)
    member = some(random, scale.objects, 0.5)
    reads = [
        _whole(np.flatnonzero(member & some(random, scale.objects, 0.8)), 30 * month + 27 + more)
        for month in range(scale.days // 30)
        for more in range(3)
    ]
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(joined(reads), size)


def restarts(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw checkpoints: after a crash, every ten weeks or so, the newest quarter of a run is read three times."""
    size, prefix, created = _objects(random, scale, 800 * MIB, 12, before=0.5)
    reads = []
    for one in range(12):
        day = random.exponential(70)
        while day < scale.days:
            mine = np.flatnonzero((prefix == one) & (created <= day))
            newest = mine[np.argsort(-created[mine], kind="stable")][: max(len(mine) // 4, 1)]
            reads += [_whole(newest, day + 2 * more) for more in range(3)]
            day += random.exponential(70)
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(joined(reads), size)


def sessions(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw objects that are read daily for about ten days, then not for ten days or for very long."""
    size, prefix, created = _objects(random, scale, 8 * MIB, 15, before=0.6)
    owner: list[int] = []
    days: list[int] = []
    for one in range(scale.objects):
        day = max(float(created[one]), 0.0) + random.exponential(20)
        while day < scale.days:
            lasts = int(random.geometric(0.1))
            owner += [one] * lasts
            days += range(int(day), int(day) + lasts)
            day += lasts + 10 * random.random() ** (-1 / 1.1)
    reads = read_once(np.array(owner, np.int32), np.array(days, np.int32))
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(reads, size)


def scanned(random: np.random.Generator, scale: Scale) -> Drawn:
    """Draw use that fades with age, and a virus scanner that reads everything once a quarter, over ten days."""
    size, prefix, created = _objects(random, scale, 6 * MIB, 15, before=0.6)
    rate = random.lognormal(np.log(0.3), 1.5, scale.objects)

    def daily(block: Any, days: Any) -> Any:  # noqa: ANN401 # NumPy arrays
        age = days[None, :] - created[block][:, None]
        return np.where(age >= 0, rate[block][:, None] * (1.0 + np.maximum(age, 0)) ** -1.2, 0.0)

    reads = [poisson_reads(random, scale.objects, scale.days, daily)]
    every = np.arange(scale.objects)
    reads += [read_once(every, 91 * n + 40 + random.integers(0, 10, len(every))) for n in range(scale.days // 91)]
    return object_table(random, size_bytes=size, created=created, prefix=prefix), log_of(joined(reads), size)


def _objects(
    random: np.random.Generator, scale: Scale, median: float, prefixes: int, *, before: float
) -> tuple[Any, Any, Any]:
    """Return sizes, prefixes and days of birth."""
    size = lognormal_bytes(random, median, 1.3, scale.objects)
    return size, random.integers(0, prefixes, scale.objects), births(random, scale, before=before)


def _whole(mine: Any, day: float) -> Reads:  # noqa: ANN401 # whole numbers of any NumPy kind
    return read_once(mine, np.full(len(mine), int(day)))


BURSTS: Mapping[str, Family] = {
    "audits": audits,
    "late fame": late_fame,
    "turns": turns,
    "month ends": month_ends,
    "restarts": restarts,
    "sessions": sessions,
    "scanned": scanned,
}
