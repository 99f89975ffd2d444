"""A recommendation: what should move where, what that saves, what it costs, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cloudflow_lib.domain.tiers import Tier

DISMISSED_FOR = timedelta(days=90)
"""How long nobody hears of a file again whose recommendation was dismissed."""
OPEN_FOR = timedelta(days=30)
"""A recommendation that is not made again for so long has lost its reasons."""
PREFIX_FOLDERS = 2
STAY = "stay"
"""The policy that a saving is measured against: the file remains where it is."""


class RecommendationState(StrEnum):
    """Where a recommendation stands."""

    OPEN = "open"
    APPLIED = "applied"
    """A run that moves the file was started."""
    DISMISSED = "dismissed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    """Another one took its place, or the file now does best where it lies."""


class CostPart(StrEnum):
    """What a move costs once, and what for."""

    REQUESTS = "requests"
    RETRIEVAL = "retrieval"
    EARLY_DELETE = "early_delete"
    TRANSPORT = "transport"
    """Bytes that leave a region or a provider."""


def prefix_of_key(key: str) -> str:
    """Return the prefix that moves of a file are added up under: its first two folders, with the slash behind them."""
    return "".join(f"{folder}/" for folder in key.split("/")[:-1][:PREFIX_FOLDERS])


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a word for programs and a sentence for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A storage class of a location."""

    location_id: str
    storage_class: str
    tier: Tier

    def is_same_place(self, other: Spot) -> bool:
        """Return whether *other* is the same class of the same location, whatever it means there."""
        return (self.location_id, self.storage_class) == (other.location_id, other.storage_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Who decided, and with which prices: a decision can be taken again from these."""

    model: str
    price_book: str
    price_book_hash: str
    compared_with: str = STAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """What a move really saved, by the reads that came after it."""

    usd_per_month: float
    days: int
    """Measured over so many days."""
    measured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What should become of one file, in dollars; figures are per month of 365/12 days."""

    recommendation_id: str
    file_id: str
    owner: str
    key: str
    size_bytes: int
    version: str
    """The bytes it speaks of."""
    source: Spot
    destination: Spot
    saves_per_month: float
    saves_low: float
    """Nine times out of ten it saves at least this."""
    saves_high: float
    once: Mapping[CostPart, float]
    """What the move costs; parts that cost nothing are left out."""
    pays_back_days: float
    read_tomorrow: float
    """What one whole read there costs beyond one here."""
    worst_per_month: float
    """What it saves if the file is read as in its busiest month; below 0 it costs so much more."""
    confidence: float
    """How likely it is that the move saves money at all, from 0 to 1."""
    reasons: tuple[Reason, ...]
    judgement: Judgement
    created_at: datetime
    expires_at: datetime
    state: RecommendationState = RecommendationState.OPEN
    state_since: datetime
    dismissed_until: datetime | None = None
    batch_id: str | None = None
    """The run that moves the file, once it was applied."""
    realised: Realised | None = None
    revision: int = 0
    """Counts changes; whoever holds an older number has lost the race."""

    @property
    def once_usd(self) -> float:
        """Return what the move costs altogether."""
        return sum(self.once.values())

    @property
    def pays_back_at(self) -> datetime:
        """Return when a move made at once has earned its cost."""
        return self.created_at + timedelta(days=min(self.pays_back_days, 36_500.0))

    def says_the_same(self, other: Recommendation) -> bool:
        """Return whether *other* asks for the same move of the same bytes."""
        return (self.file_id, self.version, self.source, self.destination) == (
            other.file_id,
            other.version,
            other.source,
            other.destination,
        )
