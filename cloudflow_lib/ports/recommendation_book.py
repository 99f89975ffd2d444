"""What we ask of the catalogue about recommendations, and about what everything costs a month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.charges import DAYS_PER_MONTH
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.recommendations import Recommendation, RecommendationState
from cloudflow_lib.domain.tiers import Tier

PAGE = 500
"""Recommendations that are asked for at once by who wants all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixMove:
    """The same move for all files of one owner below a prefix."""

    owner: str
    location_id: str
    prefix: str
    """As `prefix_of_key` tells it of each file."""
    from_class: str
    to_location_id: str
    to_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixSum:
    """All open recommendations that are one such move, added up; dollars a month, and once."""

    move: PrefixMove
    from_tier: Tier
    to_tier: Tier
    count: int
    size_bytes: int
    saves_per_month: float
    saves_low: float
    """If each file is used as much as nine times out of ten at most: files of a prefix are used together."""
    saves_high: float
    once: float
    read_tomorrow: float
    worst_per_month: float
    """If all are read as in their busiest month."""
    confidence: float
    """Of the least sure of them."""
    expires_at: datetime
    """When the first of them does."""

    @property
    def pays_back_days(self) -> float:
        """Return after how many days the saving has earned the whole cost."""
        return self.once / self.saves_per_month * float(DAYS_PER_MONTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationQuery:
    """Which recommendations; None means no limit."""

    owner: str | None = None
    state: RecommendationState = RecommendationState.OPEN
    location_id: str | None = None
    """Where the file lies."""
    move: PrefixMove | None = None
    """Only those that are this move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationPage:
    """One page of a keyset listing."""

    recommendations: Sequence[Recommendation]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationChange:
    """One recommendation as it was read, and what it becomes; applied only while nobody else changed it."""

    before: Recommendation
    after: Recommendation
    event: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationSum:
    """All recommendations of one owner in one state."""

    owner: str
    state: RecommendationState
    count: int
    size_bytes: int
    saves_per_month: float
    once: float
    realised_per_month: float
    """Of those that were measured."""
    promised_of_realised: float
    """What those that were measured had promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCost:
    """What the files of one class in one location under one owner cost a month, in dollars."""

    location_id: str
    owner: str
    tier: Tier
    storage_class: str
    files: int
    size_bytes: int
    storage_usd: float
    use_usd: float
    """Requests and retrieval, if the files are read as in the last 30 days."""
    priced_at: datetime

    @property
    def usd_per_month(self) -> float:
        """Return the whole."""
        return self.storage_usd + self.use_usd


class RecommendationBook(Protocol):
    """Recommendations: at most one open one per file."""

    def recommendation(self, recommendation_id: str) -> Recommendation:
        """Return it, or raise NotFoundError."""
        ...

    def recommendations_by_id(self, recommendation_ids: Sequence[str]) -> Sequence[Recommendation]: ...

    def recommendations_of(self, file_ids: Sequence[str]) -> Mapping[str, Sequence[Recommendation]]:
        """Return file id -> what was said about it and still counts: the open one, and what was dismissed."""
        ...

    def make_recommendations(self, made: Sequence[tuple[Recommendation, Event]]) -> int:
        """Keep new ones with their events, and return how many; one whose file has an open one is left out."""
        ...

    def change_recommendations(self, changes: Sequence[RecommendationChange]) -> int:
        """Apply changes with their events, each only if nobody else was first; return how many."""
        ...

    def find_recommendations(
        self, query: RecommendationQuery, *, cursor: str | None = None, limit: int = 100
    ) -> RecommendationPage:
        """
        Return a page of what *query* accepts, the greatest saving first.

        Raises:
            WrongInputError: *cursor* is no cursor of ours.
        """
        ...

    def iter_recommendations(self, state: RecommendationState) -> Iterator[Sequence[Recommendation]]:
        """Yield all of one state in bounded pages."""
        ...

    def sum_recommendations(self, owner: str | None = None) -> Sequence[RecommendationSum]: ...

    def sum_by_prefix(
        self, owner: str | None = None, *, location_id: str | None = None, limit: int = 500
    ) -> Sequence[PrefixSum]:
        """Return the open ones added up by owner, prefix and move, the greatest saving first."""
        ...


def pages_of(book: RecommendationBook, query: RecommendationQuery) -> Iterator[Sequence[Recommendation]]:
    """Yield everything that *query* accepts, the greatest saving first; a page is asked for when it is needed."""
    cursor = None
    while True:
        page = book.find_recommendations(query, cursor=cursor, limit=PAGE)
        yield page.recommendations
        cursor = page.next_cursor
        if cursor is None:
            return


class CostBook(Protocol):
    """What everything costs a month, as it was last worked out."""

    def save_costs(self, costs: Sequence[ClassCost]) -> None:
        """Keep *costs* in place of what was kept before; all were priced at one moment."""
        ...

    def costs(self, owner: str | None = None) -> Sequence[ClassCost]: ...
