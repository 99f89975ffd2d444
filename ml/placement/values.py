"""
What lying in each class is worth, for every state of use: dynamic programming over idle time.

A layer is one expectation of the future (asleep, awake, so many days left); its values compare classes
and say nothing about dollars as such: uses happen wherever an object lies, so that only differences
between classes matter, and these are forgotten as soon as two paths meet. That is why few sweeps are
enough. A layer may turn into another one, day by day with some probability: a busy time ends, a life
gets shorter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cloudflow_lib.domain.rates import RateCard
from ml.placement.hazards import Hazards
from ml.placement.states import BUCKETS, IDLE_FROM, KINDS, WIDTH, Following, following, least_age

Array = npt.NDArray[np.float32]
GB = 10**9
FORESIGHT_DAYS = 365
"""As long as the longest minimum stay of any book: with less of it, reads that come late look cheap."""
PHASES = 3
"""A minimum stay is kept as three phases: little of it done, half of it, done."""
PHASE_FROM = (0.0, 0.3, 0.85)
MISSING = (0.85, 0.4, 0.0)
"""Which part of the minimum is missing in a phase, about."""
PHASE_ENDS = (1 / 0.3, 1 / 0.55, 0.0)
SWEEPS = 8
SETTLED = 0.003
"""Dollars per GB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Values of staying: classes x phases x buckets x (groups and kinds) x sizes; dollars per GB."""

    stay: Array
    best: Array
    """The same with the best move made."""
    fresh: Array
    """Classes x buckets x (groups and kinds) x sizes: what managed classes cost more whose counter begins anew."""


@dataclass(slots=True)
class Solver:
    """Solves layers for one set of hazards and one card of rates; sizes are the card's rows."""

    hazards: Hazards
    card: RateCard
    _size: Array = field(init=False)
    _store: Array = field(init=False)
    _rest: Array = field(init=False)
    _step: Any = field(init=False)
    _follow: Following = field(init=False)
    _reference: int = field(init=False)

    def __post_init__(self) -> None:
        card = self.card
        self._size = (card.size_bytes / GB).astype(np.float32)
        self._store = np.stack([self._stored(k) for k in range(len(card.classes))]).astype(np.float32)
        missing = np.array(MISSING)[None, :, None] * card.minimum_days[:, None, None]
        self._rest = (missing * card.rest_day.T[:, None, :] / self._size).astype(np.float32)
        self._follow = following()
        self._reference = min(card.steps, default=0)

    def _stored(self, k: int) -> Any:  # noqa: ANN401 # NumPy broadcasting loses the type
        """Return a day's storage in class k, by bucket and size: the mean over the bucket's days."""
        card = self.card
        if k not in card.steps:
            return np.repeat((card.day[:, k] / self._size)[None, :], BUCKETS, axis=0)
        last = int(card.step_days[k][-1])
        days = [IDLE_FROM[r] + np.arange(min(int(WIDTH[r]), max(last, 1) * 2)) for r in range(BUCKETS)]
        step = [np.searchsorted(card.step_days[k], d, side="right") - 1 for d in days]
        return np.stack([card.steps[k][:, s].mean(axis=1) for s in step]) / self._size

    def solve(
        self, *, extra_use: float = 0.0, turns: float = 0.0, into: Layer | None = None, like: Layer | None = None
    ) -> Layer:
        """
        Return the layer where uses are *extra_use* a day likelier, which turns into another one.

        *turns* is how likely that is on a day; *into* None means that objects end then. *like* is a layer
        of earlier hazards that the search begins from.
        """
        use = (1 - (1 - self.hazards.use) * (1 - extra_use)).reshape(-1, BUCKETS).astype(np.float32)
        end = self.hazards.end.reshape(-1, BUCKETS).astype(np.float32)
        if into is None and turns:
            end = 1 - (1 - end) * np.float32(1 - turns)
            turns = 0.0
        fresh = self._fresh(use, end, turns)
        pass_ = _Pass(self, use, end, np.float32(turns), into, fresh)
        start = np.zeros_like(pass_.best[:, :, 0])
        for guess in (like, into):
            if guess is not None and guess.best[:, :, 0].shape == start.shape:
                start = guess.best[:, :, 0]
                break
        differences = start - start[self._reference, -1]
        for _ in range(SWEEPS):
            pass_.sweep(differences)
            new = pass_.best[:, :, 0] - pass_.best[self._reference, -1, 0]
            change = float(np.abs(new - differences).max())
            differences = new
            if change < SETTLED:
                break
        return Layer(stay=pass_.stay, best=pass_.best, fresh=fresh)

    def _fresh(self, use: Array, end: Array, turns: float) -> Array:
        """Return what entering each managed class at some idle time costs more than its counter having run along."""
        card = self.card
        result = np.zeros((len(card.classes), BUCKETS, len(use), len(self._size)), np.float32)
        for k, days in card.step_days.items():
            last = int(days[-1])
            ahead = np.arange(last)
            day = np.arange(int(IDLE_FROM[-1]) + last + 1)
            of = np.minimum(np.searchsorted(IDLE_FROM, day, side="right") - 1, BUCKETS - 1)
            kept = np.log((1 - use) * (1 - end) * np.float32((1 - turns) * (1 - 1 / FORESIGHT_DAYS)) + 1e-12)
            survived = np.cumsum(kept[:, of], axis=1)
            survived = np.concatenate([np.zeros((len(use), 1), np.float32), survived], axis=1)
            price = card.steps[k] / self._size[:, None]
            step = np.searchsorted(days, ahead, side="right") - 1
            for r in range(1, BUCKETS):
                start = int(IDLE_FROM[r])
                later = np.searchsorted(days, start + ahead, side="right") - 1
                more = (price[:, step] - price[:, later]).astype(np.float32)
                chance = np.exp(survived[:, start : start + last] - survived[:, start : start + 1])
                result[k, r] = chance @ more.T
        return result


