"""
Ski rental: cool an object down once its idle time has cost as much as a wrong move would.

Thresholds are worked out per object, requests included: moving a small object may never pay. An
object comes back when the reads paid for in the cold class exceed the copy back and the rest of its
minimum. Nothing is learned; what it costs is bounded whatever happens.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cloudflow_lib.domain.rates import RateCard
from cloudflow_lib.domain.timelines import Bools, Floats, Int8s
from ml.backtest.policies.rules import large_enough
from ml.backtest.replay import Ground, Morning


def thresholds(card: RateCard, numbers: list[int]) -> Floats:
    """
    Return from how many idle days on each object belongs into each class: N x K, infinite where it never does.

    *numbers* are the classes considered, warmest first. Each class is a line over idle time: what the
    move there and the next whole read cost, then so much a day. The lower envelope of the lines decides.
    """
    hot = numbers[0]
    days = np.full((len(card), len(card.classes)), np.inf)
    entry = {k: card.move[:, hot, k] + card.read[k] + card.retrieval[k] * card.size_bytes for k in numbers}
    days[:, hot] = 0.0
    for i, k in enumerate(numbers[1:], start=1):
        begins = np.zeros(len(card))
        for j in numbers[:i]:
            saved = card.day[:, j] - card.day[:, k]
            dearer = entry[k] - entry[j]
            crossing = np.divide(dearer, saved, out=np.full(len(card), np.inf), where=saved > 0)
            begins = np.maximum(begins, crossing)
        days[:, k] = np.maximum(begins, 0.0)
    return days


@dataclass(slots=True)
class SkiRental:
    """Break-even with factor *factor*: below 1 it moves sooner."""

    factor: float = 1.0
    _ground: Ground = field(init=False)
    _days: Floats = field(init=False)
    _paid: Floats = field(init=False)
    _numbers: list[int] = field(init=False)

    def begin(self, ground: Ground) -> None:
        """Work out every object's thresholds."""
        self._ground = ground
        self._numbers = [ground.classes.index(name) for name in ground.book.instant_classes]
        self._days = thresholds(ground.card, self._numbers) * self.factor
        self._paid = np.zeros(len(ground.card))

    def place(self, morning: Morning) -> Int8s:
        """Return hot."""
        return np.zeros(len(morning.newborn), np.int8)

    def decide(self, morning: Morning) -> Int8s:
        """Return the class that the idle time has earned, or hot for what is read too often where it lies."""
        count = len(morning.lies)
        self._pay(morning)
        idle = morning.day - np.maximum(morning.last_read, self._ground.past(morning.day).objects.created)
        wanted = np.full(count, -1)
        for k in self._numbers[1:]:
            wanted = np.where(idle >= self._days[:count, k], k, wanted)
        colder = large_enough(self._ground, count) & (wanted > morning.lies)
        return np.where(self._comes_back(morning), 0, np.where(colder, wanted, -1)).astype(np.int8)

    def _pay(self, morning: Morning) -> None:
        """Add what yesterday's reads cost more where the objects lie than in hot; a new stay begins at 0."""
        card, log = self._ground.card, morning.yesterday
        fresh = np.flatnonzero(morning.entered == morning.day - 1)
        self._paid[fresh] = 0.0
        lies = morning.lies[log.object]
        more = log.reads * (card.read[lies] - card.read[0]) + log.bytes_read * card.retrieval[lies]
        self._paid[log.object] += np.where(lies > 0, more, 0.0)

    def _comes_back(self, morning: Morning) -> Bools:
        card, lies = self._ground.card, morning.lies
        every = np.arange(len(lies))
        missing = np.maximum(card.minimum_days[lies] - (morning.day - morning.entered), 0)
        back = card.move[every, lies, 0] + missing * card.rest_day[every, lies]
        returns: Bools = (lies > 0) & (self._paid[: len(lies)] > back)
        return returns
