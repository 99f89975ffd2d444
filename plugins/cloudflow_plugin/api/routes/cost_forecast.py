"""What the coming days will cost."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from cloudflow_lib.domain.charges import DAYS_PER_MONTH
from cloudflow_lib.domain.cost_history import daily_costs
from cloudflow_lib.workflows.known_transitions import known_transitions
from cloudflow_lib.workflows.sum_savings import sum_savings
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer, Request
from ml.forecast.costs import FEWEST_DAYS, History, forecast

router = APIRouter(prefix="/costs/forecast", tags=["money"])

LOOKED_BACK = dt.timedelta(days=400)


class ForecastQuery(Request):
    """How far to look ahead."""

    days: int = Field(30, ge=1, le=90)


class ForecastDay(Answer):
    """One coming day, in dollars."""

    day: dt.date
    usd: float
    low_usd: float = Field(description="Four days in five cost between this and `high_usd`.")
    high_usd: float


class CostForecast(Answer):
    """The coming days together and one by one, in dollars; null where the past is too short to tell."""

    usd: float | None
    low_usd: float | None = Field(description="Four times in five the sum lies between this and `high_usd`.")
    high_usd: float | None
    with_all_moves_usd: float | None = Field(description="If all that is recommended were moved at once.")
    days: list[ForecastDay]
    known_days: int = Field(description="Days of costs that it was worked out from.")
    needed_days: int = Field(description="With fewer nothing is told.")


@router.get("")
def forecast_of_costs(
    query: Annotated[ForecastQuery, Query()], caller: CallerDep, services: ServicesDep
) -> CostForecast:
    """See what the coming days will cost, and within which bounds."""
    yesterday = (services.clock() - dt.timedelta(days=1)).date()
    known = services.catalog.cost_days(yesterday - LOOKED_BACK, yesterday, owner=caller.sees_owner)
    stock, use = daily_costs(known, yesterday)
    if len(stock) < FEWEST_DAYS:
        return CostForecast(
            usd=None,
            low_usd=None,
            high_usd=None,
            with_all_moves_usd=None,
            days=[],
            known_days=len(stock),
            needed_days=FEWEST_DAYS,
        )
    first = yesterday - dt.timedelta(days=len(stock) - 1)
    leaving = known_transitions(caller.sees_owner, first, services)
    found = forecast(History(stock=stock, use=use, leaving=leaving), query.days)
    whole = float(found.middle.sum())
    saved = sum_savings(caller.sees_owner, services).found_per_month * query.days / float(DAYS_PER_MONTH)
    bounds = zip(found.middle.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
    return CostForecast(
        usd=whole,
        low_usd=found.total_low,
        high_usd=found.total_high,
        with_all_moves_usd=max(whole - saved, 0.0),
        days=[
            ForecastDay(day=yesterday + dt.timedelta(days=number), usd=middle, low_usd=low, high_usd=high)
            for number, (middle, low, high) in enumerate(bounds, 1)
        ],
        known_days=len(stock),
        needed_days=FEWEST_DAYS,
    )
