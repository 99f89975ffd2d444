"""
What is known of each file on the morning of a day: one function for training and for prediction.

It reads a `Past`, which ends there, and leaves out the last day of it as well: access logs arrive up to
a day late, so that yesterday is never as complete in production as it is in an old trace. Where a file
is younger than a window, what the window would hold is missing (NaN), not zero. The class that a file
lies in is no feature: it would teach the model to repeat our own decisions.
"""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.backtest.replay import Past
from ml.backtest.traces import NEVER, Labels, Log

Floats32 = npt.NDArray[np.float32]

LATE_DAYS = 1
WINDOWS = (1, 7, 30, 90, 180)
HALF_LIVES = (7.0, 30.0, 90.0)
HISTORY = 180
SHRINK = 20.0
"""How many files a group needs before its own mean counts as much as everybody's."""
AGE_EDGES = np.array([0, 1, 3, 7, 14, 30, 60, 90, 180, 365])

FEATURES: tuple[str, ...] = (
    "age_days",
    "log_size",
    "days_to_expiry",
    "recency_days",
    "age_at_last_read",
    *(f"reads_{days}d" for days in WINDOWS),
    *(f"active_days_{days}d" for days in WINDOWS[1:]),
    *(f"decayed_reads_{half:.0f}d" for half in HALF_LIVES),
    "bytes_per_read",
    "gap_mean",
    "gap_spread",
    "last_gap",
    "recency_by_gap",
    "weekend_share",
    "prefix_active_7d",
    "prefix_active_30d",
    "prefix_reads_30d",
    "siblings_reads_7d",
    "prefix_at_this_age",
    "extension_active_30d",
    "owner_active_30d",
)


def feature_hash() -> str:
    """Return 16 hexadecimal digits that change with the features' names and with how they are worked out."""
    code = "".join(
        inspect.getsource(part) for part in (features_of, _reads, _own, _gaps, _group, _groups, _at_this_age)
    )
    return hashlib.sha256((",".join(FEATURES) + code).encode()).hexdigest()[:16]


def features_of(past: Past, rows: Any) -> Floats32:  # noqa: ANN401 # NumPy's own index type
    """Return the features of the objects *rows*, one line each, in the order of `FEATURES`."""
    today = past.day - LATE_DAYS
    log = _reads(past.log, today)
    objects = past.objects
    age = np.maximum(past.day - objects.created, 0).astype(np.float32)
    columns = _own(log, age, today)
    alive = (objects.deleted > past.day) & (objects.created < past.day)
    columns |= _groups(past, log, age, columns, alive, today)
    columns["age_days"] = age
    columns["log_size"] = np.log2(objects.size_bytes.astype(np.float32) + 1)
    left = objects.expires.astype(np.float32) - past.day
    columns["days_to_expiry"] = np.where(objects.expires == NEVER, np.nan, left)
    size = np.maximum(objects.size_bytes, 1)
    columns["bytes_per_read"] = columns["bytes_per_read"] / size
    found = np.empty((len(age[rows]), len(FEATURES)), np.float32)
    for number, name in enumerate(FEATURES):
        found[:, number] = columns[name][rows]
    return found


def _reads(log: Log, today: int) -> Log:
    """Return the reads of the last days before today, without copying a log of millions of them where it can."""
    recent = log.picked(slice(*(int(np.searchsorted(log.day, day)) for day in (today - HISTORY, today))))
    return recent if (recent.reads > 0).all() else recent.picked(np.flatnonzero(recent.reads > 0))


def _own(log: Log, age: Floats32, today: int) -> dict[str, Any]:
    """Return what a file's own reads tell."""
    count, back = len(age), (today - log.day).astype(np.float32)
    reads = log.reads.astype(np.float32)
    columns: dict[str, Any] = {}
    for days in WINDOWS:
        recent = slice(int(np.searchsorted(log.day, today - days)), len(log))
        young = age < min(days, 30)  # a month of life tells what longer windows would
        summed = np.bincount(log.object[recent], reads[recent], count).astype(np.float32)
        columns[f"reads_{days}d"] = np.where(young, np.nan, summed)
        active = np.bincount(log.object[recent], minlength=count).astype(np.float32)
        columns[f"active_days_{days}d"] = np.where(young, np.nan, active)
    for half in HALF_LIVES:
        weights = reads * np.exp2(-back / half)
        columns[f"decayed_reads_{half:.0f}d"] = np.bincount(log.object, weights, count).astype(np.float32)
    total = np.bincount(log.object, reads, count)
    sent = np.bincount(log.object, log.bytes_read.astype(np.float64), count)
    with np.errstate(invalid="ignore", divide="ignore"):
        columns["bytes_per_read"] = (sent / total).astype(np.float32)
        weekend = np.bincount(log.object, reads * (log.day % 7 >= 5), count)  # noqa: PLR2004 # two days of seven
        columns["weekend_share"] = (weekend / total).astype(np.float32)
    return columns | _gaps(log, age, today)


