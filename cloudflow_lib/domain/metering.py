"""
What stays and accesses are charged for: exact whole quantities, one column per class and meter.

Columns keep which object a quantity belongs to, so that the same figures make an invoice (summed
exactly) and the cost of each object (floating point, for comparisons).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudflow_lib.domain.prices import Meter, MinimumFrom, Part, PriceBook, StorageClass
from cloudflow_lib.domain.timelines import Accesses, Bools, Entry, Int32s, Int64s, Objects, Stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Quantities of one meter: byte-days, bytes, requests or object-days, by object (objects may repeat)."""

    part: Part
    storage_class: str
    meter: Meter
    option: str = ""
    objects: Int32s
    quantities: Int64s


def billable_bytes(storage_class: StorageClass, size_bytes: Int64s) -> Int64s:
    """Return what each object is charged as in a class, without the overhead charged at the warmest price."""
    return np.maximum(size_bytes, storage_class.minimum_bytes) + storage_class.overhead_bytes


def metered(
    book: PriceBook, classes: Sequence[str], objects: Objects, accesses: Accesses, stays: Stays
) -> Iterator[Column]:
    """Yield every column of the bill; *classes* says what the numbers in *stays* mean."""
    rules = [book.storage_class(name) for name in classes]
    of_access = _stay_of_access(stays, accesses)
    ends_version = accesses.writes > 0
    for number, rule in enumerate(rules):
        mine = np.flatnonzero(stays.storage_class == number)
        used = np.flatnonzero(stays.storage_class[of_access] == number) if len(of_access) else of_access
        one = _OneClass(book, rule, objects, accesses, stays, mine, used, of_access)
        yield from one.requests()
        if rule.managed:
            yield from one.managed_storage()
        else:
            yield from one.storage()
            if rule.minimum_days:
                yield from one.early_deletes(ends_version)
    yield from _transitions(book, rules, objects, stays)


def _stay_of_access(stays: Stays, accesses: Accesses) -> Any:  # noqa: ANN401 # NumPy's own index type
    span = int(max(stays.end.max(initial=0), accesses.day.max(initial=0))) + 2
    keys = stays.object.astype(np.int64) * span + stays.start
    return np.searchsorted(keys, accesses.object.astype(np.int64) * span + accesses.day, side="right") - 1


@dataclass(frozen=True, slots=True)
class _OneClass:
    """All that happened in one class: the stays *mine*, and the accesses *used* that met them."""

    book: PriceBook
    rule: StorageClass
    objects: Objects
    accesses: Accesses
    stays: Stays
    mine: Any
    used: Any
    of_access: Any

    def column(self, part: Part, meter: Meter, objects: Int32s, quantities: Int64s, option: str = "") -> Column:
        return Column(
            part=part,
            storage_class=self.rule.name,
            meter=meter,
            option=option,
            objects=objects,
            quantities=quantities.astype(np.int64),
        )

    def requests(self) -> Iterator[Column]:
        accesses, used = self.accesses, self.used
        owner = accesses.object[used]
        yield self.column(Part.REQUESTS, Meter.READ, owner, accesses.reads[used])
        yield self.column(Part.RETRIEVAL, Meter.RETRIEVAL, owner, accesses.bytes_read[used])
        yield self.column(Part.REQUESTS, Meter.WRITE, owner, accesses.writes[used])
        born = self.stays.object[self.mine[self.stays.entry[self.mine] == Entry.BORN]]
        yield self.column(Part.REQUESTS, Meter.WRITE, born, np.ones(len(born), np.int64))

    def storage(self) -> Iterator[Column]:
        owner = self.stays.object[self.mine]
        days = (self.stays.end - self.stays.start)[self.mine].astype(np.int64)
        billed = billable_bytes(self.rule, self.objects.size_bytes[owner])
        yield self.column(Part.STORAGE, Meter.STORAGE, owner, days * billed)
        if self.rule.overhead_hot_bytes:
            yield Column(
                part=Part.STORAGE,
                storage_class=self.book.classes[0].name,
                meter=Meter.STORAGE,
                objects=owner,
                quantities=days * self.rule.overhead_hot_bytes,
            )

    def managed_storage(self) -> Iterator[Column]:
        """Count the days on each step: every access puts an object back on the first one."""
        stays, accesses = self.stays, self.accesses
        owner = stays.object[self.mine]
        days = (stays.end - stays.start)[self.mine].astype(np.int64)
        small = self.objects.size_bytes[owner] < self.rule.managed_from_bytes
        yield self.column(Part.MONITORING, Meter.MONITORING, owner[~small], days[~small])

        stay = np.concatenate([self.mine, self.of_access[self.used]])
        mark = np.concatenate([stays.start[self.mine], accesses.day[self.used]])
        order = np.lexsort((mark, stay))
        stay, mark = stay[order], mark[order]
        until = stays.end[stay].copy()
        same = stay[1:] == stay[:-1]
        until[:-1][same] = mark[1:][same]
        idle = (until - mark).astype(np.int64)
        owner = stays.object[stay]
        size = self.objects.size_bytes[owner]
        small = size < self.rule.managed_from_bytes
        edges = [step.idle_days for step in self.rule.steps[1:]]
        for step, edge in zip(self.rule.steps, [*edges, None], strict=True):
            on_step = np.maximum((idle if edge is None else np.minimum(idle, edge)) - step.idle_days, 0)
            on_step[small] = idle[small] if step.idle_days == 0 else 0
            yield self.column(Part.STORAGE, Meter.STORAGE, owner, on_step * size, step.option)

    def early_deletes(self, ends_version: Bools) -> Iterator[Column]:
        """Charge the rest of the minimum days wherever a version ends: overwritten, moved, deleted, or settled."""
        stays = self.stays
        writes = self.used[ends_version[self.used]]
        stay = np.concatenate([self.mine, self.of_access[writes]])
        begin = np.concatenate([stays.start[self.mine], self.accesses.day[writes]])
        order = np.lexsort((begin, stay))
        stay, begin = stay[order], begin[order]
        until = stays.end[stay].copy()
        same = stay[1:] == stay[:-1]
        until[:-1][same] = begin[1:][same]
        last = np.ones(len(stay), bool)
        last[:-1] = ~same
        owner = stays.object[stay]
        if self.book.moves.minimum_from is MinimumFrom.CREATION:
            written = order >= len(self.mine)  # these marks are the birth of a version themselves
            begin = np.where(written, begin, version_begin(self.objects, self.accesses, owner, begin))
        rest = np.maximum(self.rule.minimum_days - (until - begin), 0).astype(np.int64)
        if not self.book.moves.colder_ends_minimum:
            rest[last & _leaves_for_colder(stays, stay)] = 0
        billed = billable_bytes(self.rule, self.objects.size_bytes[owner])
        yield self.column(Part.EARLY_DELETE, Meter.STORAGE, owner, rest * billed)


