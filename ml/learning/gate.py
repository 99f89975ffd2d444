"""
The gate: a model becomes champion for the money it saves, on days and files that it never saw.

Every contestant is replayed and billed alike. The interval of a saving comes from drawing prefixes
anew: files of one prefix behave alike, so they do not count as independent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.timelines import Floats, Int64s
from ml.backtest.evaluate import Arena, Outcome
from ml.backtest.policies.registry import POLICIES
from ml.backtest.replay import Policy
from ml.backtest.traces import Trace

RULES = ("all_hot", "last_access", "intelligent_tiering")
"""What every model has to be compared with."""
PLACEMENT = "placement"
"""Placing by habits: the policy `cloudflow`, learned anew on the way."""
HARM = 1.01
"""So much dearer than the best of doing nothing and Intelligent-Tiering a champion may be, no more."""
DRAWS = 300
TENTHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All contestants on one trace, in dollars."""

    costs: Mapping[str, float]
    by_prefix: Mapping[str, Floats]
    by_object: Mapping[str, Floats]
    size_bytes: Int64s = field(default_factory=lambda: np.empty(0, np.int64))
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a model may become champion, and why."""

    promoted: bool
    reasons: tuple[str, ...]
    saves_low: float
    """Nineteen times out of twenty it saves at least this part of what its best opponent costs."""
    saves: float


def compare(trace: Trace, book: PriceBook, others: Mapping[str, Callable[[], Policy]]) -> Comparison:
    """Replay the rules, placing by habits and each of the others, and bill them."""
    arena = Arena(trace, book)
    makers = {**{name: POLICIES[name] for name in RULES}, PLACEMENT: POLICIES["cloudflow"], **others}
    outcomes = {name: arena.policy(make) for name, make in makers.items()}
    outcomes["optimum"] = arena.optimum()
    groups = trace.objects.prefix
    return Comparison(
        costs={name: one.cost_usd for name, one in outcomes.items()},
        by_prefix={
            name: np.bincount(groups.codes, one.by_object, len(groups.names)).astype(float)
            for name, one in outcomes.items()
        },
        by_object={name: one.by_object for name, one in outcomes.items()},
        size_bytes=trace.objects.size_bytes,
        outcomes=outcomes,
    )


def regret_by_size(found: Comparison, names: Sequence[str]) -> list[dict[str, float]]:
    """Return for each tenth of the files, small to large, the optimum in dollars and what each one paid beyond it."""
    best = found.by_object["optimum"]
    return [
        {
            "files": float(len(some)),
            "up_to_bytes": float(found.size_bytes[some[-1]]),
            "optimum_usd": float(best[some].sum()),
            **{name: float((found.by_object[name][some] - best[some]).sum()) for name in names},
        }
        for some in np.array_split(np.argsort(found.size_bytes, kind="stable"), TENTHS)
        if len(some)
    ]


def does_no_harm(found: Comparison, name: str) -> bool:
    """Return whether one costs no more than the better of doing nothing and Intelligent-Tiering, or hardly more."""
    return found.costs[name] <= HARM * min(found.costs["all_hot"], found.costs["intelligent_tiering"])


def judge(found: Comparison, candidate: str, champion: str | None, *, seed: int = 0) -> Verdict:
    """Decide whether *candidate* takes the place of *champion* (None: there is none yet)."""
    costs = found.costs
    best = min(costs["all_hot"], costs["intelligent_tiering"])
    reasons = []
    if not does_no_harm(found, candidate):
        reasons.append(f"costs {costs[candidate] / best:.3f} of the best of all-hot and Intelligent-Tiering")
    _, rule_saves = saving(found.by_prefix[candidate], found.by_prefix["last_access"], seed=seed)
    if rule_saves > 0:
        reasons.append(f"is dearer than the plain rule, surely by {rule_saves:.1%}")
    opponent = champion or min(RULES, key=lambda name: costs[name])
    saves, low = saving(found.by_prefix[opponent], found.by_prefix[candidate], seed=seed)
    if champion is not None and low <= 0:
        reasons.append(f"saves {saves:.1%} against the champion, but perhaps nothing (from {low:.1%} on)")
    return Verdict(promoted=not reasons, reasons=tuple(reasons), saves=saves, saves_low=low)


def saving(before: Floats, after: Floats, *, seed: int = 0) -> tuple[float, float]:
    """Return the part of *before* that *after* saves, and the lower end of its interval over drawn prefixes."""
    whole = float(1 - after.sum() / max(before.sum(), 1e-12))
    random: Any = np.random.default_rng(seed)
    drawn = random.integers(0, len(before), (DRAWS, len(before)))
    totals = np.maximum(before[drawn].sum(axis=1), 1e-12)
    return whole, float(np.quantile(1 - after[drawn].sum(axis=1) / totals, 0.05))