def _gaps(log: Log, age: Floats32, today: int) -> dict[str, Any]:
    """Return how regularly a file was read: the log is sorted by day, so each object's rows follow in time."""
    count = len(age)
    order = np.argsort(log.object, kind="stable")
    owner, day = log.object[order], log.day[order].astype(np.float32)
    del order  # eight bytes for every read
    same = owner[1:] == owner[:-1]
    gap, of = (day[1:] - day[:-1])[same], owner[1:][same]
    number = np.bincount(of, minlength=count)
    last = np.full(count, np.nan, np.float32)
    last[owner] = day  # the latest one stays
    last_gap = np.full(count, np.nan, np.float32)
    last_gap[of] = gap
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(of, gap, count) / number
        spread = np.sqrt(np.maximum(np.bincount(of, gap * gap, count) / number - mean * mean, 0)) / mean
        recency = today - last
        return {
            "recency_days": recency,
            "age_at_last_read": age - recency - LATE_DAYS,
            "gap_mean": mean,
            "gap_spread": spread,
            "last_gap": last_gap,
            "recency_by_gap": recency / mean,
        }


def _groups(past: Past, log: Log, age: Floats32, own: dict[str, Any], alive: Any, today: int) -> dict[str, Any]:  # noqa: ANN401 # NumPy's own index type
    """Return what the neighbours of a file tell, all of it from the past."""
    objects = past.objects
    active7, active30 = np.nan_to_num(own["active_days_7d"]) > 0, np.nan_to_num(own["active_days_30d"]) > 0
    reads7, reads30 = np.nan_to_num(own["reads_7d"]), np.nan_to_num(own["reads_30d"])
    siblings, others = _sums(objects.prefix, reads7, alive), _sums(objects.prefix, alive, alive)
    me = np.where(alive, reads7, 0)
    return {
        "prefix_active_7d": _group(objects.prefix, active7, alive),
        "prefix_active_30d": _group(objects.prefix, active30, alive),
        "prefix_reads_30d": _group(objects.prefix, np.log1p(reads30), alive),
        "siblings_reads_7d": np.log1p((siblings - me) / np.maximum(others - alive, 1)).astype(np.float32),
        "prefix_at_this_age": _at_this_age(objects.prefix, past, log, age, today),
        "extension_active_30d": _group(objects.extension, active30, alive),
        "owner_active_30d": _group(objects.owner, active30, alive),
    }


def _sums(labels: Labels, values: Any, alive: Any) -> Any:  # noqa: ANN401 # NumPy's own index type
    sums = np.bincount(labels.codes, np.where(alive, values, 0), max(len(labels.names), 1))
    return sums[labels.codes]


def _group(labels: Labels, values: Any, alive: Any) -> Any:  # noqa: ANN401 # NumPy's own index type
    """Return the mean over each file's group, drawn towards everybody's where the group is small."""
    everybody = float(np.mean(values[alive])) if alive.any() else 0.0
    total, count = _sums(labels, values, alive), _sums(labels, np.ones(len(alive)), alive)
    return ((total + SHRINK * everybody) / (count + SHRINK)).astype(np.float32)


def _at_this_age(prefix: Labels, past: Past, log: Log, age: Floats32, today: int) -> Any:  # noqa: ANN401 # NumPy's own index type
    """Return the share of days on which files of the prefix were read when they were as old as this one is now."""
    groups, buckets = max(len(prefix.names), 1), len(AGE_EDGES)
    created, gone = past.objects.created, np.minimum(past.objects.deleted, today)
    first = max(today - HISTORY, 0)
    read_at = np.searchsorted(AGE_EDGES, log.day - created[log.object], side="right") - 1
    cell = prefix.codes[log.object].astype(np.int64) * buckets + np.maximum(read_at, 0)
    read = np.bincount(cell, minlength=groups * buckets).reshape(groups, buckets)
    exposed = np.zeros((groups, buckets))
    for number, edge in enumerate(AGE_EDGES):
        until = AGE_EDGES[number + 1] if number + 1 < buckets else NEVER // 2
        begin = np.maximum(created.astype(np.int64) + edge, first)
        end = np.minimum(created.astype(np.int64) + until, gone)
        days = np.maximum(end - begin, 0)
        exposed[:, number] = np.bincount(prefix.codes, days, groups)
    everybody = (read.sum(axis=0) + 0.5) / (exposed.sum(axis=0) + SHRINK)
    rate = (read + SHRINK * everybody[None, :]) / (exposed + SHRINK)
    now = np.maximum(np.searchsorted(AGE_EDGES, age, side="right") - 1, 0)
    return rate[prefix.codes, now].astype(np.float32)
