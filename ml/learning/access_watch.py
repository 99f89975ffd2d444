"""Looking for unusual use in the platform's own reads, prefix by prefix and hour by hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.events import AnomalyData
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.ports.catalogs import Catalog
from ml.learning.anomalies import HOURS_A_WEEK, SIGNALS, Found, Hourly, Watch
from ml.learning.catalogue import prefix_of

WEEKS = 10
LEAST_READS = 100
"""Of a prefix in all weeks: what is hardly ever read has no habit to break."""
MOST_PREFIXES = 2000
FRESH = timedelta(hours=48)
"""Logs come up to a day late: older hours were looked at before."""
READS, BYTES, KEYS = (SIGNALS.index(name) for name in ("reads", "bytes", "keys"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """An anomaly, and whose it is."""

    owner: str
    data: AnomalyData


def unusual_use(catalog: Catalog, now: datetime) -> list[Unusual]:
    """Return what was unusual in the last two days; nothing while there are too few weeks to know what is usual."""
    end = now.replace(minute=0, second=0, microsecond=0)
    files = {file.file_id: file for page in catalog.iter_files() for file in page}
    start = end - timedelta(weeks=WEEKS)
    rollups = [one for page in catalog.reads_since(start.date()) for one in page if one.file_id in files]
    if not rollups:
        return []
    first = min(one.last_read_at for one in rollups)
    weeks = min(WEEKS, (end - first) // timedelta(weeks=1))
    if weeks < 3:  # noqa: PLR2004 # two to learn from and one to look at
        return []
    start = end - timedelta(weeks=weeks)
    names, hourly = hours_of(files, rollups, start, weeks)
    if not names:
        return []
    last = (weeks - 1) * HOURS_A_WEEK
    watch = Watch().learn(Hourly(counts=hourly.counts[:, :last]))
    owners = _owners(files.values())
    return [
        Unusual(owner=owners[names[one.prefix]], data=_data(names[one.prefix], one, moment))
        for one in watch.look(Hourly(counts=hourly.counts[:, last:]))
        if (moment := start + timedelta(hours=last + one.hour)) >= end - FRESH
    ]


def hours_of(
    files: Mapping[str, CatalogFile], rollups: Sequence[DayRollup], start: datetime, weeks: int
) -> tuple[list[str], Hourly]:
    """Return the prefixes that are read enough, and their counts by hour from *start* on."""
    prefix = {file_id: prefix_of(file) for file_id, file in files.items()}
    reads: Counter[str] = Counter()
    for one in rollups:
        reads[prefix[one.file_id]] += one.reads
    names = [name for name, count in reads.most_common(MOST_PREFIXES) if count >= LEAST_READS]
    place = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(names), weeks * HOURS_A_WEEK, len(SIGNALS)), np.float32)
    base = start.replace(hour=0)
    for one in rollups:
        row = place.get(prefix[one.file_id])
        if row is None:
            continue
        midnight = int((datetime.combine(one.day, base.timetz()) - start).total_seconds() // 3600)
        for hour, number in one.hours.items():
            at = midnight + hour
            if 0 <= at < counts.shape[1]:
                counts[row, at, READS] += number
                counts[row, at, BYTES] += one.read_bytes * number / max(one.reads, 1)
                counts[row, at, KEYS] += 1
    return names, Hourly(counts=counts)


def _owners(files: Any) -> dict[str, str]:  # noqa: ANN401 # a view of a mapping
    """Return who owns most files of each prefix."""
    counts: dict[str, Counter[str]] = {}
    for file in files:
        counts.setdefault(prefix_of(file), Counter())[file.owner] += 1
    return {name: owners.most_common(1)[0][0] for name, owners in counts.items()}


def _data(name: str, one: Found, moment: datetime) -> AnomalyData:
    location_id, _, prefix = name.partition("/")
    told = {**asdict(one), "location_id": location_id, "prefix": prefix, "hour": moment}
    return AnomalyData(**{key: told[key] for key in AnomalyData.model_fields})
