"""
Unusual use of a prefix, hour by hour: a robust z-score beside an isolation forest.

For each prefix and hour the logarithm of a count's ratio to its seasonal median (the same hour of the
same weekday, and the hours around it) says how unusual the hour is. The z-score looks at the signal
that stands out most; the forest at all of them together. Thresholds are not guessed: they are the
quantiles of a clean window that the budget of alerts allows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest

from cloudflow_lib.domain.timelines import Bools, Floats
from cloudflow_lib.errors import WrongInputError

SIGNALS = ("reads", "bytes", "keys", "requesters", "writes", "deletes", "errors", "age")
"""Per prefix and hour: requests, bytes, distinct keys, requesters, overwrites, deletes, 4xx, mean age of keys."""
HOURS_A_WEEK = 168
HOURS_A_MONTH = 730
SOFT = np.array([10.0, 1e7, 10.0, 2.0, 10.0, 10.0, 10.0, 10.0])
"""Added to both sides of a ratio: from how much of each signal on a difference matters at all."""
CALM_HOURS = 24
"""An alert stands for a day of its prefix: what goes on is not told again every hour."""
LEAST_WEEKS = 2
SLOW = 6
"""Hours that are summed to see what is small in each hour: a stop, or a slow rise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hourly:
    """Counts: prefixes x hours x signals; hour 0 is the first hour of a week."""

    counts: npt.NDArray[np.float32]

    @property
    def prefixes(self) -> int:
        """Return how many prefixes there are."""
        return int(self.counts.shape[0])

    @property
    def hours(self) -> int:
        """Return how many hours there are."""
        return int(self.counts.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One alert."""

    prefix: int
    hour: int
    signal: str
    score: float
    value: float
    usual: float


@dataclass(slots=True)
class Watch:
    """What is usual for each prefix, learnt from a clean window, and how far from it is too far."""

    budget: float = 0.5
    """Alerts that a quiet prefix may raise in a month, of each of the two detectors."""
    seed: int = 0
    _usual: Floats = field(init=False)
    _spread: Floats = field(init=False)
    _slow_spread: Floats = field(init=False)
    _forest: Any = field(init=False)
    _limits: tuple[float, float] = field(init=False)

    def learn(self, clean: Hourly) -> Watch:
        """Learn from a window without known anomalies, of two whole weeks at least, and return itself."""
        if clean.hours < LEAST_WEEKS * HOURS_A_WEEK:
            raise WrongInputError(f"{clean.hours} hours are too few: {LEAST_WEEKS} weeks tell what is usual")
        weeks = clean.hours // HOURS_A_WEEK
        whole = clean.counts[:, : weeks * HOURS_A_WEEK].astype(float)
        by_week = whole.reshape(clean.prefixes, weeks, HOURS_A_WEEK, len(SIGNALS))
        around = np.concatenate([np.roll(by_week, shift, axis=2) for shift in (-1, 0, 1)], axis=1)
        self._usual = np.median(around, axis=1)
        ratios = self._ratios(clean)
        self._spread = _robust_spread(ratios)
        self._slow_spread = _robust_spread(_slow(ratios))
        scores = self._z(ratios)
        random = np.random.default_rng(self.seed)
        flat = self._standard(ratios).reshape(-1, 2 * len(SIGNALS))
        drawn = flat[random.choice(len(flat), min(len(flat), 50_000), replace=False)]
        self._forest = IsolationForest(n_estimators=100, max_samples=256, random_state=self.seed).fit(drawn)
        alone = self._lonely(ratios)
        self._limits = (self._limit(scores), self._limit(alone))
        return self

    def _limit(self, scores: Floats) -> float:
        """Return the score above which the clean window would have raised as many alerts as the budget allows."""
        months = scores.size / HOURS_A_MONTH
        allowed = max(int(self.budget * months), 1)
        starts = np.sort(_calmed(scores).ravel())[::-1]
        return float(starts[min(allowed, len(starts) - 1)] * 1.05)

    def _ratios(self, hourly: Hourly) -> Floats:
        """Return log-ratios to what is usual in that hour of the week."""
        place = np.arange(hourly.hours) % HOURS_A_WEEK
        usual = self._usual[:, place]
        found: Floats = np.log((hourly.counts + SOFT) / (usual + SOFT))
        return found

    def _standard(self, ratios: Floats) -> Floats:
        """Return ratios of the hour and of the last hours together, in robust standard deviations."""
        return np.concatenate([ratios / self._spread, _slow(ratios) / self._slow_spread], axis=2)

    def _z(self, ratios: Floats) -> Floats:
        """Return prefixes x hours: how far the signal that stands out most is from usual."""
        found: Floats = np.abs(self._standard(ratios)).max(axis=2)
        return found

    def _lonely(self, ratios: Floats) -> Floats:
        standard = self._standard(ratios)
        flat = np.clip(standard.reshape(-1, standard.shape[2]), -30, 30)
        found: Floats = -self._forest.score_samples(flat).reshape(standard.shape[:2])
        return found

    def look(self, hourly: Hourly) -> list[Found]:
        """Return the alerts of a window that goes on where a week begins: one per prefix and day of trouble."""
        ratios = self._ratios(hourly)
        over_z = self._z(ratios) / self._limits[0]
        over = np.maximum(over_z, self._lonely(ratios) / self._limits[1])
        alerts: Bools = _begins(over > 1)
        standard = np.abs(self._standard(ratios))
        told = []
        for prefix, hour in zip(*np.nonzero(alerts), strict=True):
            signal = int(standard[prefix, hour].argmax()) % len(SIGNALS)
            told.append(
                Found(
                    prefix=int(prefix),
                    hour=int(hour),
                    signal=SIGNALS[signal],
                    score=float(standard[prefix, hour].max()),
                    value=float(hourly.counts[prefix, hour, signal]),
                    usual=float(self._usual[prefix, hour % HOURS_A_WEEK, signal]),
                )
            )
        return told


def _slow(ratios: Floats) -> Floats:
    """Return the mean of the last hours: small but lasting differences add up."""
    summed = np.cumsum(ratios, axis=1)
    found = summed.copy()
    found[:, SLOW:] = summed[:, SLOW:] - summed[:, :-SLOW]
    found[:, :SLOW] = 0.0
    return found / SLOW


def _robust_spread(ratios: Floats) -> Floats:
    """Return prefixes x 1 x signals: 1.4826 times the median distance, with a floor for what never moves."""
    middle = np.median(ratios, axis=1, keepdims=True)
    found: Floats = 1.4826 * np.median(np.abs(ratios - middle), axis=1, keepdims=True)
    wide = np.quantile(np.abs(ratios), 0.98, axis=1, keepdims=True) / 2.33
    return np.maximum(np.maximum(found, wide), 0.08)


def _begins(over: Bools) -> Bools:
    """Return the hours in which trouble begins: what goes on within the calm belongs to the same alert."""
    found = np.zeros_like(over)
    for prefix in range(over.shape[0]):
        quiet_until = -1
        for hour in np.flatnonzero(over[prefix]):
            if hour > quiet_until:
                found[prefix, hour] = True
            quiet_until = int(hour) + CALM_HOURS
    return found


def _calmed(scores: Floats) -> Floats:
    """Return the highest score of each prefix and day: what an alert stands for."""
    days = scores.shape[1] // CALM_HOURS
    cut = scores[:, : days * CALM_HOURS].reshape(scores.shape[0], days, CALM_HOURS)
    found: Floats = cut.max(axis=2)
    return found
