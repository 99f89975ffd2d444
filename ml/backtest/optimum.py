"""
The clairvoyant optimum: where each object should have lain, had its whole future been known.

Dynamic programming backwards in time over (class, days held there). Prices are linear and classes
have no capacity, so objects are independent and the result is exact. A managed class has its idle
days as the state instead. The path found is billed by the one biller like any policy's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.metering import version_begin
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.rates import RateCard, rate_card
from cloudflow_lib.domain.timelines import Accesses, Bools, Floats, Int8s, Int32s, Moves, Objects

BLOCK = 1024
"""Objects solved at once: bounds memory to about a hundred megabytes for a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The best placement: where objects begin, their moves, and the cost by the recursion itself."""

    first: Int8s
    moves: Moves
    cost: Floats
    """Dollars of each object; the biller's figure for the same path agrees within rounding."""


def optimum(book: PriceBook, classes: tuple[str, ...], objects: Objects, accesses: Accesses) -> Plan:
    """Return the cheapest placement of all among *classes*, warmest first; what was there before begins there."""
    plans = [_Block(book, classes, objects, accesses, rows).solve() for rows in _blocks(len(objects))]
    return Plan(
        first=np.concatenate([plan.first for plan in plans]),
        moves=Moves(
            object=np.concatenate([plan.moves.object for plan in plans]),
            day=np.concatenate([plan.moves.day for plan in plans]),
            to=np.concatenate([plan.moves.to for plan in plans]),
        ),
        cost=np.concatenate([plan.cost for plan in plans]),
    )


def _blocks(count: int) -> Iterator[Int32s]:
    for start in range(0, max(count, 1), BLOCK):
        yield np.arange(start, min(start + BLOCK, count), dtype=np.int32)


@dataclass(slots=True)
class _Uses:
    """What is done to the block's objects, as days x objects."""

    reads: Floats
    bytes_read: Floats
    writes: Floats
    touched: Bools


