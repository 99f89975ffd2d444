"""Budgets: what a month may cost, and where it stands."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from cloudflow_lib.domain.alert_rules import Channel
from cloudflow_lib.workflows import keep_budgets
from cloudflow_lib.workflows.keep_budgets import change_budget, drop_budget, set_budget
from cloudflow_plugin.api.callers import CallerDep, WriterDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer, Handle, Key, Request
from cloudflow_plugin.api.routes.alert_forms import Name

router = APIRouter(prefix="/costs/budgets", tags=["money"])

PERCENT = 100.0


class BudgetBody(Request):
    """What a month may cost, and when to say so."""

    name: Name = Field(examples=["Documents, a month"])
    limit_usd: float = Field(ge=0.01, le=1e12, description="What the month may cost.")
    tell_at_percent: float = Field(
        PERCENT, gt=0, le=1000, description="An alert begins when so much of it is expected to be spent."
    )
    of_user: Handle | None = Field(None, description="Left out: your own; of an administrator everybody's sum.")
    location_id: Handle | None = Field(None, description="Left out: all locations together.")
    prefix: Key = Field("", description="Only below this first part of keys.", examples=["reports/"])
    channels: list[Channel] = Field(default=[Channel.IN_APP, Channel.EMAIL], max_length=2)
    enabled: bool = True

    def fields(self) -> dict[str, Any]:
        """Return them as fields of the domain's `Rule`."""
        return {
            "name": self.name,
            "limit": self.limit_usd,
            "threshold": self.tell_at_percent,
            "of_user": self.of_user,
            "location_id": self.location_id,
            "prefix": self.prefix,
            "channels": frozenset(self.channels) - {Channel.WEBHOOK},
            "is_enabled": self.enabled,
        }


class Budget(Answer):
    """A budget, and where this month stands."""

    budget_id: str = Field(description="Also the id of the rule that watches it.")
    owner: str = Field(description="Who set it, and hears of it.")
    name: str
    of_user: str = Field(description="Whose costs; empty for everybody's sum.")
    location_id: str | None
    prefix: str
    limit_usd: float
    tell_at_percent: float
    spent_usd: float = Field(description="By the days of this month that were worked out.")
    expected_usd: float = Field(description="At the end of the month, with what the rest of it is forecast to cost.")
    share: float = Field(description="Of the limit that is expected to be spent, 1 being all.")
    state: Literal["fine", "near", "over"]
    channels: list[Channel]
    enabled: bool


class Budgets(Answer):
    """Budgets, those that need attention first."""

    budgets: list[Budget]


@router.get("")
def list_budgets(caller: CallerDep, services: ServicesDep) -> Budgets:
    """See the budgets, and where this month stands."""
    return Budgets(budgets=[_told(one) for one in keep_budgets.budgets(caller.sees_owner, services)])


@router.post("", status_code=201)
def add_budget(body: BudgetBody, caller: WriterDep, services: ServicesDep) -> Budget:
    """Set a budget: whoever set it hears when the month is expected to cost more."""
    return _told(set_budget(caller.user, body.fields(), services))


@router.put("/{budget_id}")
def put_budget(budget_id: Handle, body: BudgetBody, caller: WriterDep, services: ServicesDep) -> Budget:
    """Change a budget."""
    return _told(change_budget(budget_id, caller.user, body.fields(), services))


@router.delete("/{budget_id}", status_code=204)
def remove_budget(budget_id: Handle, caller: WriterDep, services: ServicesDep) -> None:
    """Forget a budget; its alert ends."""
    drop_budget(budget_id, caller.user, services)


def _told(budget: keep_budgets.Budget) -> Budget:
    rule = budget.rule
    near = "near" if budget.share * PERCENT > rule.threshold else "fine"
    return Budget(
        budget_id=rule.rule_id,
        owner=rule.owner,
        name=rule.name,
        of_user=budget.of_user,
        location_id=rule.location_id,
        prefix=rule.prefix,
        limit_usd=budget.limit_usd,
        tell_at_percent=rule.threshold,
        spent_usd=budget.spent_usd,
        expected_usd=budget.expected_usd,
        share=budget.share,
        state="over" if budget.share > 1 else near,
        channels=sorted(rule.channels),
        enabled=rule.is_enabled,
    )
