"""What was found to save, what was promised, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from cloudflow_lib.domain.recommendations import RecommendationState
from cloudflow_lib.ports.recommendation_book import RecommendationSum
from cloudflow_lib.workflows.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """In dollars a month, and once."""

    open_count: int
    open_bytes: int
    found_per_month: float
    """By what is open."""
    found_once: float
    applied_count: int
    promised_per_month: float
    """By what was applied."""
    measured_promise: float
    """What those applied had promised whose saving was measured by now."""
    realised_per_month: float
    """What these really save."""
    usd_per_month: float | None
    """What everything costs a month; None: nothing was priced yet."""


def sum_savings(owner: str | None, services: Services) -> Savings:
    """Return the sums of one owner, or of all."""
    sums = services.catalog.sum_recommendations(owner)
    costs = services.catalog.costs(owner)
    is_open = [one for one in sums if one.state is RecommendationState.OPEN]
    applied = [one for one in sums if one.state is RecommendationState.APPLIED]
    return Savings(
        open_count=sum(one.count for one in is_open),
        open_bytes=sum(one.size_bytes for one in is_open),
        found_per_month=_total(is_open),
        found_once=sum(one.once for one in is_open),
        applied_count=sum(one.count for one in applied),
        promised_per_month=_total(applied),
        measured_promise=sum(one.promised_of_realised for one in applied),
        realised_per_month=sum(one.realised_per_month for one in applied),
        usd_per_month=sum(one.usd_per_month for one in costs) if costs else None,
    )


def _total(sums: list[RecommendationSum]) -> float:
    return sum(one.saves_per_month for one in sums)
