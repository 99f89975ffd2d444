"""What drawn reads are drawn from: known to the day, or known as a rate only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.timelines import Bools, Floats
from ml.backtest.families import parameters
from ml.backtest.families.draws import Scale
from ml.backtest.families.families import FAMILIES
from ml.backtest.families.make import draw_trace
from ml.backtest.traces import Log, ObjectTable, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreknown:
    """All that can be known of reads before they are drawn: objects of the trace x days."""

    rate: Floats
    """Reads expected on each day, which come by chance."""
    sure: Floats
    """Reads that are known to the day."""


class _Watched(np.random.Generator):
    """Draws what any generator would, and keeps what Poisson's draws were made of."""

    def __init__(self, like: np.random.Generator) -> None:
        super().__init__(like.bit_generator)
        self.rates: list[Floats] = []
        self.drawn: list[Floats] = []

    def poisson(self, lam: Any = 1.0, size: Any = None) -> Any:  # noqa: ANN401 # as NumPy has it
        """Draw, and keep rates and draws."""
        drawn = super().poisson(lam, size)
        self.rates.append(lam)
        self.drawn.append(drawn)
        return drawn


@dataclass(slots=True)
class _Drawn:
    """One draw of a family, before it is sorted; the family is asked as any other."""

    family: str
    random: _Watched = field(init=False)
    scale: Scale = field(init=False)
    table: ObjectTable = field(init=False)
    log: Log = field(init=False)

    def __call__(self, random: np.random.Generator, scale: Scale) -> tuple[ObjectTable, Log]:
        self.random, self.scale = _Watched(random), scale
        self.table, self.log = FAMILIES[self.family](self.random, scale)
        return self.table, self.log

    def daily(self, rows: Any = slice(None)) -> Floats:  # noqa: ANN401 # NumPy's own index type
        """Return the reads of some rows of the log: objects x days of the trace."""
        log = self.log.picked(rows)
        inside = (log.day >= 0) & (log.day < self.scale.days)
        found = np.zeros((self.scale.objects, self.scale.days))
        np.add.at(found, (log.object[inside], log.day[inside]), log.reads[inside])
        return found

    def age(self) -> Any:  # noqa: ANN401 # NumPy loses the type
        """Return how old each row's object was."""
        return self.log.day.astype(np.int64) - self.table.created[self.log.object]


def foreknown(family: str, seed: int, scale: Scale) -> tuple[Trace, Foreknown]:
    """Return a trace of one of the development families, and what could be known of its reads."""
    drawn = _Drawn(family)
    trace = draw_trace(family, drawn, seed, scale)
    known = KNOWN.get(family, _by_rates)(drawn)
    order = np.argsort(drawn.table.created, kind="stable")
    return trace, Foreknown(rate=known.rate[order], sure=known.sure[order])


def _by_rates(drawn: _Drawn) -> Foreknown:
    """Know the rates of Poisson's draws; what else is read is sure."""
    return Foreknown(rate=np.concatenate(drawn.random.rates), sure=drawn.daily() - np.concatenate(drawn.random.drawn))


def _lake(drawn: _Drawn, p: parameters.Lake = parameters.LAKE) -> Foreknown:
    """Know openings on the first day, and reports, to the day; of later openings how many there are, and their ages."""
    age, count = drawn.age(), drawn.scale.objects
    report = _regular(drawn, age, 30) | _regular(drawn, age, 91)
    openings = np.bincount(drawn.log.object[~report], minlength=count)
    days = np.arange(drawn.scale.days)[None, :] - drawn.table.created[:, None]
    old = np.maximum(days, 1).astype(float)
    late: Floats = np.where(days >= 1, old**-p.age_exponent - (old + 1) ** -p.age_exponent, 0.0)
    return Foreknown(
        rate=late * openings[:, None] * (1 - p.first_day),
        sure=drawn.daily(np.flatnonzero(report | (age == 0))),
    )


def _regular(drawn: _Drawn, age: Any, period: int) -> Bools:  # noqa: ANN401 # NumPy loses the type
    """Return which rows are of reports: of objects that are read at every age which the period divides."""
    on = (age > 0) & (age % period == 0)
    met = np.unique(np.stack([drawn.log.object[on], age[on]]), axis=1)[0]
    always = np.bincount(met, minlength=drawn.scale.objects) > 2 * drawn.scale.days // period
    rows: Bools = on & always[drawn.log.object]
    return rows


def _backup(drawn: _Drawn, p: parameters.Backup = parameters.BACKUP) -> Foreknown:
    """Know who is verified; a restore hits each set's newest part, or half of it, on any day."""
    table, rate = drawn.table, np.zeros((drawn.scale.objects, drawn.scale.days))
    hits = ((p.newest, 1 - p.half_the_set), (0.5, p.half_the_set))
    for one in range(p.sets):
        mine = np.flatnonzero(table.prefix.codes == one)
        newest = mine[np.argsort(-table.created[mine], kind="stable")]
        for day in range(drawn.scale.days):
            alive = newest[(table.created[newest] <= day) & (table.expires[newest] > day)]
            for share, likely in hits:
                rate[alive[: int(np.ceil(len(alive) * share))], day] += likely / p.days_between_restores
    return Foreknown(rate=rate, sure=drawn.daily(np.flatnonzero(drawn.age() == 1)))


KNOWN: Mapping[str, Callable[[_Drawn], Foreknown]] = {"lake": _lake, "backup": _backup}
"""The families whose reads are not drawn by Poisson."""
