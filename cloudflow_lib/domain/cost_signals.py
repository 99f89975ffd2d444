"""What the costs of past days say to those who watch them, for one user, one location or one prefix."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from cloudflow_lib.domain.alert_rules import Signal
from cloudflow_lib.domain.charges import DAYS_PER_MONTH
from cloudflow_lib.domain.cost_days import CostDay, dollars
from cloudflow_lib.domain.cost_history import daily_costs
from cloudflow_lib.domain.timelines import Floats

Ahead = Callable[[Floats, Floats, int], Floats | None]
"""Takes the dollars of past days, of stock and of use, and forecasts so many days; None where they are too few."""

COMPARED_DAYS = 7


def narrowed(days: Sequence[CostDay], owner: str, scope: str) -> list[CostDay]:
    """
    Return the days of *owner*, of everybody if that is empty, with the lines below *scope*.

    That is a location, a prefix of one, or empty for all.
    """
    location_id, slash, prefix = scope.partition("/")
    return [
        replace(
            day,
            lines=tuple(
                line
                for line in day.lines
                if not scope or (line.location_id == location_id and (not slash or line.prefix == prefix))
            ),
        )
        for day in days
        if owner in ("", day.owner)
    ]


def cost_signal(signal: Signal, days: Sequence[CostDay], yesterday: date, ahead: Ahead) -> float | None:
    """Return what *signal* is after *yesterday*, from *days* of one owner and place; None where nobody can say."""
    known = [day for day in days if day.day <= yesterday]
    if not known:
        return None
    newest = max(day.day for day in known)
    last = [day for day in known if day.day == newest]
    match signal:
        case Signal.STORED_BYTES:
            return float(sum(line.size_bytes for day in last for line in day.lines))
        case Signal.COST_PER_MONTH:
            return dollars(sum(day.nanodollars for day in last)) * float(DAYS_PER_MONTH)
        case Signal.COST_THIS_MONTH:
            return month_end(known, yesterday, ahead)[1]
        case Signal.COST_OVER_FORECAST:
            return _over_forecast(*daily_costs(known, yesterday), ahead)
        case _:
            return None


def month_end(days: Sequence[CostDay], yesterday: date, ahead: Ahead) -> tuple[float, float]:
    """Return what the month of the day after *yesterday* has cost so far, and what it will have cost at its end."""
    stock, use = daily_costs(days, yesterday)
    today = yesterday + timedelta(days=1)
    passed = today.day - 1
    left = monthrange(today.year, today.month)[1] - passed
    whole = stock + use
    spent = float(whole[len(whole) - min(passed, len(whole)) :].sum())
    if not len(whole):
        return 0.0, 0.0
    coming = ahead(stock, use, left)
    # Of less than a forecast needs, the coming days cost what the last ones did.
    rest = float(whole[-COMPARED_DAYS:].mean()) * left if coming is None else float(coming.sum())
    return spent, spent + rest


def _over_forecast(stock: Floats, use: Floats, ahead: Ahead) -> float | None:
    if len(stock) <= COMPARED_DAYS:
        return None
    expected = ahead(stock[:-COMPARED_DAYS], use[:-COMPARED_DAYS], COMPARED_DAYS)
    if expected is None or expected.sum() <= 0:
        return None
    actual = float((stock + use)[-COMPARED_DAYS:].sum())
    return max(100.0 * (actual / float(expected.sum()) - 1.0), 0.0)
