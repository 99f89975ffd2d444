"""
One layer of values while it is being solved: sweeps through the buckets of idle time, backwards.

What stays the same from sweep to sweep is worked out once a layer, and what all layers share once: for all buckets,
which are the first axis of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cloudflow_lib.domain.rates import RateCard
from ml.placement.hazards import Hazards
from ml.placement.states import BUCKETS, KINDS, WIDTH, Following, least_age

Array = npt.NDArray[np.float32]
GB = 10**9
FORESIGHT_DAYS = 365
"""As long as the longest minimum stay of any book: with less of it, reads that come late look cheap."""
PHASES = 3
"""A minimum stay is kept as three phases: little of it done, half of it, done."""
PHASE_FROM = (0.0, 0.3, 0.85)
PHASE_ENDS = (1 / 0.3, 1 / 0.55, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all layers of one solver have in common; dollars are per GB, sizes the card's rows."""

    card: RateCard
    hazards: Hazards
    follow: Following
    size: Array
    """Of each row, in GB."""
    store: Array
    """A day's storage: classes x buckets x sizes."""
    rest: Array
    """What leaving before the minimum stay costs: classes x phases x 1 x sizes."""


@dataclass(slots=True)
class Pass:
    """The arrays of one layer."""

    ground: Ground
    after: AfterUse
    moves: Moves
    use: Array
    end: Array
    turns: np.float32
    into: Array | None
    """The best values of the layer that this one turns into."""
    fresh: Array
    stay: Array = field(init=False)
    best: Array = field(init=False)
    _use: Array = field(init=False)
    _end: Array = field(init=False)
    _kept: Array = field(init=False)
    _goes_on: Array = field(init=False)
    _leaves: Array = field(init=False)
    """Chances of a day, by bucket and state: to be used, to end, not to, nor to turn; and to leave the bucket."""
    _phases: list[_PhaseChances] = field(init=False)

    def __post_init__(self) -> None:
        ground, card = self.ground, self.ground.card
        shape = (len(card.classes), PHASES, BUCKETS, len(self.use), len(ground.size))
        self.stay, self.best = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._use, self._end = self.use.T[:, :, None], self.end.T[:, :, None]
        self._kept = (1 - 1 / np.float32(FORESIGHT_DAYS)) * (1 - self._end)
        self._goes_on = self._kept * (1 - self.turns)
        self._leaves = np.append(1 / WIDTH[:-1], 0.0).astype(np.float32)
        quiet = ((1 - self._use) * self._goes_on)[:, None]
        self._phases = [_PhaseChances(card, phase, quiet, self._leaves) for phase in range(PHASES)]

    def sweep(self, differences: Array) -> None:
        """Go through the buckets backwards once; *differences* is what classes differ by after a use."""
        later = None
        for r in range(BUCKETS - 1, -1, -1):
            self._bucket(r, differences, later)
            self.moves.make(r, self.stay[:, :, r], self.fresh[:, r], self.best[:, :, r])
            later = self.best[:, :, r]

    def _bucket(self, r: int, differences: Array, later: Array | None) -> None:
        base = self._use[r] * self.after.cost(r, differences, self._goes_on[r]) + self._end[r] * self.ground.rest
        base += self.ground.store[:, None, r, None, :]
        if self.into is not None:
            base += self.turns * self._kept[r] * self.into[:, :, r]
        leaves = self._leaves[r]
        stay = self.stay[:, :, r]
        for phase in range(PHASES - 1, -1, -1):
            chances = self._phases[phase]
            total = base[:, phase]
            if later is not None:
                total = total + chances.leaves[r] * later[:, phase]
            if phase + 1 < PHASES:
                ripened = (1 - leaves) * stay[:, phase + 1]
                if later is not None:
                    ripened = ripened + leaves * later[:, phase + 1]
                total = total + chances.ripens[r] * ripened
            stay[:, phase] = total / chances.changes[r]


