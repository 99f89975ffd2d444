"""Recommendations and costs in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.listing import pack_cursor, unpack_cursor
from cloudflow_lib.domain.recommendations import Recommendation, RecommendationState, prefix_of_key
from cloudflow_lib.errors import NotFoundError, WrongInputError
from cloudflow_lib.ports.recommendation_book import (
    ClassCost,
    PrefixMove,
    PrefixSum,
    RecommendationChange,
    RecommendationPage,
    RecommendationQuery,
    RecommendationSum,
)

PAGE = 1000
STILL_COUNT = (RecommendationState.OPEN, RecommendationState.DISMISSED)


class MemoryRecommendations(Shelves):
    """RecommendationBook and CostBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._recommendations: dict[str, Recommendation] = {}
        self._costs: list[ClassCost] = []

    def recommendation(self, recommendation_id: str) -> Recommendation:
        with self._lock:
            if recommendation_id not in self._recommendations:
                raise unknown(recommendation_id)
            return self._recommendations[recommendation_id]

    def recommendations_by_id(self, recommendation_ids: Sequence[str]) -> Sequence[Recommendation]:
        with self._lock:
            known = self._recommendations
            return [known[name] for name in dict.fromkeys(recommendation_ids) if name in known]

    def recommendations_of(self, file_ids: Sequence[str]) -> Mapping[str, Sequence[Recommendation]]:
        wanted = set(file_ids)
        found: dict[str, list[Recommendation]] = {}
        with self._lock:
            for one in self._recommendations.values():
                if one.file_id in wanted and one.state in STILL_COUNT:
                    found.setdefault(one.file_id, []).append(one)
        return found

    def make_recommendations(self, made: Sequence[tuple[Recommendation, Event]]) -> int:
        with self._lock:
            return sum(self._make(one, event) for one, event in made)

    def _make(self, one: Recommendation, event: Event) -> bool:
        taken = any(
            known.file_id == one.file_id and known.state is RecommendationState.OPEN
            for known in self._recommendations.values()
        )
        if taken or one.recommendation_id in self._recommendations:
            return False
        self._recommendations[one.recommendation_id] = one
        self._tell([event])
        return True

    def change_recommendations(self, changes: Sequence[RecommendationChange]) -> int:
        with self._lock:
            return sum(self._change(change) for change in changes)

    def _change(self, change: RecommendationChange) -> bool:
        known = self._recommendations.get(change.before.recommendation_id)
        if known is None or known.revision != change.before.revision:
            return False
        self._recommendations[known.recommendation_id] = replace(change.after, revision=known.revision + 1)
        if change.event is not None:
            self._tell([change.event])
        return True

    def find_recommendations(
        self, query: RecommendationQuery, *, cursor: str | None = None, limit: int = 100
    ) -> RecommendationPage:
        behind = None if cursor is None else place_behind(cursor)
        with self._lock:
            found = sorted(
                (one for one in self._recommendations.values() if _fits(one, query)),
                key=lambda one: (-one.saves_per_month, one.recommendation_id),
            )
        if behind is not None:
            saving, name = behind
            found = [one for one in found if (-one.saves_per_month, one.recommendation_id) > (-saving, name)]
        return page_of(found, limit)

    def iter_recommendations(self, state: RecommendationState) -> Iterator[Sequence[Recommendation]]:
        with self._lock:
            found = [one for one in self._recommendations.values() if one.state is state]
        for start in range(0, len(found), PAGE):
            yield found[start : start + PAGE]

    def sum_recommendations(self, owner: str | None = None) -> Sequence[RecommendationSum]:
        with self._lock:
            groups: dict[tuple[str, RecommendationState], list[Recommendation]] = {}
            for one in self._recommendations.values():
                if owner in (None, one.owner):
                    groups.setdefault((one.owner, one.state), []).append(one)
        return [_sum(whose, state, ones) for (whose, state), ones in sorted(groups.items())]

    def sum_by_prefix(
        self, owner: str | None = None, *, location_id: str | None = None, limit: int = 500
    ) -> Sequence[PrefixSum]:
        query = RecommendationQuery(owner=owner, location_id=location_id)
        groups: dict[PrefixMove, list[Recommendation]] = {}
        with self._lock:
            for one in self._recommendations.values():
                if _fits(one, query):
                    groups.setdefault(_move(one), []).append(one)
        return by_saving([_prefix_sum(move, ones) for move, ones in groups.items()])[:limit]

    def save_costs(self, costs: Sequence[ClassCost]) -> None:
        with self._lock:
            self._costs = list(costs)

    def costs(self, owner: str | None = None) -> Sequence[ClassCost]:
        with self._lock:
            return [cost for cost in self._costs if owner in (None, cost.owner)]


