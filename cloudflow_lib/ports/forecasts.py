"""What we ask of whoever learned how files are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloudflow_lib.domain.tiers import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class UseForecast:
    """What is likely to become of one file."""

    tier: Tier
    """The class that will have been the cheapest."""
    chance: float
    """How likely that is, from 0 to 1."""
    read_soon: float
    """How likely it is read within a week."""
    reads_per_day: float


class UseForecaster(Protocol):
    """Forecasts how files will be used."""

    @property
    def name(self) -> str:
        """Return which model it is, as recommendations tell it."""
        ...

    def forecast(self, file_ids: Sequence[str]) -> Mapping[str, UseForecast]:
        """Return file id -> forecast; files that it knows nothing of are left out."""
        ...

    def explain(self, file_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return file id -> what speaks for its class, in words for people."""
        ...
