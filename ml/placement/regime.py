"""
Telling a change of habits from an accident: groups that wake up, and scans of everything.

A group is awake when objects that had long been idle are used day after day; a spike of a day or two
is not that. A scan is a day on which most of what had long been idle is used, across most groups: it
says nothing about the objects, and nothing is learned from it unless it comes again and again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cloudflow_lib.domain.timelines import Bools, Floats, Int8s, Int32s

IDLE_DAYS = 14
"""From here on an object counts as long idle."""
RESTING_DAYS = 4
"""From here on a use is no part of a burst of the object's own."""
WATCHED_DAYS = (6, 15)
ACCIDENTS = 2
"""So many of the watched days, the busiest, say nothing."""
AWAKE: tuple[float, ...] = (0.03, 0.12)
"""How much likelier a use is on a day, beyond what was expected, in each level of waking."""
FROM: tuple[float, ...] = (0.015, 0.06)
AWAKE_DAYS = 45
"""How long being awake lasts, on average."""
SCAN_SHARE = 0.5
SCANS_BELIEVED = 4
"""With so many scan days in a month they are habit, and count like any use."""
FEWEST = 20
SURE = 2.0
"""So many times what was expected, and as many uses more, are no chance."""


@dataclass(slots=True)
class Regime:
    """What the last days of each group looked like."""

    groups: int
    _recent: list[Floats] = field(default_factory=list)
    _scans: list[int] = field(default_factory=list)

    def watch(self, group: Int32s, idle_days: Int32s, used: Bools, expected: Floats) -> None:
        """Take in a day: of all living objects, who was used, and how likely that had been."""
        pools = (idle_days >= RESTING_DAYS, idle_days < IDLE_DAYS)
        self._recent = [
            *self._recent[1 - WATCHED_DAYS[-1] :],
            np.stack([self._counted(pool & (group >= 0), group, used, expected) for pool in pools]),
        ]

    def _counted(self, pool: Bools, group: Int32s, used: Bools, expected: Floats) -> Floats:
        of = group[pool]
        columns = (np.ones(len(of)), used[pool].astype(float), expected[pool])
        counts: Floats = np.stack([np.bincount(of, column, self.groups).astype(float) for column in columns])
        return counts

    def busy(self) -> Int8s:
        """
        Return each group's level of waking: 0 is as always.

        Both who rested and who has just been read must be read more than expected: a single pass over
        everything, however slow, wakes nobody.
        """
        level: Int8s = np.zeros(self.groups, np.int8)
        for days in WATCHED_DAYS:
            recent: Floats = np.array(self._recent[-days:])
            if len(recent) > ACCIDENTS:
                both = np.minimum(self._level(recent[:, 0]), self._level(recent[:, 1]))
                level = np.maximum(level, both).astype(np.int8)
        return level

    @staticmethod
    def _level(recent: Floats) -> Int8s:
        quietest = np.argsort(recent[:, 1], axis=0)[: len(recent) - ACCIDENTS]
        there, hits, likely = np.take_along_axis(recent, quietest[:, None, :], axis=0).sum(axis=0)
        rate = np.where(hits >= SURE * likely + SURE, (hits - likely) / np.maximum(there, 1), 0.0)
        level: Int8s = np.searchsorted(FROM, rate, side="right").astype(np.int8)
        return level

    def is_scan(self, day: int, idle_days: Int32s, used: Bools) -> bool:
        """Return whether the day is a scan that nothing is to be learned from."""
        long_idle = idle_days >= IDLE_DAYS
        count = int(long_idle.sum())
        if count < FEWEST or used[long_idle].mean() < SCAN_SHARE:
            return False
        self._scans = [*(one for one in self._scans if one > day - 30), day]
        return len(self._scans) < SCANS_BELIEVED
