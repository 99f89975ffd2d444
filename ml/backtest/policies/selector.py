"""
The selector: for each prefix, the rule that would have been cheapest on the prefix's own past.

Guarded twice: what one prefix says is shrunk towards what all say, and a rule is taken only when the
upper end of its saving's uncertainty (a bootstrap over objects) still beats the provider's managed
class. It has no model; it is the floor that a model has to beat.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cloudflow_lib.domain.timelines import Bools, Floats, Int8s, Int32s
from ml.backtest.policies.ttl import CANDIDATES, Bank, Ladder, Rules
from ml.backtest.replay import Ground, Morning, Past
from ml.backtest.traces import NEVER, Log

RESAMPLES = 60
SHRINKAGE = 20
"""So many objects of its own weigh as much for a prefix as the whole account."""
CHOSEN_EVERY = 30
HALF_LIFE_DAYS = 180


@dataclass(slots=True)
class Selector:
    """One rule per prefix, chosen again every month."""

    choose_every: int = CHOSEN_EVERY
    _ground: Ground = field(init=False)
    _bank: Bank = field(init=False)
    _rules: Rules = field(init=False)
    _of_prefix: Int32s = field(init=False)
    _paid: Floats = field(init=False)
    _created: Int32s = field(init=False)
    _ladder: Ladder = field(init=False)

    def begin(self, ground: Ground) -> None:
        """Let every rule's shadow live through the history, then choose."""
        self._ground = ground
        names = ground.book.instant_classes
        managed = ground.number(ground.book.managed_class)
        if managed is None:
            raise ValueError("the selector needs the provider's managed class among the classes")
        ladder = Ladder(managed=managed, warm=ground.classes.index(names[1]), cold=ground.classes.index(names[2]))
        past = ground.past(ground.history_days)
        created = np.full(len(ground.card), NEVER, np.int32)
        created[: len(past.objects)] = past.objects.created
        self._created = created
        self._bank = Bank(CANDIDATES, ladder, ground.card, created)
        self._rules = Rules(CANDIDATES, ladder, ground.card)
        self._paid = np.zeros(len(ground.card))
        self._ladder = ladder
        warm_up = ground.history_days // 4
        for day in range(ground.history_days):
            self._advance(past, day, self._rows(past, day))
            if day == warm_up:
                self._bank.costs[:] = 0.0
        self._choose(past)

    @staticmethod
    def _rows(past: Past, day: int) -> Log:
        low, high = np.searchsorted(past.log.day, [day, day + 1])
        return past.log.picked(slice(low, high))

    def _advance(self, past: Past, day: int, log: Log) -> None:
        table = past.objects
        known = int(np.searchsorted(table.created, day, side="right"))
        older = int(np.searchsorted(table.created, day, side="left"))
        alive: Bools = table.deleted[:older] > day
        ended = np.flatnonzero(table.deleted[:older] == day).astype(np.int32)
        self._created[older:known] = table.created[older:known]
        self._bank.fade(0.5 ** (1 / HALF_LIFE_DAYS))
        self._bank.advance(day, alive, np.arange(older, known, dtype=np.int32), ended, log)

    def _choose(self, past: Past) -> None:
        """Take for each prefix the rule with the lowest upper ratio to the managed class."""
        prefix = past.objects.prefix.codes
        costs = self._bank.costs[:, : len(prefix)]
        account = _ratios(costs.sum(axis=1))
        random = np.random.default_rng(past.day)
        chosen = np.zeros(len(past.objects.prefix.names), np.int32)
        for code in range(len(chosen)):
            mine = np.flatnonzero((prefix == code) & (costs[0] > 0))
            chosen[code] = _best(costs[:, mine], account, random)
        self._of_prefix = chosen

    def place(self, morning: Morning) -> Int8s:
        """Return where each newborn's rule puts it."""
        prefix = self._ground.past(morning.day).objects.prefix.codes
        return self._rules.born(self._of_prefix[prefix[morning.newborn]], morning.newborn)

    def decide(self, morning: Morning) -> Int8s:
        """Let yesterday happen to the shadows, perhaps choose anew, and follow the chosen rules."""
        past = self._ground.past(morning.day)
        if morning.day > self._ground.history_days:
            self._advance(past, morning.day - 1, morning.yesterday)
            self._pay(morning)
            if (morning.day - self._ground.history_days) % self.choose_every == 0:
                self._choose(past)
        count = len(morning.lies)
        every = np.arange(count, dtype=np.int32)
        idle = morning.day - np.maximum(morning.last_read, past.objects.created)
        rule = self._of_prefix[past.objects.prefix.codes]
        held = morning.day - morning.entered
        return self._rules.wanted(rule, every, morning.lies, idle, held, self._paid[:count])

    def _pay(self, morning: Morning) -> None:
        """Add what yesterday's reads cost more than in the base; a new stay begins at 0."""
        card, log = self._ground.card, morning.yesterday
        self._paid[np.flatnonzero(morning.entered == morning.day - 1)] = 0.0
        lies = morning.lies[log.object]
        more = log.reads * (card.read[lies] - card.read[0]) + log.bytes_read * card.retrieval[lies]
        self._paid[log.object] += np.where(lies >= self._ladder.warm, more, 0.0)


def _ratios(costs: Floats) -> Floats:
    """Return each rule's cost as a part of the managed class's."""
    return costs / max(float(costs[0]), 1e-300)


def _best(costs: Floats, account: Floats, random: np.random.Generator) -> int:
    """Return the rule with the lowest upper ratio, or the managed class when none is surely below it."""
    count = costs.shape[1]
    weight = count / (count + SHRINKAGE)
    if not count or costs[0].sum() <= 0:
        upper = account + 0.05
    else:
        draws = random.multinomial(count, np.full(count, 1 / count), RESAMPLES)
        resampled = draws @ costs.T
        spread = (resampled / np.maximum(resampled[:, :1], 1e-300)).std(axis=0)
        upper = weight * (_ratios(costs.sum(axis=1)) + spread) + (1 - weight) * account
    best = int(upper.argmin())
    return best if upper[best] < 1 else 0