def unknown(recommendation_id: str) -> NotFoundError:
    """Return the error about one that does not exist."""
    return NotFoundError(f"there is no recommendation {recommendation_id!r}")


def place_behind(cursor: str) -> tuple[float, str]:
    """Return the saving and the id of the last one that a reader saw; WrongInputError if it is no cursor of ours."""
    saving, name = unpack_cursor(cursor, 2)
    try:
        return float(str(saving)), str(name)
    except ValueError as error:
        raise WrongInputError("this is no cursor of ours: begin again without one") from error


def page_of(found: Sequence[Recommendation], limit: int) -> RecommendationPage:
    """Return the first *limit* of *found*, with the cursor behind them where there are more."""
    page = found[:limit]
    is_last = len(found) <= limit
    cursor = None if is_last else pack_cursor(repr(page[-1].saves_per_month), page[-1].recommendation_id)
    return RecommendationPage(recommendations=page, next_cursor=cursor)


def _fits(one: Recommendation, query: RecommendationQuery) -> bool:
    return (
        one.state is query.state
        and query.owner in (None, one.owner)
        and query.location_id in (None, one.source.location_id)
        and query.move in (None, _move(one))
    )


def by_saving(sums: Sequence[PrefixSum]) -> Sequence[PrefixSum]:
    """Return them with the greatest saving first, in one order for all catalogues."""
    return sorted(sums, key=lambda one: (-one.saves_per_month, astuple(one.move)))


def _move(one: Recommendation) -> PrefixMove:
    return PrefixMove(
        owner=one.owner,
        location_id=one.source.location_id,
        prefix=prefix_of_key(one.key),
        from_class=one.source.storage_class,
        to_location_id=one.destination.location_id,
        to_class=one.destination.storage_class,
    )


def _prefix_sum(move: PrefixMove, ones: Sequence[Recommendation]) -> PrefixSum:
    return PrefixSum(
        move=move,
        from_tier=ones[0].source.tier,
        to_tier=ones[0].destination.tier,
        count=len(ones),
        size_bytes=sum(one.size_bytes for one in ones),
        saves_per_month=sum(one.saves_per_month for one in ones),
        saves_low=sum(one.saves_low for one in ones),
        saves_high=sum(one.saves_high for one in ones),
        once=sum(one.once_usd for one in ones),
        read_tomorrow=sum(one.read_tomorrow for one in ones),
        worst_per_month=sum(one.worst_per_month for one in ones),
        confidence=min(one.confidence for one in ones),
        expires_at=min(one.expires_at for one in ones),
    )


def _sum(owner: str, state: RecommendationState, ones: Iterable[Recommendation]) -> RecommendationSum:
    ones = list(ones)
    measured = [one for one in ones if one.realised is not None]
    return RecommendationSum(
        owner=owner,
        state=state,
        count=len(ones),
        size_bytes=sum(one.size_bytes for one in ones),
        saves_per_month=sum(one.saves_per_month for one in ones),
        once=sum(one.once_usd for one in ones),
        realised_per_month=sum(one.realised.usd_per_month for one in measured if one.realised),
        promised_of_realised=sum(one.saves_per_month for one in measured),
    )
