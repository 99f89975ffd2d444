"""What we ask of whoever learned how files are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.prices import PriceBook
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where one file is worth most, by how it and its like were used."""

    storage_class: str
    """Its own where staying is best."""
    saves_usd: float
    """Over the months ahead, against staying for now, the move paid for; 0 where it stays."""
    reads_per_day: float
    """What is expected of the months ahead, on average."""


class UseForecaster(Protocol):
    """Forecasts how files will be used."""

    @property
    def name(self) -> str:
        """Return which model it is, as recommendations tell it."""
        ...

    def forecast(self, file_ids: Sequence[str]) -> Mapping[str, UseForecast]:
        """Return file id -> forecast; files that it knows nothing of are left out."""
        ...

    def place(self, book: PriceBook, classes: Sequence[str], files: Sequence[CatalogFile]) -> Mapping[str, Placement]:
        """Return file id -> the best of these classes; files that it knows too little of are left out."""
        ...

    def explain(self, file_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return file id -> what speaks for its class, in words for people."""
        ...
