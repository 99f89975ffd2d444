"""
Replaying a trace day by day: a policy sees the past and decides, then the day happens.

A policy never holds the trace. It gets the objects created so far and the rows of days before today,
as views that end there: what it cannot see it cannot use.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.rates import RateCard, rate_card
from cloudflow_lib.domain.timelines import Bools, Int8s, Int32s, Moves
from ml.backtest.traces import NEVER, Labels, Log, ObjectTable, Trace

LONG_AGO = -100_000
"""The day of what has not happened yet: so many idle days that every threshold is passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All that is known on the morning of a day."""

    day: int
    objects: ObjectTable
    """Objects created up to today; `deleted` is `NEVER` for those still there this morning."""
    log: Log
    """Rows of days before today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """The state of things before a day begins; arrays cover the objects created up to today."""

    day: int
    alive: Bools
    newborn: Int32s
    """Objects that will be created today; the policy says where."""
    lies: Int8s
    """The class of each object; of the unborn, 0."""
    entered: Int32s
    """The day each object came to its class."""
    last_read: Int32s
    """`LONG_AGO` where it was never read, as far as the log tells."""
    touched: Int32s
    """The last day of a read, a write or a change of class: where idle counters of managed classes begin."""
    yesterday: Log
    """The rows of the day before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a policy may know of prices, and how it gets at the past."""

    book: PriceBook
    classes: tuple[str, ...]
    """Warmest first; a policy answers with positions in it."""
    card: RateCard
    """Rates of all objects of the trace; only rows of objects created so far may be used."""
    history_days: int
    past: Any
    """`past(day)` returns the `Past` of the replay's present or an earlier day."""

    def number(self, name: str | None) -> int | None:
        """Return the position of a class, or None where the policy may not use it."""
        return self.classes.index(name) if name in self.classes else None


class Policy(Protocol):
    """Decides where objects lie; a fresh one is made for each replay."""

    def begin(self, ground: Ground) -> None:
        """Prepare on the morning of the first billed day; everything lies in class 0."""
        ...

    def place(self, morning: Morning) -> Int8s:
        """Return the class of each newborn."""
        ...

    def decide(self, morning: Morning) -> Int8s:
        """Return the class in which each object shall lie from this morning on; -1 or its own: stay."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What a policy did, ready to be billed."""

    first: Int8s
    moves: Moves


def past_of(trace: Trace, day: int) -> Past:
    """Return what is known of the trace on the morning of *day*."""
    table = trace.objects
    known = slice(0, int(np.searchsorted(table.created, day, side="right")))
    rows = slice(0, int(np.searchsorted(trace.log.day, day)))
    deleted = np.where(table.deleted[known] <= day, table.deleted[known], NEVER).astype(np.int32)
    return Past(day=day, objects=_known(table, known, deleted), log=trace.log.picked(rows))


def _known(table: ObjectTable, known: slice, deleted: Int32s) -> ObjectTable:
    def labels(column: Labels) -> Labels:
        return replace(column, codes=column.codes[known])

    return ObjectTable(
        ids=table.ids[known],
        size_bytes=table.size_bytes[known],
        created=table.created[known],
        deleted=deleted,
        expires=table.expires[known],
        prefix=labels(table.prefix),
        extension=labels(table.extension),
        owner=labels(table.owner),
    )


class Replay:
    """One pass of a policy through a trace; `run` may stop early, for tests of what a day's decision depends on."""

    def __init__(self, trace: Trace, book: PriceBook, classes: tuple[str, ...], card: RateCard | None = None) -> None:
        self._trace = trace
        self._book, self._classes = book, classes
        self._card = card or rate_card(book, classes, trace.objects.size_bytes)
        count = len(trace.objects)
        self._lies, self._first = np.zeros(count, np.int8), np.zeros(count, np.int8)
        self._last_read = np.full(count, LONG_AGO, np.int32)
        self._entered = trace.objects.created.copy()
        self._touched = trace.objects.created.copy()
        self._edges = np.searchsorted(trace.log.day, np.arange(trace.days + 2))
        self._today = trace.history_days
        self._found: list[tuple[Int32s, int, Int8s]] = []

    def run(self, policy: Policy, until: int | None = None) -> Decisions:
        """Let the policy decide from the first billed day up to the day before *until* (the trace's end)."""
        trace, start = self._trace, self._trace.history_days
        for day in range(start):
            self._happen(self._rows(day), day)
        policy.begin(
            Ground(
                book=self._book,
                classes=self._classes,
                card=self._card,
                history_days=start,
                past=self._past,
            )
        )
        for day in range(start, trace.days if until is None else until):
            self._today = day
            self._decide(policy, day)
            self._happen(self._rows(day), day)
        return Decisions(
            first=self._first,
            moves=Moves(
                object=np.concatenate([np.empty(0, np.int32), *(o for o, _, _ in self._found)]),
                day=np.concatenate([np.empty(0, np.int32), *(np.full(len(o), d, np.int32) for o, d, _ in self._found)]),
                to=np.concatenate([np.empty(0, np.int8), *(to for _, _, to in self._found)]),
            ),
        )

    def _past(self, day: int) -> Past:
        if day > self._today:
            raise ValueError(f"day {day} is not yet")
        return past_of(self._trace, day)

    def _rows(self, day: int) -> slice:
        return slice(self._edges[day], self._edges[day + 1])

    def _decide(self, policy: Policy, day: int) -> None:
        created, deleted = self._trace.objects.created, self._trace.objects.deleted
        known = int(np.searchsorted(created, day, side="right"))
        older = int(np.searchsorted(created, day, side="left"))
        alive = deleted[:known] > day
        alive[older:] = False
        newborn = np.arange(older, known, dtype=np.int32)
        morning = Morning(
            day=day,
            alive=alive,
            newborn=newborn,
            lies=self._lies[:known].copy(),
            entered=self._entered[:known].copy(),
            last_read=self._last_read[:known].copy(),
            touched=self._touched[:known].copy(),
            yesterday=self._trace.log.picked(self._rows(day - 1)) if day else self._trace.log.picked(slice(0)),
        )
        wanted = policy.decide(morning)
        moved = np.flatnonzero(alive & (wanted >= 0) & (wanted != morning.lies)).astype(np.int32)
        if len(moved):
            self._found.append((moved, day, wanted[moved].astype(np.int8)))
            self._lies[moved] = wanted[moved]
            self._entered[moved] = self._touched[moved] = day
        if len(newborn):
            self._first[newborn] = self._lies[newborn] = policy.place(morning)

    def _happen(self, rows: slice, day: int) -> None:
        log = self._trace.log
        used = log.object[rows]
        self._touched[used] = day
        self._last_read[used[log.reads[rows] > 0]] = day