@dataclass(slots=True)
class _Pass:
    """The arrays of one layer while it is being solved."""

    solver: Solver
    use: Array
    end: Array
    turns: np.float32
    into: Layer | None
    fresh: Array
    stay: Array = field(init=False)
    best: Array = field(init=False)
    _content: tuple[Array, ...] = field(init=False)
    _entry: Any = field(init=False)

    def __post_init__(self) -> None:
        card, hazards = self.solver.card, self.solver.hazards
        shape = (len(card.classes), PHASES, BUCKETS, len(self.use), len(self.solver._size))  # noqa: SLF001 # one module, one job
        self.stay, self.best = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        parts = (hazards.reads, hazards.bytes_part, hazards.writes)
        self._content = tuple(part.reshape(-1, BUCKETS).astype(np.float32) for part in parts)
        self._entry = self._entry_phases()

    def _entry_phases(self) -> Any:  # noqa: ANN401 # NumPy's own index type
        """Return the phase that a newcomer is in: the first, unless minimum days run from creation."""
        card = self.solver.card
        phase = np.zeros((len(card.classes), BUCKETS, len(self.use)), np.int8)
        if card.from_creation:
            ages = np.tile(least_age(np.arange(KINDS, dtype=np.int32)), (len(self.use) // KINDS, 1))
            for k, days in enumerate(card.minimum_days):
                done = ages.T / max(float(days), 1.0)
                phase[k] = np.searchsorted(PHASE_FROM, done, side="right") - 1
        return phase

    def sweep(self, differences: Array) -> None:
        """Go through the buckets backwards once; *differences* is what classes differ by after a use."""
        later = None
        for r in range(BUCKETS - 1, -1, -1):
            self._bucket(r, differences, later)
            later = self.best[:, :, r]

    def _bucket(self, r: int, differences: Array, later: Array | None) -> None:
        solver, card = self.solver, self.solver.card
        h, m = self.use[:, r][:, None], self.end[:, r][:, None]
        kept = (1 - 1 / np.float32(FORESIGHT_DAYS)) * (1 - m)
        goes_on = kept * (1 - self.turns)
        base = h * self._used(r, differences, goes_on) + m * solver._rest[:, :, None, :]  # noqa: SLF001 # as above
        base += solver._store[:, None, r, None, :]  # noqa: SLF001 # as above
        if self.into is not None:
            base += self.turns * kept * self.into.best[:, :, r]
        leaves = np.float32(0.0 if later is None else 1 / WIDTH[r])
        quiet = (1 - h) * goes_on
        stay = self.stay[:, :, r]
        for phase in range(PHASES - 1, -1, -1):
            matures = np.zeros(len(card.classes), np.float32)
            matures[:] = np.minimum(PHASE_ENDS[phase] / np.maximum(card.minimum_days, 1), 1.0)
            matures[card.minimum_days == 0] = 0.0
            ripe = matures[:, None, None]
            total = base[:, phase]
            if later is not None:
                total = total + quiet * leaves * (1 - ripe) * later[:, phase]
            if phase + 1 < PHASES:
                ripened = (1 - leaves) * stay[:, phase + 1]
                if later is not None:
                    ripened = ripened + leaves * later[:, phase + 1]
                total = total + quiet * ripe * ripened
            stay[:, phase] = total / (1 - quiet * (1 - ripe) * (1 - leaves))
        self._move(r, stay)

    def _used(self, r: int, differences: Array, goes_on: Array) -> Array:
        """Return what a use costs, and what is to come after it."""
        solver, card, follow = self.solver, self.solver.card, self.solver._follow  # noqa: SLF001 # as above
        groups = len(self.use) // KINDS
        row = np.arange(groups)[:, None] * KINDS
        first, second = (row + follow.first[:, r]).ravel(), (row + follow.second[:, r]).ravel()
        weight = np.tile(follow.weight[:, r], groups).astype(np.float32)[:, None]
        after = weight * differences[:, :, first] + (1 - weight) * differences[:, :, second]
        reads, part, writes = (column[:, r][:, None] for column in self._content)
        rewritten = np.minimum(writes, 1)
        after = (1 - rewritten) * after + rewritten * (after[:, :1] + solver._rest[:, :, None, :])  # noqa: SLF001 # as above
        read = (card.read[:, None] / solver._size).astype(np.float32)[:, None, None, :]  # noqa: SLF001 # as above
        write = (card.write[:, None] / solver._size).astype(np.float32)[:, None, None, :]  # noqa: SLF001 # as above
        retrieval = (card.retrieval * GB).astype(np.float32)[:, None, None, None]
        feared = np.repeat(solver.hazards.fear, KINDS).astype(np.float32)[:, None]
        cost: Array = reads * read + part * retrieval * feared + writes * write + goes_on * after
        return cost

    def _move(self, r: int, stay: Array) -> None:
        """Let each state move where that is cheaper than staying."""
        solver, card = self.solver, self.solver.card
        count = len(card.classes)
        entry = [np.take_along_axis(stay[j], self._entry[j, r][None, :, None], axis=0)[0] for j in range(count)]
        enter = [entry[j] + self.fresh[j, r] for j in range(count)]
        move = (card.move / card.size_bytes[:, None, None] * GB).astype(np.float32)
        for k in range(count):
            best = stay[k]
            for j in range(count):
                if j != k:
                    ends = solver._rest[k][:, None, :] if card.ends_minimum[k, j] else np.float32(0)  # noqa: SLF001 # as above
                    best = np.minimum(best, enter[j] + move[:, k, j] + ends)
            self.best[k, :, r] = best
