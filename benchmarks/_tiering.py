"""Running policies on drawn traces: one case a trace, two processes at most, what was measured kept in a folder."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks._held_out import HELD_OUT
from benchmarks._tiering_kept import Bill, keep, kept, written_by
from cloudflow_lib.adapters.prices.files import price_book
from ml.backtest.evaluate import Arena
from ml.backtest.families.draws import Scale
from ml.backtest.families.families import FAMILIES
from ml.backtest.families.make import draw_trace
from ml.backtest.policies.registry import POLICIES

ALWAYS = ("all_hot", "intelligent_tiering")
OPTIMUM = "optimum"
DRAWS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A trace to be drawn, and what is to be replayed on it."""

    part: str
    family: str
    seed: int
    change: str | None = None
    book: str = "aws"
    copies: bool = False
    """Whether moves are charged as copies of one object each; else all as the provider's lifecycle charges them."""
    beyond_cold: bool = False
    """Whether a class colder than those of the three tiers is used, too, where it answers at once."""
    objects: int = 5_000
    days: int = 730
    history_days: int = 365
    policies: Sequence[str] = ("selector", "cloudflow")

    @property
    def name(self) -> str:
        """What tells the trace and its prices from all others, as a file may be called."""
        book = self.book + "-copies" * self.copies + "-beyond-cold" * self.beyond_cold
        parts = (self.family, self.change or "", book, self.objects, self.days, self.history_days, self.seed)
        return "-".join("".join(c if c.isalnum() else "_" for c in str(part)) for part in parts if part != "")

    @property
    def wanted(self) -> tuple[str, ...]:
        """All that has to be billed."""
        return (OPTIMUM, *ALWAYS, *self.policies)

    def stale(self, bills: dict[str, Bill]) -> list[str]:
        """Return what has to be billed and is not, or was by other code than today's."""
        drawn = self.family in HELD_OUT
        return [name for name in self.wanted if name not in bills or bills[name].code != written_by(name, drawn)]


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


def run(case: Case, folder: Path | None = None) -> Result:
    """Draw and replay one case, but for what *folder* holds of it already."""
    bills = kept(folder, case.name)
    if missing := case.stale(bills):
        family = {**FAMILIES, **HELD_OUT}[case.family]
        scale = Scale(objects=case.objects, days=case.days, history_days=case.history_days)
        book = price_book(case.book) if case.copies else price_book(case.book).by_lifecycle
        trace = draw_trace(case.family, family, case.seed, scale, case.change)
        arena = Arena(trace, book, beyond_cold=case.beyond_cold)
        for name in missing:
            found = arena.optimum() if name == OPTIMUM else arena.policy(POLICIES[name])
            code = written_by(name, case.family in HELD_OUT)
            bills[name] = Bill(usd=found.cost_usd, seconds=found.seconds, code=code)
        keep(folder, case.name, bills)
    return Result(
        case=case,
        optimum=bills[OPTIMUM].usd,
        costs={name: bills[name].usd for name in case.wanted if name != OPTIMUM},
        seconds=sum(bills[name].seconds for name in case.wanted),
    )


def run_all(
    cases: Sequence[Case], processes: int, folder: Path | None = None, minutes: float | None = None
) -> Iterator[Result]:
    """Yield results as they are there: the kept ones first; nothing is begun any more after so many minutes."""
    until = time.monotonic() + 60 * minutes if minutes else float("inf")
    todo = []
    for case in cases:
        if case.stale(kept(folder, case.name)):
            todo.append(case)
        else:
            yield run(case, folder)
    waiting, running = iter(todo), set[Future[Result]]()
    with ProcessPoolExecutor(processes) as pool:
        while True:
            room = processes - len(running) if time.monotonic() < until else 0
            running |= {pool.submit(run, case, folder) for case in islice(waiting, room)}
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)


def interval(by_family: Sequence[Sequence[float]], seed: int = 1) -> tuple[float, float]:
    """
    Return the middle 95 % of the mean of paired differences.

    Whole families are drawn anew, then seeds within each: seeds of one family are alike, and would make
    it look surer than it is.
    """
    random = np.random.default_rng(seed)
    drawn = np.stack(
        [random.choice(np.array(one), (DRAWS, len(by_family), len(one))).mean(axis=2) for one in by_family]
    )
    which = random.integers(0, len(by_family), (DRAWS, len(by_family)))
    places = np.arange(len(by_family))[None, :]
    means = drawn[which, np.arange(DRAWS)[:, None], places].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
