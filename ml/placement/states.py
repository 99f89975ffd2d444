"""
What is known of an object's use, as a few numbers: its class of use and how long it has been idle.

The class says how often the object was used lately (a count that fades with a half-life) and how old
it was at its last use: one read of an old object is not the start of a burst. Idle days are counted
in buckets, fine where things come back (days, a week, a month, a quarter).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudflow_lib.domain.timelines import Floats, Int8s, Int32s

IDLE_FROM: Int32s = np.array(
    [
        *(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 25, 29, 30, 31, 32, 36),
        *(42, 50, 60, 75, 88, 91, 92, 95, 110, 135, 170, 220, 300, 400),
    ],
    np.int32,
)
"""The first day of each bucket of idle days; the last one never ends."""
BUCKETS = len(IDLE_FROM)
WIDTH: Floats = np.append(np.diff(IDLE_FROM), 120).astype(float)
MIDDLE: Floats = IDLE_FROM + (WIDTH - 1) / 2

HALF_LIFE_DAYS = 45
COUNT_EDGES: Floats = np.array([1.3, 2.0, 3.5, 7.0, 20.0])
COUNT_MIDDLES: Floats = np.array([1.0, 1.6, 2.6, 5.0, 12.0, 35.0])
AGE_EDGES: Int32s = np.array([4, 30], np.int32)
AGE_MIDDLES: Floats = np.array([1.0, 15.0, 120.0])

UNUSED, UNKNOWN = 0, 1
"""Never used since its birth in sight; there before anybody looked, and not used since."""
KINDS = 2 + len(COUNT_MIDDLES) * len(AGE_MIDDLES)


def bucket(idle_days: Any) -> Any:  # noqa: ANN401 # arrays of any whole number
    """Return the bucket of idle days."""
    return np.searchsorted(IDLE_FROM, idle_days, side="right") - 1


def kind_of(count: Floats, age_days: Int32s) -> Int8s:
    """Return the class of use after a use at this age, with this faded count of days of use."""
    level = np.searchsorted(COUNT_EDGES, count, side="right")
    age = np.searchsorted(AGE_EDGES, age_days, side="right")
    kind: Int8s = (2 + level * len(AGE_MIDDLES) + age).astype(np.int8)
    return kind


@dataclass(frozen=True, slots=True)
class Following:
    """Which classes a use leads to: two, with the weight of the first, for each class and bucket."""

    first: Int32s
    second: Int32s
    weight: Floats


def following() -> Following:
    """Return what a use after so many idle days makes of each class."""
    shape = (KINDS, BUCKETS)
    first, second, weight = np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.ones(shape)
    logs = np.log(COUNT_MIDDLES)
    for kind in range(KINDS):
        level, age = divmod(kind - 2, len(AGE_MIDDLES))
        before = 0.0 if kind in (UNUSED, UNKNOWN) else COUNT_MIDDLES[level]
        count = before * 0.5 ** ((MIDDLE + 1) / HALF_LIFE_DAYS) + 1
        ages = MIDDLE if kind == UNUSED else MIDDLE + 1 + (999 if kind == UNKNOWN else AGE_MIDDLES[age])
        aged = np.searchsorted(AGE_EDGES, ages, side="right")
        place = np.interp(np.log(count), logs, np.arange(len(logs)))
        low = np.minimum(place.astype(np.int32), len(logs) - 2)
        first[kind] = 2 + low * len(AGE_MIDDLES) + aged
        second[kind] = first[kind] + len(AGE_MIDDLES)
        weight[kind] = 1 - (place - low)
    return Following(first, second, weight)


def least_age(kinds: Int32s) -> Floats:
    """Return how old objects are at least: classes x buckets."""
    level = np.where(kinds >= 2, (kinds - 2) % len(AGE_MIDDLES), 0)  # noqa: PLR2004 # the classes of the unused come first
    at_use = np.where(kinds >= 2, AGE_MIDDLES[level], np.where(kinds == UNKNOWN, 30.0, 0.0))  # noqa: PLR2004 # as above
    ages: Floats = at_use[:, None] + IDLE_FROM[None, :]
    return ages


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Objects as a decision sees them, one row each."""

    group: Int32s
    """Whose habits they share; -1: nobody's in particular."""
    kind: Int8s
    idle_days: Int32s
    age_days: Int32s
    left_days: Int32s
    """Days until they expire; a large number where they do not."""
    lies: Int8s
    """The class where each one lies."""
    held_days: Int32s
    """How long it has been there."""
    untouched_days: Int32s
    """Since its last read, write or change of class: the idle counter of a managed class."""
    busy: Int8s
    """How awake the group is that it belongs to: 0, or the number of a level."""

    def __len__(self) -> int:
        return len(self.kind)

    def picked(self, rows: Any) -> State:  # noqa: ANN401 # NumPy's own index type
        """Return some of the rows."""
        return State(**{name: getattr(self, name)[rows] for name in State.__slots__})
