"""
Time-to-live rules and what each would have cost so far.

A rule cools an object down after so many idle days and says when it comes back. A bank keeps the
shadow of every rule on every object, day by day, so that any of them can be judged on the past at any
time. The rules also act on real objects, wherever these lie by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cloudflow_lib.domain.rates import RateCard
from cloudflow_lib.domain.timelines import Bools, Floats, Int8s, Int32s
from ml.backtest.policies.rules import SMALL_BYTES
from ml.backtest.replay import LONG_AGO
from ml.backtest.traces import Log

FOREVER = 1 << 20
"""So many idle days do not happen."""


@dataclass(frozen=True, slots=True)
class TtlRule:
    """Objects begin in the base class; small ones stay in the warmest, whatever the rule."""

    managed: bool
    """Whether the base is the provider's managed class instead of the warmest."""
    warm_after: int = FOREVER
    cold_after: int = FOREVER
    promotes: bool = False
    """Whether an object comes back to the base once its cold reads have cost as much as the way back."""
    born_cold: bool = False


_PAIRS = ((3, 10), (10, 30), (30, 90), (60, 180), (30, FOREVER), (FOREVER, 7), (FOREVER, 30))
CANDIDATES: tuple[TtlRule, ...] = (
    TtlRule(managed=True),
    TtlRule(managed=False),
    *(TtlRule(managed=True, cold_after=days, promotes=back) for days in (2, 7, 14, 30, 60) for back in (False, True)),
    TtlRule(managed=True, cold_after=0, born_cold=True),
    TtlRule(managed=True, cold_after=7, promotes=True, born_cold=True),
    TtlRule(managed=True, cold_after=30, promotes=True, born_cold=True),
    *(
        TtlRule(managed=False, warm_after=warm, cold_after=cold, promotes=back)
        for warm, cold in _PAIRS
        for back in (False, True)
    ),
)
"""The first is the managed class alone, the second the warmest class alone: what nobody must do worse than."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Which class numbers the rules mean."""

    managed: int
    warm: int
    cold: int


class Rules:
    """Several rules as columns; decides for objects that lie anywhere."""

    def __init__(self, rules: Sequence[TtlRule], ladder: Ladder, card: RateCard) -> None:
        self._ladder, self._card = ladder, card
        self._base = np.array([ladder.managed if rule.managed else 0 for rule in rules], np.int8)
        self._warm = np.array([rule.warm_after for rule in rules], np.int32)
        self._cold = np.array([rule.cold_after for rule in rules], np.int32)
        self._promotes = np.array([rule.promotes for rule in rules])
        self._born = np.array([ladder.cold if rule.born_cold else b for rule, b in zip(rules, self._base, strict=True)])
        self._large = card.size_bytes >= SMALL_BYTES
        back = card.move[:, :, [0, ladder.managed]]
        self._back = np.ascontiguousarray(back)

    def born(self, rule: Int32s, objects: Int32s) -> Int8s:
        """Return where each object is put at birth by its rule."""
        return np.where(self._large[objects], self._born[rule], 0).astype(np.int8)

    def wanted(self, rule: Int32s, objects: Int32s, lies: Int8s, idle: Int32s, held: Int32s, paid: Floats) -> Int8s:
        """Return where each object shall lie by its rule: its present class, or another."""
        ladder, card = self._ladder, self._card
        base = self._base[rule]
        target = np.where(lies == 0, base, lies)
        target = np.where((idle >= self._warm[rule]) & (lies < ladder.warm), ladder.warm, target)
        target = np.where(idle >= self._cold[rule], ladder.cold, target)
        missing = np.maximum(card.minimum_days[lies] - held, 0)
        back = self._back[objects, lies, (base != 0).astype(np.int8)] + missing * card.rest_day[objects, lies]
        returns = self._promotes[rule] & (lies >= ladder.warm) & (paid > back)
        target = np.where(returns, base, target)
        result: Int8s = np.where(self._large[objects], target, 0).astype(np.int8)
        return result


