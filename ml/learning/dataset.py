"""
Rows to learn from: each file as it was known on a morning, and what happened after it.

Features see only days before the morning, labels only the horizon from it on. Rows whose horizon the
trace does not hold to its end are left out (they are not "not read"), and so are objects that were
deleted by then. Rows are split by time *and* by prefix: a later part begins after the last label of
the earlier one, and the files that judge a model lie under prefixes that it never saw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.rates import rate_card
from cloudflow_lib.domain.timelines import Bools, Floats, Int8s, Int32s, Int64s
from cloudflow_lib.errors import WrongInputError
from ml.backtest.replay import past_of
from ml.backtest.traces import Trace
from ml.learning.features import FEATURES, LATE_DAYS, Floats32, features_of

SOON_DAYS = 7
TIERS = ("hot", "warm", "cold")
JUDGED_PREFIXES = 5
"""One prefix of so many is kept for judging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a data set."""

    features: Floats32
    tier: Int8s
    """The class that is cheapest over the horizon: 0 hot, 1 warm, 2 cold."""
    soon: Bools
    """Whether it was read within a week."""
    read: Bools
    """Whether it was read within the horizon."""
    reads: Floats
    """How often it was."""
    day: Int32s
    prefix: Int32s
    size_bytes: Int64s

    def __len__(self) -> int:
        return len(self.tier)

    def picked(self, rows: Any) -> Rows:  # noqa: ANN401 # NumPy's own index type
        """Return some of them."""
        return Rows(**{name: getattr(self, name)[rows] for name in COLUMNS})

    def digest(self) -> str:
        """Return 16 hexadecimal digits of all that is in them."""
        found = hashlib.sha256()
        for name in COLUMNS:
            found.update(np.ascontiguousarray(getattr(self, name)).tobytes())
        return found.hexdigest()[:16]


COLUMNS = ("features", "tier", "soon", "read", "reads", "day", "prefix", "size_bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """To learn from, to calibrate on, and to judge by."""

    train: Rows
    calibrate: Rows
    judge: Rows


def labelled_rows(
    trace: Trace, book: PriceBook, days: Sequence[int], *, horizon: int, most: int = 500_000, seed: int = 0
) -> Rows:
    """Return the rows of these mornings, at most *most* of them, drawn evenly."""
    usable = [day for day in days if day > LATE_DAYS and day + horizon <= trace.days]
    if not usable:
        raise WrongInputError(f"{trace.name}: {trace.days} days are too few for a horizon of {horizon} days")
    random = np.random.default_rng(seed)
    each = -(-most // len(usable))
    return joined([_rows_of(trace, book, day, horizon, each, random) for day in usable])


def joined(parts: Sequence[Rows]) -> Rows:
    """Return all of them, one behind the other."""
    return Rows(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS})


def _rows_of(trace: Trace, book: PriceBook, day: int, horizon: int, most: int, random: np.random.Generator) -> Rows:
    past = past_of(trace, day)
    alive = np.flatnonzero((past.objects.deleted > day) & (past.objects.created < day))
    if len(alive) > most:
        alive = np.sort(random.choice(alive, most, replace=False))
    size = past.objects.size_bytes[alive]
    reads, sent, soon = after(trace, day, horizon, alive)
    return Rows(
        features=features_of(past, alive),
        tier=cheapest_tier(book, size, reads, sent, horizon),
        soon=soon,
        read=reads > 0,
        reads=reads,
        day=np.full(len(alive), day, np.int32),
        prefix=past.objects.prefix.codes[alive],
        size_bytes=size,
    )


def after(trace: Trace, day: int, horizon: int, rows: Any) -> tuple[Floats, Floats, Bools]:  # noqa: ANN401 # NumPy's own index type
    """Return reads and bytes read from *day* on for *horizon* days, and whether one came within a week."""
    edges = np.searchsorted(trace.log.day, [day, day + min(SOON_DAYS, horizon), day + horizon])
    log = trace.log.picked(slice(edges[0], edges[2]))
    count = len(trace.objects)
    reads = np.bincount(log.object, log.reads.astype(float), count)
    sent = np.bincount(log.object, log.bytes_read.astype(float), count)
    first = log.picked(slice(0, edges[1] - edges[0]))
    soon = np.bincount(first.object, first.reads.astype(float), count) > 0
    return reads[rows], sent[rows], soon[rows]


def cheapest_tier(book: PriceBook, size: Int64s, reads: Floats, sent: Floats, horizon: int) -> Int8s:
    """Return where a file should have lain over the horizon, moves and minimum days left aside: 0 hot to 2 cold."""
    classes = book.of_tiers.instant_classes
    card = rate_card(book, classes, size)
    cost = card.day * horizon + reads[:, None] * card.read + sent[:, None] * card.retrieval
    found: Int8s = cost.argmin(axis=1).astype(np.int8)
    return found


def mornings(trace: Trace, horizon: int, *, every: int = 7, warm_up: int = 21) -> list[int]:
    """Return the days on which rows are taken: from when something is known up to the last whole horizon."""
    return list(range(min(warm_up, trace.days // 4), trace.days - horizon + 1, every))


def split(rows: Rows, *, horizon: int, seed: int = 0) -> Parts:
    """Split by time into three, with no label of one part reaching into the next, and by prefix for judging."""
    days = np.unique(rows.day)
    first, last = int(days[0]), int(days[-1])
    room = last - first - 2 * horizon
    if room < 0:
        raise WrongInputError(f"{last - first + 1} days of rows are too few to be split at a horizon of {horizon}")
    train_until = first + room * 2 // 3
    calibrate = (train_until + horizon, train_until + horizon + max(room // 6, 0))
    judge_from = calibrate[1] + horizon
    judged = _judged(rows.prefix, seed)
    return Parts(
        train=rows.picked(np.flatnonzero((rows.day <= train_until) & ~judged)),
        calibrate=rows.picked(np.flatnonzero((rows.day >= calibrate[0]) & (rows.day <= calibrate[1]) & ~judged)),
        judge=rows.picked(np.flatnonzero((rows.day >= judge_from) & judged)),
    )


def _judged(prefix: npt.NDArray[np.int32], seed: int) -> Bools:
    """Return which rows lie under the prefixes that are kept for judging: one of five, but at least one."""
    known = np.unique(prefix)
    drawn = np.random.default_rng(seed).permutation(known)
    kept = drawn[: max(len(known) // JUDGED_PREFIXES, 1)]
    found: Bools = np.isin(prefix, kept)
    return found


__all__ = ["FEATURES", "Parts", "Rows", "labelled_rows", "mornings", "split"]
