"""
Budgets: what a month may cost, of a user, a location or a prefix.

A budget is a rule on what the month will have cost, so that whoever sets one hears of it as of every
alert: once when the forecast goes beyond it, and once when it is back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cloudflow_lib.domain.alert_rules import Comparison, Rule, Signal
from cloudflow_lib.domain.cost_signals import month_end, narrowed
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.workflows.keep_rules import change_rule, delete_rule, make_rule, visible_rule
from cloudflow_lib.workflows.read_costs import LOOKED_BACK, whose
from cloudflow_lib.workflows.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A budget, and where this month stands."""

    rule: Rule
    of_user: str
    """Empty for everybody's sum."""
    spent_usd: float
    """By the days of this month that were worked out."""
    expected_usd: float
    """With what the rest of the month is forecast to cost."""

    @property
    def limit_usd(self) -> float:
        """Return what the month may cost."""
        return self.rule.limit or 0.0

    @property
    def share(self) -> float:
        """Return how much of it is expected to be spent, 1 being all."""
        return self.expected_usd / self.limit_usd


def is_budget(rule: Rule) -> bool:
    """Return whether *rule* is one."""
    return rule.signal is Signal.COST_THIS_MONTH and rule.comparison is Comparison.SHARE


def budgets(owner: str | None, services: Services) -> Sequence[Budget]:
    """
    Return the budgets that *owner* set, or all, and where they stand; those that need attention first.

    What an administrator set for others is not shown to them any more once they are none.
    """
    rules = [rule for rule in services.catalog.rules(owner) if is_budget(rule)]
    found = _standing([rule for rule in rules if owner is None or rule.of_user in (None, owner)], services)
    return sorted(found, key=lambda one: (-one.share, one.rule.name))


def set_budget(user: str, wanted: Mapping[str, Any], services: Services) -> Budget:
    """Set a budget, given as fields of `Rule`; see `make_rule`."""
    return _standing([make_rule(user, _as_rule(wanted), services).rule], services)[0]


def change_budget(budget_id: str, user: str, wanted: Mapping[str, Any], services: Services) -> Budget:
    """Change a budget; see `change_rule`."""
    before = _required(budget_id, user, services)
    return _standing([change_rule(before, _as_rule(wanted), services).rule], services)[0]


def drop_budget(budget_id: str, user: str, services: Services) -> None:
    """Forget a budget; its alert ends."""
    _required(budget_id, user, services)
    delete_rule(budget_id, user, services)


def _required(budget_id: str, user: str, services: Services) -> Rule:
    if not is_budget(rule := visible_rule(budget_id, user, services)):
        raise NotFoundError(f"there is no budget {budget_id!r}")
    return rule


def _as_rule(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**wanted, "signal": Signal.COST_THIS_MONTH, "comparison": Comparison.SHARE}


def _standing(rules: Sequence[Rule], services: Services) -> list[Budget]:
    if not rules:
        return []
    yesterday = (services.clock() - timedelta(days=1)).date()
    days = services.catalog.cost_days(yesterday - LOOKED_BACK, yesterday)
    found = []
    for rule in rules:
        of_user = whose(rule, services)
        mine = narrowed(days, of_user, rule.scope)
        spent, expected = month_end(mine, yesterday, services.forecast_costs)
        found.append(Budget(rule=rule, of_user=of_user, spent_usd=spent, expected_usd=expected))
    return found
