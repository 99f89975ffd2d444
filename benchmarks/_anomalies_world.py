"""A year of prefixes in hours, drawn from a seed, with anomalies put in and the truth kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.learning.anomalies import HOURS_A_WEEK, SIGNALS, Hourly

READS, BYTES, KEYS, REQUESTERS, WRITES, DELETES, ERRORS, AGE = range(len(SIGNALS))
KINDS = (
    "scan",
    "mass_delete",
    "mass_overwrite",
    "ingest_stops",
    "cold_wake_up",
    "new_requester",
    "retry_storm",
    "tiny_object_flood",
    "early_delete_churn",
)


@dataclass(frozen=True, slots=True)
class Injected:
    """One anomaly: where, from when to when, and what."""

    prefix: int
    begin: int
    end: int
    kind: str
    factor: float


def quiet(prefixes: int, weeks: int, random: np.random.Generator) -> Hourly:
    """Return counts without anomalies: daily and weekly seasons, bursts, and prefixes from idle to busy."""
    hours = np.arange(weeks * HOURS_A_WEEK)
    shape = (prefixes, len(hours))
    level = np.exp(random.normal(4.0, 1.6, (prefixes, 1)))
    phase = random.uniform(0, 24, (prefixes, 1))
    depth = random.uniform(0.2, 0.9, (prefixes, 1))
    season = 1 + depth * np.cos(2 * np.pi * (hours[None, :] - phase) / 24)
    weekend = np.where((hours // 24) % 7 >= 5, random.uniform(0.3, 1.0, (prefixes, 1)), 1.0)  # noqa: PLR2004 # days of a week
    noise = np.exp(random.normal(0, 0.25, shape))
    rate = level * season * weekend * noise
    counts = np.zeros((*shape, len(SIGNALS)), np.float32)
    counts[..., READS] = random.poisson(rate)
    size = np.exp(random.normal(13, 1.5, (prefixes, 1)))
    counts[..., BYTES] = counts[..., READS] * size * np.exp(random.normal(0, 0.2, shape))
    share = random.uniform(0.2, 0.8, (prefixes, 1))
    counts[..., KEYS] = np.minimum(counts[..., READS], random.poisson(rate * share))
    counts[..., REQUESTERS] = np.minimum(
        counts[..., READS], 1 + random.poisson(random.uniform(1, 5, (prefixes, 1)), shape)
    )
    writes = level * random.uniform(0.05, 0.5, (prefixes, 1)) * season
    counts[..., WRITES] = random.poisson(writes * np.exp(random.normal(0, 0.2, shape)))
    counts[..., DELETES] = random.poisson(writes * random.uniform(0.0, 0.3, (prefixes, 1)))
    counts[..., ERRORS] = random.poisson(rate * 0.01)
    counts[..., AGE] = np.exp(random.normal(3, 0.15, shape)) * np.exp(random.normal(0, 0.5, (prefixes, 1)))
    return Hourly(counts=counts)


def troubled(
    clean: Hourly, random: np.random.Generator, per_quarter: tuple[int, int] = (1, 3)
) -> tuple[Hourly, list[Injected]]:
    """Return the counts with one to three anomalies per prefix and quarter in them, and the truth."""
    counts = clean.counts.copy()
    truth: list[Injected] = []
    quarter = 13 * HOURS_A_WEEK
    for prefix in range(clean.prefixes):
        for start in range(0, clean.hours - quarter + 1, quarter):
            number = int(random.integers(per_quarter[0], per_quarter[1] + 1))
            begins = start + 48 + np.sort(random.choice((quarter - 120) // 96, number, replace=False)) * 96
            for begin in begins:
                kind = str(random.choice(KINDS))
                factor = float(np.exp(random.uniform(np.log(2), np.log(50))))
                length = _inject(counts[prefix], int(begin), kind, factor, random)
                if length:
                    truth.append(Injected(prefix, int(begin), int(begin) + length, kind, factor))
    return Hourly(counts=counts), truth


def _inject(counts: Any, begin: int, kind: str, factor: float, random: np.random.Generator) -> int:  # noqa: ANN401 # NumPy's own type
    """Put one anomaly into the counts of a prefix and return how many hours it lasts; 0: it would not be one."""
    usual = counts[max(begin - HOURS_A_WEEK, 0) : begin].mean(axis=0) + 1
    length = int(random.integers(1, 9))
    span = slice(begin, begin + length)
    if kind == "scan":
        span, length = slice(begin, begin + 1), 1
        counts[span, READS] += 10 * usual[READS] + 50 * factor
        counts[span, KEYS] += 10 * usual[KEYS] + 50 * factor
        counts[span, BYTES] += 10 * usual[BYTES]
    elif kind == "mass_delete":
        counts[span, DELETES] += factor * (usual[DELETES] + usual[KEYS])
    elif kind == "mass_overwrite":
        counts[span, WRITES] += factor * (usual[WRITES] + 10)
    elif kind == "ingest_stops":
        if usual[WRITES] < 30:  # noqa: PLR2004 # nobody would notice
            return 0
        length = 24
        counts[begin : begin + length, WRITES] = 0
    elif kind == "cold_wake_up":
        counts[span, READS] += factor * (usual[READS] + 10)
        counts[span, KEYS] += factor * (usual[KEYS] + 10)
        counts[span, AGE] *= 8
    elif kind == "new_requester":
        counts[span, REQUESTERS] += 2 + factor / 2
        counts[span, READS] += factor * usual[READS] / 2
    elif kind == "retry_storm":
        counts[span, READS] += factor * usual[READS]
        counts[span, ERRORS] += factor * usual[READS] / 2
    elif kind == "tiny_object_flood":
        counts[span, WRITES] += 100 * factor
    else:
        counts[span, WRITES] += factor * (usual[WRITES] + 10)
        counts[span, DELETES] += factor * (usual[WRITES] + 10)
    return length
