"""What a forecast has to beat: last week again, and damped Holt-Winters."""

from __future__ import annotations

from itertools import product

import numpy as np

from cloudflow_lib.domain.timelines import Floats
from ml.forecast.costs import WEEK


def seasonal_naive(series: Floats, days: int) -> Floats:
    """Return the last week, again and again."""
    return np.resize(series[-WEEK:], days)


def damped_holt_winters(series: Floats, days: int) -> Floats:
    """Return additive Holt-Winters with a damped trend; its three rates are those that fitted the history best."""
    grid = product((0.05, 0.2, 0.5), (0.0, 0.05, 0.2), (0.05, 0.2))
    fits = [_fit(series, *rates) for rates in grid]
    _, level, trend, season = min(fits, key=lambda fit: fit[0])
    damping = np.cumsum(DAMPED ** np.arange(1, days + 1))
    ahead: Floats = level + damping * trend + season[(len(series) + np.arange(days)) % WEEK]
    return np.maximum(ahead, 0.0)


DAMPED = 0.95


def _fit(series: Floats, alpha: float, beta: float, gamma: float) -> tuple[float, float, float, Floats]:
    """Return the squared error of one step ahead, and where level, trend and season ended."""
    season = series[:WEEK] - series[:WEEK].mean()
    level, trend, error = float(series[:WEEK].mean()), 0.0, 0.0
    for day in range(WEEK, len(series)):
        place, value = day % WEEK, float(series[day])
        told = level + DAMPED * trend + season[place]
        miss = value - told
        error += miss * miss
        before = level
        level = before + DAMPED * trend + alpha * miss
        trend = DAMPED * trend + beta * alpha * miss
        season[place] += gamma * (1 - alpha) * miss
    return error, level, trend, season
