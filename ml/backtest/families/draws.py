"""What the families are drawn with: names that tell nothing, births, and logs of reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudflow_lib.domain.timelines import Bools, Floats, Int32s, Int64s
from ml.backtest.traces import NEVER, Labels, Log, ObjectTable

WEEK = 7
BLOCK = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large a trace is made."""

    objects: int = 5_000
    days: int = 730
    history_days: int = 365


@dataclass(frozen=True, slots=True)
class Reads:
    """Whole-object reads: rows of object, day and how many."""

    object: Int32s
    day: Int32s
    count: Int64s


def lognormal_bytes(random: np.random.Generator, median: float, sigma: float, count: int) -> Int64s:
    """Return sizes with this median, 1 byte at least."""
    return np.maximum(random.lognormal(np.log(median), sigma, count), 1).astype(np.int64)


def births(random: np.random.Generator, scale: Scale, *, before: float) -> Int32s:
    """Return days of creation: spread evenly over the trace and as far back as makes the share *before* it."""
    early = random.random(scale.objects) < before
    inside = random.integers(0, scale.days, scale.objects)
    back = -random.integers(1, scale.days, scale.objects)
    return np.where(early, back, inside).astype(np.int32)


def names(random: np.random.Generator, count: int) -> Sequence[str]:
    """Return names that say nothing: a token each."""
    return [f"{token:06x}" for token in random.choice(1 << 24, count, replace=False)]


def object_table(
    random: np.random.Generator,
    *,
    size_bytes: Int64s,
    created: Int32s,
    prefix: Any,  # noqa: ANN401 # whole numbers of any NumPy kind
    deleted: Any = None,  # noqa: ANN401 # as prefix
    expires: Any = None,  # noqa: ANN401 # as prefix
    extension: Any = None,  # noqa: ANN401 # as prefix
) -> ObjectTable:
    """Return the table of objects; prefixes belong to an owner each."""
    count = len(size_bytes)
    prefixes = int(prefix.max()) + 1
    owners = names(random, 4)
    owner = random.integers(0, len(owners), prefixes)[prefix]
    extension = np.zeros(count, np.int32) if extension is None else extension
    tokens = names(random, prefixes)
    never = np.full(count, NEVER, np.int32)
    return ObjectTable(
        ids=[f"{tokens[p]}/{i:07d}" for i, p in enumerate(prefix)],
        size_bytes=size_bytes,
        created=created,
        deleted=never if deleted is None else np.minimum(deleted, NEVER).astype(np.int32),
        expires=never if expires is None else np.minimum(expires, NEVER).astype(np.int32),
        prefix=Labels(codes=prefix.astype(np.int32), names=[f"{token}/" for token in tokens]),
        extension=Labels(codes=extension.astype(np.int32), names=names(random, int(extension.max()) + 1)),
        owner=Labels(codes=owner.astype(np.int32), names=owners),
    )


def poisson_reads(random: np.random.Generator, objects: int, days: int, rate: Any) -> Reads:  # noqa: ANN401 # a function of two arrays
    """Return reads drawn from *rate(objects, days)*: reads per day of some objects (rows) on all days (columns)."""
    found = []
    every_day = np.arange(days, dtype=np.int32)
    for block in blocks(objects):
        drawn = random.poisson(np.minimum(rate(block, every_day), 1e6))
        which, day = np.nonzero(drawn)
        found.append((block[which], every_day[day], drawn[which, day]))
    return joined([Reads(o.astype(np.int32), d, c.astype(np.int64)) for o, d, c in found])


def blocks(objects: int) -> Iterator[Int32s]:
    """Yield object numbers in pieces that fit into memory."""
    for start in range(0, objects, BLOCK):
        yield np.arange(start, min(start + BLOCK, objects), dtype=np.int32)


def joined(parts: Sequence[Reads]) -> Reads:
    """Return all rows of several."""
    return Reads(
        np.concatenate([part.object for part in parts]).astype(np.int32),
        np.concatenate([part.day for part in parts]).astype(np.int32),
        np.concatenate([part.count for part in parts]).astype(np.int64),
    )


def read_once(objects: Any, days: Any) -> Reads:  # noqa: ANN401 # whole numbers of any NumPy kind
    """Return one read of each object on its day."""
    return Reads(objects.astype(np.int32), days.astype(np.int32), np.ones(len(objects), np.int64))


def log_of(reads: Reads, size_bytes: Int64s) -> Log:
    """Return reads of whole objects as a log; days outside of lives and of the trace are sorted out later."""
    return Log(
        object=reads.object,
        day=reads.day,
        reads=reads.count,
        bytes_read=reads.count * size_bytes[reads.object],
        writes=np.zeros(len(reads.object), np.int64),
    )


def weekly(days: Int32s, swing: float) -> Floats:
    """Return a factor around 1 for each day: the week's high is in its middle."""
    factor: Floats = 1 + swing * np.sin(2 * np.pi * days / WEEK)
    return factor


def some(random: np.random.Generator, count: int, share: float) -> Bools:
    """Return which of *count* belong to the share."""
    chosen: Bools = random.random(count) < share
    return chosen
