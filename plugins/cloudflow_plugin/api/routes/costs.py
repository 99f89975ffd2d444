"""Costs: what each day cost, by class, location, owner or prefix."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from cloudflow_lib.domain.cost_days import dollars
from cloudflow_lib.domain.cost_report import Split, cost_report
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer, Request

router = APIRouter(prefix="/costs", tags=["money"])


class CostsQuery(Request):
    """Which days, and how to split them."""

    days: int = Field(30, ge=1, le=400, description="How many, the last one being yesterday (UTC).")
    split: Split = Field(Split.TIER, description="What the groups are told apart by.")


class CostOfDay(Answer):
    """One day: in dollars, and in the bytes that lay there."""

    day: dt.date
    usd: float
    hot_usd: float
    warm_usd: float
    cold_usd: float
    hot_bytes: int
    warm_bytes: int
    cold_bytes: int


class CostGroup(Answer):
    """One group, in dollars."""

    name: str = Field(examples=["hot", "s3-main", "s3-main/reports/"])
    usd: float
    before_usd: float | None = Field(description="In as many days before; null where not all of them are known.")
    share: float = Field(description="Of all, from 0 to 1.")
    size_bytes: int = Field(description="On the last day.")


class CostsOfDays(Answer):
    """A stretch of days, in dollars."""

    since: dt.date
    until: dt.date
    usd: float
    before_usd: float | None = Field(description="In as many days before; null where not all of them are known.")
    days: list[CostOfDay] = Field(description="Days that were worked out; others are left out.")
    groups: list[CostGroup] = Field(description="The dearest first.")
    parts: dict[str, float] = Field(description="What it was paid for.", examples=[{"storage": 1.5, "requests": 0.1}])


@router.get("")
def costs_of_days(query: Annotated[CostsQuery, Query()], caller: CallerDep, services: ServicesDep) -> CostsOfDays:
    """See what the last days cost, as the biller works it out from the price books."""
    until = (services.clock() - dt.timedelta(days=1)).date()
    since = until - dt.timedelta(days=query.days - 1)
    before = since - dt.timedelta(days=query.days)
    found = cost_report(services.catalog.cost_days(before, until, owner=caller.sees_owner), since, until, query.split)
    return CostsOfDays(
        since=since,
        until=until,
        usd=dollars(found.now),
        before_usd=None if found.before is None else dollars(found.before),
        days=[
            CostOfDay(
                day=day,
                usd=dollars(sum(tiers.values())),
                **{f"{tier.value}_usd": dollars(amount) for tier, amount in tiers.items()},
                **{f"{tier.value}_bytes": size for tier, size in found.sizes[day].items()},
            )
            for day, tiers in found.days
        ],
        groups=[
            CostGroup(
                name=group.name,
                usd=dollars(group.now),
                before_usd=None if found.before is None else dollars(group.before),
                share=group.now / found.now if found.now else 0.0,
                size_bytes=group.size_bytes,
            )
            for group in found.groups
        ],
        parts={part.value: dollars(amount) for part, amount in found.parts.items()},
    )