@dataclass(slots=True)
class _Block:
    book: PriceBook
    classes: tuple[str, ...]
    objects: Objects
    accesses: Accesses
    rows: Int32s
    card: RateCard = field(init=False)
    start: Int32s = field(init=False)
    end: Int32s = field(init=False)
    begin: int = field(init=False)
    days: int = field(init=False)
    uses: _Uses = field(init=False)
    values: list[Floats] = field(init=False)
    """Per class: states x objects, the cost from a day on."""
    leaves: list[Bools] = field(init=False)
    """Per class: days x states x objects, whether to leave."""
    target: list[Int8s] = field(init=False)
    """Per class: days x objects, where to go when leaving."""

    def solve(self) -> Plan:
        objects, rows = self.objects, self.rows
        self.card = rate_card(self.book, self.classes, objects.size_bytes[rows])
        self.start, self.end = objects.start[rows], objects.end[rows]
        self.begin = int(self.start.min()) if len(rows) else 0
        self.days = int(self.end.max(initial=self.begin)) - self.begin
        self.uses = self._uses()
        widths = [self._width(k) for k in range(len(self.classes))]
        count = len(rows)
        self.values = [np.zeros((width, count)) for width in widths]
        self.leaves = [np.zeros((self.days, width, count), bool) for width in widths]
        self.target = [np.zeros((self.days, count), np.int8) for _ in widths]
        born = objects.created[rows] == self.start
        cost, first = np.zeros(count), np.zeros(count, np.int8)
        for t in range(self.begin + self.days - 1, self.begin - 1, -1):
            self._settle(np.flatnonzero(self.end == t + 1), t + 1)
            entry = self._step(t)
            starts = np.flatnonzero((self.start == t) & (self.end > t))
            cost[starts] = self.values[0][0, starts]
            fresh = starts[born[starts]]
            at_birth = entry[:, fresh] + self.card.write[:, None]
            first[fresh], cost[fresh] = at_birth.argmin(axis=0), at_birth.min(axis=0)
        return self._walked(first, cost)

    def _width(self, k: int) -> int:
        if k in self.card.steps:
            return int(self.card.step_days[k][-1]) + 1
        return 1 if self.card.from_creation else int(self.card.minimum_days[k]) + 1

    def _uses(self) -> _Uses:
        accesses = self.accesses
        head = int(self.rows[0]) if len(self.rows) else 0
        low, high = np.searchsorted(accesses.object, [head, head + len(self.rows)])
        mine = slice(low, high)
        where = (accesses.day[mine] - self.begin, accesses.object[mine] - head)
        shape = (self.days, len(self.rows))
        uses = _Uses(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape, bool))
        uses.reads[where] = accesses.reads[mine]
        uses.bytes_read[where] = accesses.bytes_read[mine]
        uses.writes[where] = accesses.writes[mine]
        uses.touched[where] = True
        return uses

    def _held(self, t: int, k: int) -> Any:  # noqa: ANN401 # NumPy broadcasting loses the type
        """Return how long each state has been held on the morning of day t: states x objects, or states x 1."""
        if self.card.from_creation:
            day = np.full(len(self.rows), t, np.int32)
            return (t - version_begin(self.objects, self.accesses, self.rows, day))[None, :]
        return np.arange(self._width(k))[:, None]

    def _rest(self, t: int, k: int) -> Any:  # noqa: ANN401 # NumPy broadcasting loses the type
        """Return what ending each state on the morning of day t costs: states x objects."""
        missing = np.maximum(self.card.minimum_days[k] - self._held(t, k), 0)
        return missing * self.card.rest_day[:, k][None, :]

    def _settle(self, ending: Any, t: int) -> None:  # noqa: ANN401 # NumPy's own index type
        if not len(ending):
            return
        for k, value in enumerate(self.values):
            managed = k in self.card.steps or not self.card.minimum_days[k]
            value[:, ending] = 0.0 if managed else self._rest(t, k)[:, ending]

    def _step(self, t: int) -> Floats:
        """Turn the values of day t + 1 into those of day t; return the cost of entering each class on day t."""
        i, card = t - self.begin, self.card
        written = np.flatnonzero(self.uses.writes[i] > 0)
        stays = [self._stay(t, k, written) for k in range(len(self.values))]
        entering = np.stack([stay[0] for stay in stays])  # who enters today has held nothing yet
        for k, stay in enumerate(stays):
            exits = card.move[:, k, :].T + entering
            exits[k] = np.inf
            held = 0.0 if k in card.steps or not card.minimum_days[k] else self._rest(t, k)
            if card.ends_minimum[k].all():
                target = exits.argmin(axis=0)
                leaving = held + np.take_along_axis(exits, target[None, :], axis=0)
            else:
                pays = exits + np.where(card.ends_minimum[k][:, None], held, 0.0)
                target = pays.argmin(axis=0)
                leaving = np.take_along_axis(pays, target[None, :], axis=0)
            np.less(leaving, stay, out=self.leaves[k][i])
            self.target[k][i] = target
            np.minimum(stay, leaving, out=self.values[k])
        return entering

    def _stay(self, t: int, k: int, written: Any) -> Floats:  # noqa: ANN401 # NumPy's own index type
        """Return the cost from day t on of each state that stays through the day."""
        i, card, value = t - self.begin, self.card, self.values[k]
        used = (
            self.uses.reads[i] * card.read[k]
            + self.uses.bytes_read[i] * card.retrieval[k]
            + self.uses.writes[i] * card.write[k]
        )
        stay = np.empty_like(value)
        stay[:-1], stay[-1] = value[1:], value[-1]
        if k in card.steps:
            step = np.searchsorted(card.step_days[k], np.arange(len(value)), side="right") - 1
            stay += card.steps[k].T[step]
            touched = np.flatnonzero(self.uses.touched[i])
            second = min(1, len(value) - 1)
            stay[:, touched] = (card.steps[k][touched, 0] + value[second, touched])[None, :]
            stay += used
            return stay
        stay += card.day[:, k] + used
        if len(written) and card.minimum_days[k]:
            second = min(1, len(value) - 1)
            fresh = value[second, written] + card.day[written, k] + used[written]
            stay[:, written] = self._rest(t, k)[:, written] + fresh
        return stay

    def _walked(self, first: Int8s, cost: Floats) -> Plan:
        """Follow the decisions forward from where each object begins."""
        count = len(self.rows)
        lies, held = first.astype(np.int64), np.zeros(count, np.int64)
        widths = np.array([len(value) for value in self.values])
        found: list[tuple[Any, int, Any]] = []
        every = np.arange(count)
        for i in range(self.days):
            t = i + self.begin
            alive = (self.start <= t) & (self.end > t)
            # A newborn lies where it was put: entering is not leaving again.
            fresh = (self.start == t) & (self.objects.created[self.rows] == t)
            leaves = np.stack([self.leaves[k][i][np.minimum(held, widths[k] - 1), every] for k in range(len(widths))])
            go = np.flatnonzero(alive & ~fresh & leaves[lies, every])
            if len(go):
                to = np.stack([self.target[k][i] for k in range(len(widths))])[lies[go], go]
                found.append((self.rows[go], t, to))
                lies[go], held[go] = to, 0
            restart = self.uses.touched[i] & np.isin(lies, list(self.card.steps))
            restart |= self.uses.writes[i] > 0
            held = np.where(alive, np.minimum(np.where(restart, 0, held) + 1, widths[lies] - 1), 0)
        moves = Moves(
            object=np.concatenate([np.empty(0, np.int32), *(rows for rows, _, _ in found)]).astype(np.int32),
            day=np.concatenate([np.empty(0, np.int32), *(np.full(len(r), t, np.int32) for r, t, _ in found)]),
            to=np.concatenate([np.empty(0, np.int8), *(to for _, _, to in found)]).astype(np.int8),
        )
        return Plan(first=first, moves=moves, cost=cost)
