"""Rules that people use today: everything hot, by age, by last access, and the classes that manage themselves."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cloudflow_lib.domain.prices_derived import ManagedRule, managed_class_of
from cloudflow_lib.domain.timelines import Bools, Int8s, Int32s
from ml.backtest.replay import Ground, Morning

SMALL_BYTES = 128 * 1024
"""Lifecycle rules leave smaller objects alone: a cold class charges them as this large."""
WARM_DAYS, COLD_DAYS = 30, 90


def large_enough(ground: Ground, count: int) -> Bools:
    """Return which of the first *count* objects a rule moves at all."""
    large: Bools = ground.card.size_bytes[:count] >= SMALL_BYTES
    return large


@dataclass(slots=True)
class AllHot:
    """Everything lies in the warmest class for ever."""

    def begin(self, ground: Ground) -> None:
        """Need nothing."""

    def place(self, morning: Morning) -> Int8s:
        """Return hot."""
        return np.zeros(len(morning.newborn), np.int8)

    def decide(self, morning: Morning) -> Int8s:
        """Return stay."""
        return np.full(len(morning.lies), -1, np.int8)


@dataclass(slots=True)
class Managed:
    """Everything large enough lies in a class that the provider manages."""

    rule: ManagedRule
    _large: Bools = field(init=False)
    _number: int = field(init=False)

    def begin(self, ground: Ground) -> None:
        """Find the class and who is worth its fee."""
        self._number = ground.classes.index(managed_class_of(ground.book, self.rule))
        least = ground.book.storage_class(ground.classes[self._number]).managed_from_bytes
        self._large = ground.card.size_bytes >= least

    def place(self, morning: Morning) -> Int8s:
        """Return the managed class, or hot for the small."""
        return np.where(self._large[morning.newborn], self._number, 0).astype(np.int8)

    def decide(self, morning: Morning) -> Int8s:
        """Return the managed class for all that were there before."""
        return np.where(self._large[: len(morning.lies)], self._number, -1).astype(np.int8)


@dataclass(slots=True)
class AgeLifecycle:
    """Two classes down by age, read or not; never back."""

    _ground: Ground = field(init=False)
    _down: tuple[int, int] = field(init=False)

    def begin(self, ground: Ground) -> None:
        """Find the two classes."""
        self._ground = ground
        names = ground.book.instant_classes
        self._down = (ground.classes.index(names[1]), ground.classes.index(names[2]))

    def place(self, morning: Morning) -> Int8s:
        """Return hot."""
        return np.zeros(len(morning.newborn), np.int8)

    def decide(self, morning: Morning) -> Int8s:
        """Return the class of each object's age."""
        days = morning.day - self._ground.past(morning.day).objects.created
        return self._cooled(days, morning)

    def _cooled(self, days: Int32s, morning: Morning) -> Int8s:
        warm, cold = self._down
        wanted = np.where(days >= COLD_DAYS, cold, np.where(days >= WARM_DAYS, warm, -1))
        moves = large_enough(self._ground, len(wanted)) & (wanted > morning.lies)
        return np.where(moves, wanted, -1).astype(np.int8)


@dataclass(slots=True)
class LastAccess(AgeLifecycle):
    """Two classes down by idle days; with *promote*, back to hot on the morning after the first read."""

    promote: bool = False

    def decide(self, morning: Morning) -> Int8s:
        """Return the class of each object's idle time."""
        created = self._ground.past(morning.day).objects.created
        days = morning.day - np.maximum(morning.last_read, created)
        wanted = self._cooled(days, morning)
        if self.promote:
            woken = (morning.lies > 0) & (morning.last_read >= morning.entered) & (days < WARM_DAYS)
            wanted[woken] = 0
        return wanted
