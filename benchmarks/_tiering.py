"""Running policies on drawn traces: one case a trace, two processes at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from benchmarks._held_out import HELD_OUT
from cloudflow_lib.adapters.prices.files import price_book
from ml.backtest.evaluate import Arena
from ml.backtest.families.draws import Scale
from ml.backtest.families.families import FAMILIES
from ml.backtest.families.make import draw_trace
from ml.backtest.policies.registry import POLICIES

ALWAYS = ("all_hot", "intelligent_tiering")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A trace to be drawn, and what is to be replayed on it."""

    part: str
    family: str
    seed: int
    change: str | None = None
    book: str = "aws"
    objects: int = 5_000
    days: int = 730
    history_days: int = 365
    policies: Sequence[str] = ("selector", "cloudflow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What it cost."""

    case: Case
    optimum: float
    costs: dict[str, float]
    seconds: float

    def ratio(self, name: str = "cloudflow") -> float:
        """Return how many times the optimum a policy paid."""
        return self.costs[name] / self.optimum

    def harm(self, name: str = "cloudflow") -> float:
        """Return what a policy paid against the better of doing nothing and the managed class."""
        return self.costs[name] / min(self.costs[one] for one in ALWAYS)


def run(case: Case) -> Result:
    """Draw and replay one case."""
    family = {**FAMILIES, **HELD_OUT}[case.family]
    scale = Scale(objects=case.objects, days=case.days, history_days=case.history_days)
    arena = Arena(draw_trace(case.family, family, case.seed, scale, case.change), price_book(case.book))
    best = arena.optimum()
    outcomes = {name: arena.policy(POLICIES[name]) for name in (*ALWAYS, *case.policies)}
    return Result(
        case=case,
        optimum=best.cost_usd,
        costs={name: outcome.cost_usd for name, outcome in outcomes.items()},
        seconds=best.seconds + sum(outcome.seconds for outcome in outcomes.values()),
    )


def run_all(cases: Sequence[Case], processes: int) -> Iterator[Result]:
    """Yield the results in the order of the cases."""
    if processes == 1:
        yield from map(run, cases)
        return
    with ProcessPoolExecutor(min(processes, 2)) as pool:
        yield from pool.map(run, cases)


def interval(differences: Sequence[float], seed: int = 1) -> tuple[float, float]:
    """Return the middle 95 % of the mean of paired differences, by bootstrap."""
    drawn = np.random.default_rng(seed).choice(np.array(differences), (4000, len(differences)))
    low, high = np.quantile(drawn.mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
