"""
How well costs are forecast on the development families: MASE at 28 days, and how often the intervals cover.

Each family's traces are billed day by day in the warmest class. From eight or more origins, four weeks
apart, the next 28 days are forecast from what was known then; expiries that objects carry are known. An
error is measured against that of last week's value in the history (MASE); baselines forecast the same.

An account's size matters: where a handful of large objects is born a month, nobody can foresee when, and
their arrival alone is an error of more than 1. The default is an account of 20,000 objects.

    python -m benchmarks.forecast [--seeds 2] [--objects 20000] [--json]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer

from benchmarks._report import Report, say
from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.charges import DAYS_PER_MONTH
from cloudflow_lib.domain.prices import Meter
from cloudflow_lib.domain.timelines import Floats
from ml.backtest.families.draws import Scale
from ml.backtest.families.families import FAMILIES
from ml.backtest.families.make import make_trace
from ml.backtest.traces import NEVER, Trace
from ml.forecast.baselines import damped_holt_winters, seasonal_naive
from ml.forecast.costs import WEEK, History, forecast

HORIZON = 28
FIRST = 420
BOOK = shipped_book("aws")
DAYS = 730


@dataclass(frozen=True, slots=True)
class Bills:
    """Dollars of each day, and what is known to leave."""

    stock: Floats
    use: Floats
    trace: Trace
    per_byte_day: float

    def known_at(self, origin: int) -> Floats:
        """Return what objects that lie there at *origin* will take off the bill on each day that follows."""
        table = self.trace.objects
        there = (table.created < origin) & (table.deleted >= origin) & (table.expires < NEVER)
        day = table.expires[there] - origin
        soon = (day >= 0) & (day < HORIZON)
        leaves = np.bincount(day[soon], table.size_bytes[there][soon] * self.per_byte_day, HORIZON)
        return np.asarray(leaves, np.float64)

    def until(self, origin: int) -> History:
        """Return what was known at *origin*."""
        return History(stock=self.stock[:origin], use=self.use[:origin], leaving=self.known_at)


def bills_of(trace: Trace) -> Bills:
    """Bill each day of a trace in the warmest class."""
    table, days, name = trace.objects, trace.days, BOOK.classes[0].name
    per_byte_day = float(BOOK.first(name, Meter.STORAGE)) / float(BOOK.unit_bytes * DAYS_PER_MONTH)
    change = np.zeros(days + 1)
    np.add.at(change, np.clip(table.created, 0, days), table.size_bytes * per_byte_day)
    np.add.at(change, np.clip(table.deleted, 0, days), -table.size_bytes * per_byte_day)
    inside = (table.created >= 0) & (table.created < days)
    use = np.bincount(table.created[inside], minlength=days) * float(BOOK.first(name, Meter.WRITE))
    use = use + np.bincount(trace.log.day, trace.log.reads, days) * float(BOOK.first(name, Meter.READ))
    use = use + np.bincount(trace.log.day, trace.log.writes, days) * float(BOOK.first(name, Meter.WRITE))
    return Bills(np.cumsum(change)[:days], np.asarray(use, np.float64), trace, per_byte_day)


@dataclass(slots=True)
class Judged:
    """The errors and hits of one family."""

    errors: dict[str, list[float]]
    covered: list[float]
    totals: list[float]
    pinball: list[float]


def judge(family: str, seed: int, objects: int, judged: Judged) -> int:
    """Forecast one trace from every origin; return how many there were."""
    bills = bills_of(make_trace(family, seed, Scale(objects=objects, days=DAYS)))
    whole, origins = bills.stock + bills.use, range(FIRST, DAYS - HORIZON + 1, HORIZON)
    for origin in origins:
        past, truth = whole[:origin], whole[origin : origin + HORIZON]
        scale = np.abs(past[WEEK:] - past[:-WEEK]).mean()
        found = forecast(bills.until(origin), HORIZON)
        told = {
            "cloudflow": found.middle,
            "seasonal_naive": seasonal_naive(past, HORIZON),
            "damped_holt_winters": damped_holt_winters(past, HORIZON),
        }
        for name, ahead in told.items():
            judged.errors[name].append(float(np.abs(ahead - truth).mean() / scale))
        judged.covered.append(float(((truth >= found.low) & (truth <= found.high)).mean()))
        judged.totals.append(float(found.total_low <= truth.sum() <= found.total_high))
        for share, ahead in ((0.1, found.low), (0.5, found.middle), (0.9, found.high)):
            miss = truth - ahead
            judged.pinball.append(float(np.maximum(share * miss, (share - 1) * miss).mean() / scale))
    return len(origins)


def tell(report: Report, families: Mapping[str, Judged], origins: int) -> None:
    """Hold the figures of all families to their targets."""
    for family, one in families.items():
        for name, errors in one.errors.items():
            report.note(f"mase_{family}_{name}", round(float(np.mean(errors)), 3))
        report.note(f"coverage_percent_{family}", round(100 * float(np.mean(one.covered)), 1))
    for name in ("seasonal_naive", "damped_holt_winters"):
        report.note(f"mase_{name}", round(float(np.mean([np.mean(one.errors[name]) for one in families.values()])), 3))
    mase = float(np.mean([np.mean(one.errors["cloudflow"]) for one in families.values()]))
    covered = 100 * float(np.mean([np.mean(one.covered) for one in families.values()]))
    report.note("pinball", round(float(np.mean([np.mean(one.pinball) for one in families.values()])), 3))
    report.note(
        "coverage_of_sums_percent", round(100 * float(np.mean([np.mean(o.totals) for o in families.values()])), 1)
    )
    report.require("origins_per_trace", ">=", 8, origins)
    report.require("mase", "<=", 0.9, round(mase, 3))
    report.require("coverage_percent", ">=", 76, round(covered, 1))
    report.require("coverage_percent_at_most", "<=", 84, round(covered, 1))


def main(
    seeds: Annotated[int, typer.Option(min=1, help="How many traces of each family.")] = 2,
    objects: Annotated[int, typer.Option(min=500, help="How many objects an account has.")] = 20_000,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the forecast of costs; exit code 1 when a target does not hold."""
    report = Report(
        f"Forecast of costs: {len(FAMILIES)} families of {objects:,} objects, {seeds} seeds, {HORIZON} days"
    )
    families: dict[str, Judged] = {}
    origins = 0
    for family in FAMILIES:
        families[family] = Judged(defaultdict(list), [], [], [])
        for seed in range(seeds):
            origins = judge(family, seed, objects, families[family])
        say(f"{family} done")
    tell(report, families, origins)
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
