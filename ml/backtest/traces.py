"""
Traces: what happened to objects over months, in a form that anybody can write and the backtest replays.

A trace is a folder with `objects.parquet` (`object_id`, `prefix`, `extension`, `owner`, `size_bytes`,
`created_day`, which is negative for what existed before, and `deleted_day` and `expires_day`, which
may be null), `accesses.parquet` (`object_id`, `day`, `reads`, `bytes_read`, `writes`) and
`trace.json` (`name`, `days`, `history_days`, `source`, `licence`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.timelines import Accesses, Bools, Int32s, Int64s, Objects

NEVER = np.iinfo(np.int32).max
"""The day of what does not happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """A column of names as numbers: `names[codes[i]]` is the name of object i."""

    codes: Int32s
    names: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectTable:
    """The objects of a trace, in the order of their creation."""

    ids: Sequence[str]
    size_bytes: Int64s
    created: Int32s
    deleted: Int32s
    """`NEVER` where nobody deleted it."""
    expires: Int32s
    """When it is due to be deleted, as known from the start; `NEVER` where it is not."""
    prefix: Labels
    extension: Labels
    owner: Labels

    def __len__(self) -> int:
        return len(self.size_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One row per object and day with any use, sorted by day."""

    object: Int32s
    day: Int32s
    reads: Int64s
    bytes_read: Int64s
    writes: Int64s
    """Overwrites; the write that creates an object is not one."""

    def __len__(self) -> int:
        return len(self.object)

    def picked(self, rows: Any) -> Log:  # noqa: ANN401 # NumPy's own index type
        """Return some of the rows."""
        return Log(
            object=self.object[rows],
            day=self.day[rows],
            reads=self.reads[rows],
            bytes_read=self.bytes_read[rows],
            writes=self.writes[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A trace, checked and sorted."""

    name: str
    days: int
    history_days: int
    """How many days policies may learn from; costs count from this day on."""
    source: str
    licence: str
    objects: ObjectTable
    log: Log
    left_out: dict[str, int] = field(default_factory=dict)
    """How many rows could not be used, by reason."""

    def billed_objects(self) -> Objects:
        """Return the objects with the part of their lives that is billed."""
        table = self.objects
        start = np.clip(table.created, self.history_days, self.days).astype(np.int32)
        end = np.maximum(np.minimum(table.deleted, self.days), start).astype(np.int32)
        return Objects(size_bytes=table.size_bytes, created=table.created, start=start, end=end)

    def billed_accesses(self) -> Accesses:
        """Return the uses that are billed, sorted by object."""
        rows = np.flatnonzero(self.log.day >= self.history_days)
        rows = rows[np.argsort(self.log.object[rows], kind="stable")]
        log = self.log.picked(rows)
        return Accesses(object=log.object, day=log.day, reads=log.reads, bytes_read=log.bytes_read, writes=log.writes)


def assembled(
    objects: ObjectTable, log: Log, *, name: str, days: int, history_days: int, source: str = "", licence: str = ""
) -> Trace:
    """Return a trace of loose rows: sorted, repeated rows of a day added up, what cannot have happened left out."""
    order = np.argsort(objects.created, kind="stable")
    position = np.empty(len(order), np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    table = _reordered(objects, order)
    owner = position[log.object]

    known = (log.day >= 0) & (log.day < days)
    alive = (log.day >= table.created[owner]) & (log.day < table.deleted[owner])
    left_out = {
        "outside of the trace's days": int((~known).sum()),
        "before the creation or after the deletion of the object": int((known & ~alive).sum()),
    }
    rows = np.flatnonzero(known & alive & ((log.reads > 0) | (log.bytes_read > 0) | (log.writes > 0)))
    summed = _summed(owner[rows], log.picked(rows))
    born = summed.day == table.created[summed.object]
    writes = np.where(born, np.maximum(summed.writes - 1, 0), summed.writes)
    return Trace(
        name=name,
        days=days,
        history_days=history_days,
        source=source,
        licence=licence,
        objects=table,
        log=Log(
            object=summed.object,
            day=summed.day,
            reads=np.maximum(summed.reads, summed.bytes_read > 0),
            bytes_read=summed.bytes_read,
            writes=writes,
        ),
        left_out={reason: count for reason, count in left_out.items() if count},
    )


def _reordered(objects: ObjectTable, order: Any) -> ObjectTable:  # noqa: ANN401 # NumPy's own index type
    def labels(column: Labels) -> Labels:
        return Labels(codes=column.codes[order], names=column.names)

    return ObjectTable(
        ids=[objects.ids[i] for i in order],
        size_bytes=objects.size_bytes[order],
        created=objects.created[order],
        deleted=objects.deleted[order],
        expires=objects.expires[order],
        prefix=labels(objects.prefix),
        extension=labels(objects.extension),
        owner=labels(objects.owner),
    )


def _summed(owner: Int32s, log: Log) -> Log:
    """Return the log with one row per day and object, sorted by day, then object."""
    order = np.lexsort((owner, log.day))
    owner, log = owner[order], log.picked(order)
    first: Bools = np.ones(len(owner), bool)
    first[1:] = (owner[1:] != owner[:-1]) | (log.day[1:] != log.day[:-1])
    starts = np.flatnonzero(first)

    def added(column: Int64s) -> Int64s:
        return np.add.reduceat(column, starts) if len(starts) else column

    return Log(
        object=owner[starts],
        day=log.day[starts],
        reads=added(log.reads),
        bytes_read=added(log.bytes_read),
        writes=added(log.writes),
    )
