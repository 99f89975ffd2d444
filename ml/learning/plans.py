"""How one training goes: what is tried, over which days, with how many rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml.learning.models import QUICK, Effort

CANDIDATES: Mapping[str, Effort] = {
    "broad": Effort(),
    "careful": Effort(leaf=60, depth=10, iterations=120, leaves=8, seed=1),
}
QUICK_CANDIDATES: Mapping[str, Effort] = {"quick": QUICK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one training goes."""

    horizon: int = 30
    scored_days: int = 90
    """The last days: no row reaches into them, and the gate replays them."""
    most_rows: int = 500_000
    every: int = 7
    quick: bool = False
    seed: int = 0

    @classmethod
    def for_days(cls, days: int, *, quick: bool = False) -> Plan:
        """Return a plan that fits into a trace of so many days: short ones get a shorter horizon."""
        if days >= 365:  # noqa: PLR2004 # a year
            return cls(quick=quick, most_rows=40_000 if quick else 500_000)
        horizon = max(min(30, days // 9), 3)
        return cls(
            horizon=horizon,
            scored_days=max(days // 3, horizon),
            every=max(min(7, days // 30), 1),
            quick=quick,
            most_rows=40_000 if quick else 500_000,
        )

    @property
    def candidates(self) -> Mapping[str, Effort]:
        """Return what is tried."""
        return QUICK_CANDIDATES if self.quick else CANDIDATES
