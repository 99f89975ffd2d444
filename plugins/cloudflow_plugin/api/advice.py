"""What the API tells about recommendations."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from cloudflow_lib.domain import recommendations
from cloudflow_lib.domain.recommendations import CostPart, RecommendationState
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.workflows.sum_savings import Savings
from cloudflow_plugin.api.context import RunUrl
from cloudflow_plugin.api.fields import Answer, FileId
from cloudflow_plugin.api.moves import DAG

RecommendationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Saved(Answer):
    """What a move really saved, by the reads that came after it."""

    usd_per_month: float
    days: int = Field(description="Measured over so many days.")
    measured_at: AwareDatetime


class Advised(Answer):
    """A move that is recommended, and what it is worth: in dollars, per month of 365/12 days."""

    owner: str = Field(examples=["team-docs"])
    location_id: str = Field(description="Where the data lie.", examples=["s3-main"])
    from_tier: Tier
    from_class: str = Field(examples=["STANDARD"])
    to_location_id: str = Field(description="Where they should lie; often the same.")
    to_tier: Tier
    to_class: str = Field(examples=["GLACIER_IR"])
    size_bytes: int
    saves_per_month: float
    saves_low: float = Field(description="Nine times out of ten it saves at least this.")
    saves_high: float
    once: float = Field(description="What the move costs.")
    pays_back_days: float
    worst_per_month: float = Field(
        description="What it saves if all is read as in its busiest month; below 0 it costs more."
    )
    read_tomorrow: float = Field(description="What one whole read there costs beyond one here.")
    confidence: float = Field(description="How likely it is that the move saves money at all, from 0 to 1.")
    expires_at: AwareDatetime


class Recommendation(Advised):
    """What should become of one file, in dollars; figures per month are for 365/12 days."""

    recommendation_id: RecommendationId = Field(examples=["01a3c7"])
    file_id: FileId
    name: str = Field(examples=["reports/2019/q1.csv"])
    reasons: list[str] = Field(description="Why, in sentences for people.")
    state: RecommendationState
    state_since: AwareDatetime
    created_at: AwareDatetime
    dismissed_until: AwareDatetime | None
    batch_id: str | None = Field(description="The run that moves the file, once it was applied.")
    run_url: str | None
    realised: Saved | None = Field(description="Null until it was measured.")


class Why(Answer):
    """One reason."""

    code: str = Field(description="For programs.", examples=["idle"])
    text: str = Field(description="For people.")


class Explained(Recommendation):
    """A recommendation with everything that led to it."""

    why: list[Why]
    once_parts: dict[CostPart, float] = Field(description="What the move costs, by what for; parts of 0 are left out.")
    model: str = Field(description="Who decided.")
    price_book: str = Field(description="By which prices.")
    price_book_hash: str
    compared_with: str = Field(description="What the saving is measured against.", examples=["stay"])


class Sums(Answer):
    """What was found to save, what was promised, and what came of it: in dollars a month, and once."""

    open_count: int
    open_bytes: int
    found_per_month: float
    found_once: float
    applied_count: int
    promised_per_month: float
    measured_promise: float = Field(description="What those had promised whose saving was measured by now.")
    realised_per_month: float = Field(description="What these really save.")
    usd_per_month: float | None = Field(description="What everything costs a month; null: nothing was priced yet.")


def recommendation_out(one: recommendations.Recommendation, run_url: RunUrl) -> Recommendation:
    """Return what a list tells about *one*."""
    return Recommendation.model_validate(_fields(one, run_url))


def explained_out(one: recommendations.Recommendation, run_url: RunUrl) -> Explained:
    """Return everything about *one*."""
    return Explained.model_validate(
        {
            **_fields(one, run_url),
            "why": [Why(code=reason.code, text=reason.text) for reason in one.reasons],
            "once_parts": dict(one.once),
            "model": one.judgement.model,
            "price_book": one.judgement.price_book,
            "price_book_hash": one.judgement.price_book_hash,
            "compared_with": one.judgement.compared_with,
        }
    )


def sums_out(savings: Savings) -> Sums:
    """Return what is told about the sums."""
    return Sums.model_validate({name: getattr(savings, name) for name in Sums.model_fields})


def _fields(one: recommendations.Recommendation, run_url: RunUrl) -> dict[str, object]:
    same = {
        name: getattr(one, name)
        for name in Recommendation.model_fields
        if name in recommendations.Recommendation.__dataclass_fields__
    }
    measured = one.realised
    return {
        **same,
        "location_id": one.source.location_id,
        "name": one.key,
        "from_tier": one.source.tier,
        "from_class": one.source.storage_class,
        "to_location_id": one.destination.location_id,
        "to_tier": one.destination.tier,
        "to_class": one.destination.storage_class,
        "reasons": [reason.text for reason in one.reasons],
        "once": one.once_usd,
        "run_url": run_url(DAG, one.batch_id) if one.batch_id else None,
        "realised": measured
        and Saved(usd_per_month=measured.usd_per_month, days=measured.days, measured_at=measured.measured_at),
    }
