"""
The models as a policy of the backtest: what they are worth in money, judged like every other policy.

The provider's managed class is the resting place; a fixed class is entered only when the expected cost
of the months ahead, move and minimum days included, is lower there by a margin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.rates import RateCard
from cloudflow_lib.domain.timelines import Bools, Floats, Int8s, Int32s
from ml.backtest.replay import Ground, Morning
from ml.learning.answers import Predictions
from ml.learning.features import FEATURES, Floats32, features_of
from ml.learning.models import TierModel

SMALL_BYTES = 128 * 1024
AHEAD_DAYS = 90
EVERY_DAYS = 5
MARGIN = 0.03
"""By which part of the cost ahead a move must win."""
BYTES_PER_READ = FEATURES.index("bytes_per_read")
DECAYED = FEATURES.index("decayed_reads_30d")
DECAYED_DAYS = 30 / np.log(2)
"""Days that the decayed count stands for; of model and habit, the one that expects more reads counts."""


@dataclass(slots=True)
class LearnedPolicy:
    """Decides by expected cost under the model's predictions."""

    model: TierModel
    _ground: Ground = field(init=False)
    _base: int = field(init=False)
    _usable: Any = field(init=False)
    _begun: int = field(init=False)
    _large: Bools = field(init=False)

    def begin(self, ground: Ground) -> None:
        """Find the classes that may be used."""
        self._ground = ground
        managed = ground.number(ground.book.managed_class)
        self._base = 0 if managed is None else managed
        names = {*ground.book.instant_classes, ground.classes[self._base]}
        self._usable = np.array([name in names for name in ground.classes])
        self._begun = ground.history_days
        self._large = ground.card.size_bytes >= SMALL_BYTES

    def place(self, morning: Morning) -> Int8s:
        """Put what is born into the resting place; the small stay hot."""
        return np.where(self._large[morning.newborn], self._base, 0).astype(np.int8)

    def decide(self, morning: Morning) -> Int8s:
        """Return where each object should lie, every few days."""
        wanted = np.full(len(morning.lies), -1, np.int8)
        if (morning.day - self._begun) % EVERY_DAYS:
            return wanted
        rows = np.flatnonzero(morning.alive & self._large[: len(morning.alive)]).astype(np.int32)
        if not len(rows):
            return wanted
        features = features_of(self._ground.past(morning.day), rows)
        found = self.model.predict(features)
        ahead = costs_ahead(
            self._ground.card, rows, found, features, self.model.horizon, morning.day - morning.touched[rows]
        )
        lies, held = morning.lies[rows].astype(np.int64), morning.day - morning.entered[rows]
        ahead += leaving(self._ground.card, rows, lies, held)
        ahead[:, ~self._usable] = np.inf
        own = np.take_along_axis(ahead, lies[:, None], axis=1)[:, 0]
        best = ahead.argmin(axis=1)
        wins = ahead.min(axis=1) < own * (1 - MARGIN)
        wanted[rows] = np.where(wins, best, -1)
        return wanted


def costs_ahead(
    card: RateCard, rows: Int32s, found: Predictions, features: Floats32, horizon: int, idle: Int32s
) -> Floats:
    """Return N x classes dollars for the days ahead, without the move."""
    habit = np.nan_to_num(features[:, DECAYED].astype(float)) / DECAYED_DAYS
    reads = np.maximum(found.reads.astype(float) / horizon, habit) * AHEAD_DAYS
    share = np.nan_to_num(features[:, BYTES_PER_READ].astype(float), nan=1.0)
    sent = card.size_bytes[rows] * share
    cost = card.day[rows] * AHEAD_DAYS
    for k, steps in card.steps.items():
        silent = _cooling(steps[rows], card.step_days[k], idle)
        woken = _cooling(steps[rows], card.step_days[k], np.zeros(len(rows), np.int32))
        cost[:, k] = found.read * woken + (1 - found.read) * silent
    whole: Floats = cost + reads[:, None] * (card.read[None, :] + sent[:, None] * card.retrieval[None, :])
    return whole


def _cooling(steps: Floats, edges: Int32s, idle: Int32s) -> Floats:
    """Return what a managed class costs over the days ahead if nobody reads: it cools down on the way."""
    cost = np.zeros(len(steps))
    for number, edge in enumerate(edges):
        until = edges[number + 1] if number + 1 < len(edges) else np.iinfo(np.int32).max // 2
        days = np.clip(until - np.maximum(idle, edge), 0, None)
        days = np.minimum(days, np.maximum(idle + AHEAD_DAYS - np.maximum(idle, edge), 0))
        cost += days * steps[:, number]
    return cost


def leaving(card: RateCard, rows: Int32s, lies: Any, held: Int32s) -> Floats:  # noqa: ANN401 # NumPy's own index type
    """Return N x classes dollars: the move to each class, with the rest of the minimum days; staying is free."""
    move = card.move[rows, lies, :].copy()
    missing = np.maximum(card.minimum_days[lies] - held, 0)
    rest = missing * card.rest_day[rows, lies]
    move += np.where(card.ends_minimum[lies, :], rest[:, None], 0.0)
    move[np.arange(len(rows)), lies] = 0.0
    found: Floats = move
    return found
