"""
What the coming days will cost: a stock that grows and shrinks, and a use that comes and goes with the week.

The stock (what is paid for what lies there) starts from where it stands. What is known to leave is
taken off on its day; all else follows the average of what past origins saw beyond what was known then.
The use (requests, retrieval, writes) is a level times the habits of the week; which memory the level
should have is chosen by what would have forecast the past best. Intervals are the errors that the same
forecast made from past origins, so that they cover as often as they did there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudflow_lib.domain.timelines import Floats
from cloudflow_lib.errors import WrongInputError

WEEK = 7
FEWEST_DAYS = 28
"""With fewer days of history, nothing is forecast."""
ORIGINS, EVERY = 40, 7
"""How many past origins are looked at, and how many days apart."""
OVERLAP = 3
"""Origins a week apart share most of their days: so many of them tell as much as one."""
MEMORIES = (4, 7, 14, 28, 56, 112)
"""Days of memory that a level may have."""
WEEKS = 12
"""How much history the habits of the week are taken from."""
SHARES = (0.1, 0.9)
NEAR = 3
"""The errors of horizons so many days away count for a day's interval, too."""

Leaving = Callable[[int], Floats]
"""Origin (how many days of history are known) -> what was known then to leave on each of the days that follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Dollars of each day, the last one being yesterday."""

    stock: Floats
    use: Floats
    leaving: Leaving | None = None
    """Known expiries and transitions: dollars a day less, from each day on."""

    def __post_init__(self) -> None:
        if len(self.stock) != len(self.use):
            raise WrongInputError("stock and use are told of the same days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Dollars of each coming day: the middle, and the bounds that four days in five lie within."""

    middle: Floats
    low: Floats
    high: Floats
    total_low: float
    """The same of their sum."""
    total_high: float


def forecast(history: History, days: int) -> Forecast:
    """Return what the next *days* cost; WrongInputError with less than four weeks of history."""
    known = len(history.stock)
    if known < FEWEST_DAYS:
        raise WrongInputError(f"{known} days of costs are too few to forecast from; {FEWEST_DAYS} are needed")
    memory = _best_memory(history.use, days)
    middle = _ahead(history, known, days, memory)
    errors = _past_errors(history, days, memory)
    if not len(errors):
        spread = np.std(history.stock[-FEWEST_DAYS:] + history.use[-FEWEST_DAYS:]) * 1.2816 * np.ones(days)
        low, high = middle - spread, middle + spread
        bounds = (float(middle.sum() - spread.sum()), float(middle.sum() + spread.sum()))
    else:
        low, high = _bounds(middle, errors)
        sums = _extended(errors, days).sum(1)
        total_low, total_high = np.quantile(sums, _stretched(len(errors)))
        bounds = (float(middle.sum() + total_low), float(middle.sum() + total_high))
    return Forecast(
        middle=np.maximum(middle, 0.0),
        low=np.maximum(low, 0.0),
        high=np.maximum(high, 0.0),
        total_low=max(bounds[0], 0.0),
        total_high=max(bounds[1], 0.0),
    )


def ahead(stock: Floats, use: Floats, days: int) -> Floats | None:
    """Return what the next *days* most likely cost; None with less than four weeks of history."""
    if len(stock) < FEWEST_DAYS:
        return None
    found = _ahead(History(stock=stock, use=use), len(stock), days, _best_memory(use, days))
    return np.maximum(found, 0.0)


def _ahead(history: History, origin: int, days: int, memory: int) -> Floats:
    """Return the middle of the *days* behind *origin*, from what was known then."""
    return _stock_ahead(history, origin, days) + _use_ahead(history.use[:origin], days, memory)


def _stock_ahead(history: History, origin: int, days: int) -> Floats:
    stock = history.stock[:origin]
    leaves = np.cumsum(_leaving(history, origin, days))
    growth: Floats = np.zeros(days)
    origins = _origins(origin, min(days, FEWEST_DAYS))
    if origins:
        # What came beyond what was known to leave, day by day: it holds the expiries of what was not there yet.
        reach = min(days, *(origin - one for one in origins))
        seen = []
        for one in origins:
            change = stock[one : one + reach] - stock[one - 1]
            seen.append(change + np.cumsum(_leaving(history, one, reach)))
        growth = np.arange(1, days + 1, dtype=np.float64) * (float(np.mean(seen, axis=0)[-1]) / reach)
    ahead: Floats = stock[-1] + growth - leaves
    return ahead


def _leaving(history: History, origin: int, days: int) -> Floats:
    if history.leaving is None:
        return np.zeros(days)
    found = np.asarray(history.leaving(origin), float)[:days]
    return np.concatenate([found, np.zeros(days - len(found))])


def _use_ahead(use: Floats, days: int, memory: int) -> Floats:
    week = _week(use)
    place = (len(use) + np.arange(days)) % WEEK
    return _level(use, week, memory) * week[place]


def _week(use: Floats) -> Floats:
    """Return each weekday's factor, drawn towards 1 as far as it is noise."""
    weeks = min(len(use) // WEEK, WEEKS)
    tail = use[len(use) - weeks * WEEK :]
    table = tail.reshape(weeks, WEEK) if weeks else np.ones((1, WEEK))
    means = np.maximum(table.mean(1, keepdims=True), 1e-18)
    ratios = table / means
    factors, noise = ratios.mean(0), ratios.var(0) / max(weeks, 1)
    signal = max(float(factors.var() - noise.mean()), 0.0)
    shrunk = 1 + (factors - 1) * signal / max(signal + float(noise.mean()), 1e-18)
    # The table begins on the weekday of its first row.
    return np.roll(shrunk, (len(use) - weeks * WEEK) % WEEK)


def _level(use: Floats, week: Floats, memory: int) -> float:
    """Return today's level: what was used beside what the week makes of 1, both forgotten by half in *memory* days."""
    recent = use[-3 * memory :]
    place = (len(use) - len(recent) + np.arange(len(recent))) % WEEK
    weights = 0.5 ** (np.arange(len(recent))[::-1] / memory)
    return float((recent * weights).sum() / max((week[place] * weights).sum(), 1e-18))


def _best_memory(use: Floats, days: int) -> int:
    origins = _origins(len(use), min(days, FEWEST_DAYS))[:12]
    if not origins:
        return MEMORIES[1]
    reach = min(days, FEWEST_DAYS)

    def error(memory: int) -> float:
        return float(
            np.mean([np.abs(_use_ahead(use[:one], reach, memory) - use[one : one + reach]).mean() for one in origins])
        )

    return min(MEMORIES, key=error)


def _origins(known: int, reach: int) -> Sequence[int]:
    """Return past origins whose next *reach* days are known, the latest first."""
    first = known - reach
    return list(range(first, FEWEST_DAYS, -EVERY))[:ORIGINS]


def _past_errors(history: History, days: int, memory: int) -> Floats:
    """Return how far the truth lay from the forecast: one row per past origin, one column per day."""
    known = len(history.stock)
    reach = min(days, max(FEWEST_DAYS, known // 4))
    rows = [
        history.stock[one : one + reach] + history.use[one : one + reach] - _ahead(history, one, reach, memory)
        for one in _origins(known, reach)
        if one >= 2 * FEWEST_DAYS
    ]
    return np.array(rows) if rows else np.zeros((0, days))


def _extended(errors: Floats, days: int) -> Floats:
    """Return errors for all *days*: beyond what the past reaches, they grow with the root of time."""
    reach = errors.shape[1]
    if reach >= days:
        return errors
    more = errors[:, -1:] * np.sqrt(np.arange(reach + 1, days + 1) / reach)[None, :]
    return np.concatenate([errors, more], axis=1)


def _bounds(middle: Floats, errors: Floats) -> tuple[Floats, Floats]:
    days = len(middle)
    errors = _extended(errors, days)
    shares = _stretched(len(errors))
    low, high = np.empty(days), np.empty(days)
    for day in range(days):
        near = errors[:, max(day - NEAR, 0) : day + NEAR + 1]
        low[day], high[day] = np.quantile(near, shares)
    return middle + low, middle + high


def _stretched(count: int) -> Any:  # noqa: ANN401 # two shares
    """Return the shares of the bounds, further out the fewer origins there are: few see fewer extremes."""
    alone = count / OVERLAP
    reach = min(1.0, (alone + 1) / alone * (SHARES[1] - SHARES[0]))
    return np.array([0.5 - reach / 2, 0.5 + reach / 2])
