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

from cloudflow_lib.domain.rates import RateCard
from ml.placement.hazards import Hazards
from ml.placement.passes import FORESIGHT_DAYS, GB, AfterUse, Array, Ground, Moves, Pass
from ml.placement.states import BUCKETS, IDLE_FROM, WIDTH, following

MISSING = (0.85, 0.4, 0.0)
"""Which part of the minimum is missing in a phase, about."""
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
    _ground: Ground = field(init=False)
    _after: AfterUse = field(init=False)
    _moves: Moves = field(init=False)
    _reference: int = field(init=False)

    def __post_init__(self) -> None:
        card = self.card
        size = (card.size_bytes / GB).astype(np.float32)
        missing = np.array(MISSING)[None, :, None] * card.minimum_days[:, None, None]
        rest = (missing * card.rest_day.T[:, None, :] / size).astype(np.float32)
        self._ground = Ground(
            card=card,
            hazards=self.hazards,
            follow=following(),
            size=size,
            store=np.stack([_stored(card, k, size) for k in range(len(card.classes))]).astype(np.float32),
            rest=rest[:, :, None, :],
        )
        self._after, self._moves = AfterUse(self._ground), Moves(self._ground)
        self._reference = min(card.steps, default=0)

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
        best = None if into is None else into.best
        pass_ = Pass(self._ground, self._after, self._moves, use, end, np.float32(turns), best, fresh)
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
        result = np.zeros((len(card.classes), BUCKETS, len(use), len(self._ground.size)), np.float32)
        for k, days in card.step_days.items():
            last = int(days[-1])
            ahead = np.arange(last)
            day = np.arange(int(IDLE_FROM[-1]) + last + 1)
            of = np.minimum(np.searchsorted(IDLE_FROM, day, side="right") - 1, BUCKETS - 1)
            kept = np.log((1 - use) * (1 - end) * np.float32((1 - turns) * (1 - 1 / FORESIGHT_DAYS)) + 1e-12)
            survived = np.cumsum(kept[:, of], axis=1)
            survived = np.concatenate([np.zeros((len(use), 1), np.float32), survived], axis=1)
            price = card.steps[k] / self._ground.size[:, None]
            step = np.searchsorted(days, ahead, side="right") - 1
            for r in range(1, BUCKETS):
                start = int(IDLE_FROM[r])
                later = np.searchsorted(days, start + ahead, side="right") - 1
                more = (price[:, step] - price[:, later]).astype(np.float32)
                chance = np.exp(survived[:, start : start + last] - survived[:, start : start + 1])
                result[k, r] = chance @ more.T
        return result


def _stored(card: RateCard, k: int, size: Array) -> Any:  # noqa: ANN401 # NumPy broadcasting loses the type
    """Return a day's storage in class k, by bucket and size: the mean over the bucket's days."""
    if k not in card.steps:
        return np.repeat((card.day[:, k] / size)[None, :], BUCKETS, axis=0)
    last = int(card.step_days[k][-1])
    days = [IDLE_FROM[r] + np.arange(min(int(WIDTH[r]), max(last, 1) * 2)) for r in range(BUCKETS)]
    step = [np.searchsorted(card.step_days[k], d, side="right") - 1 for d in days]
    return np.stack([card.steps[k][:, s].mean(axis=1) for s in step]) / size
