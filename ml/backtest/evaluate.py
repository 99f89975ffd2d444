"""Billing policies and the optimum on a trace: the same objects, the same uses, the same biller."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cloudflow_lib.domain.billing import Bill, Biller
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.prices_derived import with_rules
from cloudflow_lib.domain.rates import RateCard, rate_card
from cloudflow_lib.domain.timelines import Accesses, Floats, Objects, stays_of
from cloudflow_lib.errors import WrongInputError
from ml.backtest.optimum import Plan, optimum
from ml.backtest.policies.rules import AgeLifecycle, Managed
from ml.backtest.replay import Decisions, Policy, Replay
from ml.backtest.traces import Trace

DAYS_PER_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one policy, or the optimum, did and cost."""

    cost_usd: float
    split: Mapping[str, float]
    moves: int
    moves_per_object_year: float
    reads: int
    reads_colder_than_allowed: int
    seconds: float
    by_object: Floats

    def told(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "cost_usd": self.cost_usd,
            "split": dict(self.split),
            "moves": self.moves,
            "moves_per_object_year": round(self.moves_per_object_year, 4),
            "reads": self.reads,
            "reads_colder_than_allowed": self.reads_colder_than_allowed,
            "seconds": round(self.seconds, 3),
        }


class Arena:
    """
    One trace under one price book; every policy that enters is billed alike.

    The classes are those of the three tiers, which is where CloudFlow puts files by itself, and the managed
    ones; with *beyond_cold* also a colder one that answers at once, as Google Cloud has.
    Moves cost what they cost whoever makes them: the optimum, and rules that a provider carries out by
    itself, pay as its lifecycle does, all others as the book says of moving one object.
    """

    def __init__(self, trace: Trace, book: PriceBook, coldest: str | None = None, *, beyond_cold: bool = False) -> None:
        self.trace, self.book = trace, with_rules(book) if beyond_cold else with_rules(book).of_tiers
        self._instant = self.book.instant_classes
        wanted = [c.name for c in self.book.classes if c.managed or c.name in self._instant]
        self.classes = tuple(wanted)
        if coldest is not None and coldest not in self._instant:
            raise WrongInputError(f"{coldest} is none of the classes used: {', '.join(self._instant)}")
        self._allowed = self.classes.index(coldest or self._instant[-1])
        self._objects: Objects = trace.billed_objects()
        self._accesses: Accesses = trace.billed_accesses()
        self.card: RateCard = rate_card(self.book, self.classes, trace.objects.size_bytes)
        self._ruled = (self.book, self.card)
        if self.book.moves != self.book.lifecycle:
            ruled = self.book.by_lifecycle
            self._ruled = (ruled, rate_card(ruled, self.classes, trace.objects.size_bytes))

    def policy(self, make: Callable[[], Policy]) -> Outcome:
        """Replay one policy and bill it."""
        began = time.perf_counter()
        policy = make()
        book, card = self._ruled if isinstance(policy, AgeLifecycle | Managed) else (self.book, self.card)
        return self._outcome(Replay(self.trace, book, self.classes, card).run(policy), book, began)

    def optimum(self, *, managed: bool = False) -> Outcome:
        """Solve and bill the optimum over the instant classes, with the provider's managed class or without."""
        began = time.perf_counter()
        own = [name for name in self.classes if name in self._instant or (managed and name == self.book.managed_class)]
        book, _ = self._ruled
        plan = optimum(book, tuple(own), self._objects, self._accesses)
        return self._outcome(self._renumbered(plan, own), book, began)

    def _renumbered(self, plan: Plan, names: list[str]) -> Decisions:
        numbers = np.array([self.classes.index(name) for name in names], np.int8)
        moves = plan.moves
        return Decisions(
            first=numbers[plan.first],
            moves=type(moves)(object=moves.object, day=moves.day, to=numbers[moves.to]),
        )

    def _outcome(self, decisions: Decisions, book: PriceBook, began: float) -> Outcome:
        bill: Bill = Biller(book, self.classes).bill(self._objects, self._accesses, decisions.first, decisions.moves)
        lived = float((self._objects.end - self._objects.start).sum())
        return Outcome(
            cost_usd=float(bill.usd),
            split={str(part): float(usd) for part, usd in bill.split.items()},
            moves=bill.moves,
            moves_per_object_year=bill.moves * DAYS_PER_YEAR / max(lived, 1.0),
            reads=int(self._accesses.reads.sum()),
            reads_colder_than_allowed=self._too_cold(decisions),
            seconds=time.perf_counter() - began,
            by_object=bill.by_object,
        )

    def _too_cold(self, decisions: Decisions) -> int:
        stays = stays_of(self._objects, decisions.first, decisions.moves)
        span = self.trace.days + 2
        keys = stays.object.astype(np.int64) * span + stays.start
        used = self._accesses.object.astype(np.int64) * span + self._accesses.day
        lies = stays.storage_class[np.searchsorted(keys, used, side="right") - 1]
        return int(self._accesses.reads[lies > self._allowed].sum())


def evaluated(arena: Arena, policies: Mapping[str, Callable[[], Policy]]) -> Iterator[tuple[str, Outcome]]:
    """Yield the optimum, the optimum with the managed class, then each policy, as they are done."""
    yield "optimum", arena.optimum()
    yield "optimum_managed", arena.optimum(managed=True)
    for name, make in policies.items():
        yield name, arena.policy(make)