class Bank:
    """The shadow of every rule on every object."""

    def __init__(self, rules: Sequence[TtlRule], ladder: Ladder, card: RateCard, created: Int32s) -> None:
        self._rules, self._ladder, self._card = Rules(rules, ladder, card), ladder, card
        shape = (len(rules), len(card))
        self._rule = np.repeat(np.arange(len(rules), dtype=np.int32), len(card)).reshape(shape)
        self._every = np.tile(np.arange(len(card), dtype=np.int32), len(rules)).reshape(shape)
        self._lies = np.zeros(shape, np.int8)
        self._entered = np.full(shape, LONG_AGO, np.int32)
        self._paid = np.zeros(shape)
        self._last_read = np.full(len(card), LONG_AGO, np.int32)
        self._touched = np.full(len(card), LONG_AGO, np.int32)
        self._created = created
        self._steps = card.step_days[ladder.managed]
        self._day = np.concatenate([card.day, card.steps[ladder.managed]], axis=1)
        self.costs = np.zeros(shape)
        """Rules x objects: dollars so far, older ones faded as `fade` asked."""

    def fade(self, factor: float) -> None:
        """Let what was paid so far count for less."""
        self.costs *= factor

    def advance(self, day: int, alive: Bools, born: Int32s, ended: Int32s, log: Log) -> None:
        """Let a day happen: *alive* in it are those of the first objects that were born before and not deleted."""
        known = len(alive)
        here = np.flatnonzero(alive).astype(np.int32)
        self._settle(day, ended)
        idle = day - np.maximum(self._last_read[:known], self._created[:known])
        self._move(day, here, idle[here])
        if len(born):
            placed = self._rules.born(self._rule[:, born], self._every[:, born])
            self._lies[:, born] = placed
            self._entered[:, born] = day
            self._paid[:, born] = 0
            self.costs[:, born] += self._card.write[placed]
        self._use(day, log)
        self._store(day, np.concatenate([here, born]))

    def _move(self, day: int, here: Int32s, idle: Int32s) -> None:
        lies = self._lies[:, here]
        held = np.minimum(day - self._entered[:, here], FOREVER)
        every = self._every[:, here]
        wanted = self._rules.wanted(self._rule[:, here], every, lies, idle[None, :], held, self._paid[:, here])
        rule, column = np.nonzero(wanted != lies)
        if not len(rule):
            return
        objects = here[column]
        source, to = lies[rule, column], wanted[rule, column]
        card = self._card
        missing = np.maximum(card.minimum_days[source] - held[rule, column], 0)
        pays = np.where(card.ends_minimum[source, to], missing * card.rest_day[objects, source], 0.0)
        self.costs[rule, objects] += card.move[objects, source, to] + pays
        self._lies[rule, objects] = to
        self._entered[rule, objects] = day
        self._paid[rule, objects] = 0

    def _use(self, day: int, log: Log) -> None:
        card, objects = self._card, log.object
        lies = self._lies[:, objects]
        cost = log.reads * card.read[lies] + log.bytes_read * card.retrieval[lies] + log.writes * card.write[lies]
        self.costs[:, objects] += cost
        plain = log.reads * card.read[0]
        self._paid[:, objects] += np.where(lies >= self._ladder.warm, cost - plain, 0.0)
        self._touched[objects] = day
        self._last_read[objects[log.reads > 0]] = day

    def _store(self, day: int, objects: Int32s) -> None:
        lies = self._lies[:, objects]
        idle = day - np.maximum(self._entered[:, objects], self._touched[objects][None, :])
        step = np.zeros(lies.shape, np.int8)
        for edge in self._steps[1:]:
            step += idle >= edge
        slot = np.where(lies == self._ladder.managed, len(self._card.classes) + step, lies)
        self.costs[:, objects] += self._day[objects[None, :], slot]

    def _settle(self, day: int, ended: Int32s) -> None:
        if not len(ended):
            return
        lies = self._lies[:, ended]
        missing = np.maximum(self._card.minimum_days[lies] - (day - self._entered[:, ended]), 0)
        self.costs[:, ended] += missing * self._card.rest_day[ended[None, :], lies]
