"""Read what rules watch of costs, from the days that were worked out: now, and as it was on past days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from cloudflow_lib.domain.alert_rules import FORECAST, Reading, Rule, Signal
from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.cost_signals import cost_signal, narrowed
from cloudflow_lib.workflows.services import Services

LOOKED_BACK = timedelta(days=150)
OF_PREFIXES = frozenset({Signal.STORED_BYTES, Signal.COST_PER_MONTH})
"""Read from the catalogue for whole locations; below prefixes, the days know it."""


def reads_days(rule: Rule) -> bool:
    """Return whether what *rule* watches is read from the days that were worked out."""
    return rule.signal in FORECAST or (bool(rule.prefix) and rule.signal in OF_PREFIXES)


def read_costs(rules: Sequence[Rule], services: Services, now: datetime) -> list[Reading]:
    """Read once what any of *rules* watches."""
    watching = [rule for rule in rules if reads_days(rule)]
    if not watching:
        return []
    yesterday = (now - timedelta(days=1)).date()
    days = services.catalog.cost_days(yesterday - LOOKED_BACK, yesterday)
    wanted = dict.fromkeys(
        (rule.signal, owner, rule.scope) for rule in watching for owner in _owners(rule, days, services)
    )
    found = []
    for signal, owner, scope in wanted:
        value = cost_signal(signal, narrowed(days, owner, scope), yesterday, services.forecast_costs)
        if value is not None:
            found.append(Reading(signal=signal, user=owner, scope=scope, value=value, at=now))
    return found


def past_costs(rule: Rule, since: datetime, services: Services) -> Iterator[Reading]:
    """Yield what *rule* would have read at the end of each day since then, as far as it was worked out."""
    yesterday = (services.clock() - timedelta(days=1)).date()
    days = services.catalog.cost_days(since.date() - LOOKED_BACK, yesterday)
    for owner in _owners(rule, days, services):
        mine = narrowed(days, owner, rule.scope)
        day = since.date()
        while day <= yesterday:
            value = cost_signal(rule.signal, mine, day, services.forecast_costs)
            if value is not None:
                yield Reading(signal=rule.signal, user=owner, scope=rule.scope, value=value, at=_end_of(day))
            day += timedelta(days=1)


def whose(rule: Rule, services: Services) -> str:
    """Return whose costs *rule* watches; empty for everybody's sum."""
    return rule.of_user or ("" if rule.owner in services.admins else rule.owner)


def _owners(rule: Rule, days: Sequence[CostDay], services: Services) -> Sequence[str]:
    owner = whose(rule, services)
    if owner or rule.signal in FORECAST:
        return [owner]
    return sorted({day.owner for day in days})


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