def version_begin(objects: Objects, accesses: Accesses, owner: Int32s, day: Int32s) -> Int32s:
    """Return when the version that *owner* had as *day* began was created: its last overwrite, or its birth."""
    writes = np.flatnonzero(accesses.writes > 0)
    if not len(writes):
        return objects.created[owner]
    span = int(max(accesses.day.max(), day.max(initial=0))) + 2
    keys = accesses.object[writes].astype(np.int64) * span + accesses.day[writes]
    before = np.searchsorted(keys, owner.astype(np.int64) * span + day, side="left") - 1
    found = writes[np.maximum(before, 0)]
    mine = (before >= 0) & (accesses.object[found] == owner)
    return np.where(mine, accesses.day[found], objects.created[owner]).astype(np.int32)


def _leaves_for_colder(stays: Stays, stay: Any) -> Bools:  # noqa: ANN401 # NumPy's own index type
    """Return which stays end by a move to a class further down the list."""
    following = np.minimum(stay + 1, len(stays) - 1)
    moved = (following == stay + 1) & (stays.object[following] == stays.object[stay])
    colder: Bools = moved & (stays.storage_class[following] > stays.storage_class[stay])
    return colder


def _transitions(book: PriceBook, rules: Sequence[StorageClass], objects: Objects, stays: Stays) -> Iterator[Column]:
    """Charge moves: copies as a read of all and perhaps a write, others by the destination's transition price."""
    moved = np.flatnonzero(stays.entry == Entry.MOVED)
    owner, to = stays.object[moved], stays.storage_class[moved]
    source = stays.storage_class[moved - 1]  # every object's first stay is no move
    copied = (to < source) | book.moves.colder_copies
    for number, rule in enumerate(rules):
        ones = owner[~copied & (to == number)]
        yield _moving(rule, Meter.TRANSITION, ones, np.ones(len(ones), np.int64))
        left = owner[copied & (source == number)]
        yield _moving(rule, Meter.READ, left, np.ones(len(left), np.int64))
        yield _moving(rule, Meter.RETRIEVAL, left, objects.size_bytes[left])
        if book.moves.warmer_writes:
            entered = owner[copied & (to == number)]
            yield _moving(rule, Meter.WRITE, entered, np.ones(len(entered), np.int64))


def _moving(rule: StorageClass, meter: Meter, objects: Int32s, quantities: Int64s) -> Column:
    return Column(part=Part.TRANSITION, storage_class=rule.name, meter=meter, objects=objects, quantities=quantities)