class _PhaseChances:
    """Chances of a quiet day in one phase of the minimum stay: buckets x classes x states x 1."""

    def __init__(self, card: RateCard, phase: int, quiet: Array, leaves: Array) -> None:
        matures = np.zeros(len(card.classes), np.float32)
        matures[:] = np.minimum(PHASE_ENDS[phase] / np.maximum(card.minimum_days, 1), 1.0)
        matures[card.minimum_days == 0] = 0.0
        ripe, leaves = matures[:, None, None], leaves[:, None, None, None]
        self.leaves: Array = quiet * leaves * (1 - ripe)
        self.ripens: Array = quiet * ripe
        self.changes: Array = 1 - quiet * (1 - ripe) * (1 - leaves)


class AfterUse:
    """What a use costs, and what is to come after it."""

    def __init__(self, ground: Ground) -> None:
        card, hazards, follow = ground.card, ground.hazards, ground.follow
        groups = len(hazards.fear)
        row = np.arange(groups)[:, None] * KINDS
        after = [(row[:, :, None] + one).reshape(-1, BUCKETS).T for one in (follow.first, follow.second)]
        self._first, self._second = map(np.ascontiguousarray, after)
        self._weight: Array = np.tile(follow.weight, (groups, 1)).T[:, :, None].astype(np.float32)
        self._rest: Array = ground.rest
        reads, part, writes = (
            one.reshape(-1, BUCKETS).T.astype(np.float32)[:, None, :, None]
            for one in (hazards.reads, hazards.bytes_part, hazards.writes)
        )
        self._rewritten: Array = np.minimum(writes, 1)
        read = (card.read[:, None] / ground.size).astype(np.float32)[:, None, :]
        write = (card.write[:, None] / ground.size).astype(np.float32)[:, None, :]
        retrieval = (card.retrieval * GB).astype(np.float32)[:, None, None]
        feared = np.repeat(hazards.fear, KINDS).astype(np.float32)[:, None]
        self._spent: Array = reads * read + part * retrieval * feared + writes * write

    def cost(self, r: int, differences: Array, goes_on: Array) -> Array:
        """Return it for bucket *r*: classes x phases x states x sizes."""
        weight, rewritten = self._weight[r], self._rewritten[r]
        after = weight * differences[:, :, self._first[r]] + (1 - weight) * differences[:, :, self._second[r]]
        after = (1 - rewritten) * after + rewritten * (after[:, :1] + self._rest)
        cost: Array = self._spent[r][:, None] + goes_on * after
        return cost


class Moves:
    """Which moves there are from class to class, and what each costs."""

    def __init__(self, ground: Ground) -> None:
        card = ground.card
        count = len(card.classes)
        self._rest: Array = ground.rest
        move = (card.move / card.size_bytes[:, None, None] * GB).astype(np.float32).transpose(1, 2, 0)[:, :, None, :]
        moves, ends = ~np.eye(count, dtype=bool), np.asarray(card.ends_minimum, bool)
        self._free: Array = np.where((moves & ~ends)[:, :, None, None], move, np.float32(np.inf))
        self._ending: Array | None = None
        if (moves & ends).any():
            self._ending = np.where((moves & ends)[:, :, None, None], move, np.float32(np.inf))
        self._entry = self._entry_phases(card, len(ground.hazards.fear)) if card.from_creation else None

    def _entry_phases(self, card: RateCard, groups: int) -> Any:  # noqa: ANN401 # NumPy's own index type
        """Return the phase that a newcomer is in where minimum days run from creation; else it is the first."""
        phase = np.zeros((BUCKETS, len(card.classes), groups * KINDS), np.int8)
        ages = np.tile(least_age(np.arange(KINDS, dtype=np.int32)), (groups, 1))
        for k, days in enumerate(card.minimum_days):
            phase[:, k] = np.searchsorted(PHASE_FROM, ages.T / max(float(days), 1.0), side="right") - 1
        return phase

    def make(self, r: int, stay: Array, fresh: Array, best: Array) -> None:
        """Write into *best* what each state of bucket *r* is worth that moves where that is cheaper than staying."""
        if self._entry is None:
            enter = stay[:, 0] + fresh
        else:
            classes, states = np.arange(len(stay))[:, None], np.arange(stay.shape[2])
            enter = stay[classes, self._entry[r], states] + fresh
        np.minimum(stay, (enter + self._free).min(axis=1)[:, None], out=best)
        if self._ending is not None:
            np.minimum(best, (enter + self._ending).min(axis=1)[:, None] + self._rest, out=best)
