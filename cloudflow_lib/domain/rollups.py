"""From single reads to sums per file and day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from cloudflow_lib.domain.access import AccessRecord, DayRollup

LINE_HASH_BYTES = 8


def line_hash(line_id: str) -> bytes:
    """Return what is remembered of a counted line: with a million lines in a piece of time, one piece in 10^7 errs."""
    return hashlib.blake2b(line_id.encode("utf-8", "surrogatepass"), digest_size=LINE_HASH_BYTES).digest()


def remembered_with(at: datetime) -> datetime:
    """
    Return the quarter of a day that a line belongs to; repetitions are only looked for within it.

    Finer pieces would cost a call each for every log, coarser ones more memory where files are busy.
    """
    return at.replace(hour=at.hour - at.hour % 6, minute=0, second=0, microsecond=0)


@dataclass(slots=True)
class _Sum:
    last_read_at: datetime
    reads: int = 0
    read_bytes: int = 0
    hours: dict[int, int] = field(default_factory=dict)


def sum_reads(reads: Iterable[tuple[str, AccessRecord]]) -> Sequence[DayRollup]:
    """Return one rollup per file id and UTC day; late lines land in the day they were written about."""
    sums: dict[tuple[str, date], _Sum] = {}
    for file_id, record in reads:
        day = sums.setdefault((file_id, record.at.date()), _Sum(record.at))
        day.reads += 1
        day.read_bytes += record.size_bytes
        day.hours[record.at.hour] = day.hours.get(record.at.hour, 0) + 1
        day.last_read_at = max(day.last_read_at, record.at)
    return [
        DayRollup(
            file_id=file_id,
            day=day,
            reads=total.reads,
            read_bytes=total.read_bytes,
            hours=total.hours,
            last_read_at=total.last_read_at,
        )
        for (file_id, day), total in sums.items()
    ]
