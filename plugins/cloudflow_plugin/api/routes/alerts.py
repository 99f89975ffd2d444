"""Alerts: what fires, and the rules that say when."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field

from cloudflow_lib.domain import alerts as found
from cloudflow_lib.domain.alert_rules import Signal, Silence
from cloudflow_lib.domain.alert_words import about, shown
from cloudflow_lib.domain.alerts import AlertState
from cloudflow_lib.domain.notifications import Level
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.workflows import keep_rules
from cloudflow_lib.workflows.evaluate_alerts import acknowledge_alert
from cloudflow_lib.workflows.keep_rules import (
    change_rule,
    delete_rule,
    make_rule,
    silence_rule,
    try_rule,
    visible_rule,
)
from cloudflow_lib.workflows.services import Services
from cloudflow_plugin.api.callers import Caller, CallerDep, WriterDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.etags import IfMatch, require_match
from cloudflow_plugin.api.fields import Answer, Handle, Limit, Moment, Request, Text
from cloudflow_plugin.api.replays import NO_STORE
from cloudflow_plugin.api.routes.alert_forms import KeptRule, Rule, RuleBody, kept_out, rule_out

router = APIRouter(prefix="/alerts", tags=["alerts"])

PREVIEWED = 200


class Alert(Answer):
    """One time that a rule's signal was too high."""

    alert_id: str
    rule_id: str
    owner: str
    name: str
    about: str = Field(description="Whose signal, and of what.", examples=["team-docs s3-main"])
    signal: Signal
    level: Level
    state: AlertState
    value: float
    peak: float
    threshold: float
    shown: str = Field(description="The value as people read it.", examples=["91.5 %"])
    began_at: AwareDatetime
    fired_at: AwareDatetime | None
    changed_at: AwareDatetime
    acknowledged_by: str | None
    escalated_at: AwareDatetime | None
    resolved_at: AwareDatetime | None


class Alerts(Answer):
    """Alerts, the last changed first."""

    alerts: list[Alert]


class AlertsQuery(Request):
    """Which to list."""

    state: Literal["open", "all"] = "open"
    limit: Limit = 100


class Rules(Answer):
    """Rules by name."""

    rules: list[Rule]


class SilenceBody(Request):
    """A time in which a rule says nothing."""

    begins_at: Moment | None = Field(None, description="Left out: now.")
    ends_at: Moment
    reason: Text = ""


class PreviewOut(Answer):
    """What a rule would have fired on in the last 30 days."""

    fired: int
    readings: int = Field(description="How many readings there are to judge by.")
    first_at: AwareDatetime | None
    last_at: AwareDatetime | None
    by_day: dict[str, int]
    alerts: list[Alert]


@router.get("")
def list_alerts(query: Annotated[AlertsQuery, Query()], caller: CallerDep, services: ServicesDep) -> Alerts:
    """See what fires, and what did."""
    listed = services.catalog.alerts(caller.sees_owner, only_open=query.state == "open", limit=query.limit)
    return Alerts(alerts=[_told(one) for one in listed])


@router.get("/rules")
def list_rules(caller: CallerDep, services: ServicesDep) -> Rules:
    """See what is watched."""
    return Rules(rules=[rule_out(rule) for rule in services.catalog.rules(caller.sees_owner)])


@router.post("/rules", status_code=201)
def add_rule(body: RuleBody, caller: WriterDep, services: ServicesDep, response: Response) -> KeptRule:
    """Watch something; the secret of a webhook is told in this answer and never again."""
    return _kept(make_rule(caller.user, body.fields(), services), response)


@router.post("/rules/preview")
def preview_rule(body: RuleBody, caller: CallerDep, services: ServicesDep) -> PreviewOut:
    """See what a rule would have fired on in the last 30 days, before it is kept."""
    seen = try_rule(caller.user, body.fields(), services)
    return PreviewOut(
        fired=len(seen.alerts),
        readings=seen.readings,
        first_at=seen.first_at,
        last_at=seen.last_at,
        by_day=dict(seen.by_day),
        alerts=[_told(one) for one in seen.alerts[-PREVIEWED:]],
    )


@router.get("/rules/{rule_id}")
def one_rule(rule_id: Handle, caller: CallerDep, services: ServicesDep) -> Rule:
    """Look at one rule."""
    return rule_out(visible_rule(rule_id, caller.user, services))


@router.put("/rules/{rule_id}")
def put_rule(
    rule_id: Handle,
    body: RuleBody,
    caller: WriterDep,
    services: ServicesDep,
    response: Response,
    if_match: IfMatch = None,
) -> KeptRule:
    """Change a rule; a webhook with another address gets another secret."""
    before = visible_rule(rule_id, caller.user, services)
    require_match(if_match, rule_out(before))
    return _kept(change_rule(before, body.fields(), services), response)


@router.delete("/rules/{rule_id}", status_code=204)
def remove_rule(rule_id: Handle, caller: WriterDep, services: ServicesDep) -> None:
    """Stop watching; what fires by this rule ends."""
    delete_rule(rule_id, caller.user, services)


@router.post("/rules/{rule_id}/silence")
def silence(rule_id: Handle, body: SilenceBody, caller: WriterDep, services: ServicesDep) -> Rule:
    """Let a rule say nothing for a while; what fires still then is told when the silence is over."""
    begins_at = body.begins_at or services.clock()
    wanted = Silence(begins_at=begins_at, ends_at=body.ends_at, reason=body.reason, by=caller.user)
    return rule_out(silence_rule(rule_id, caller.user, wanted, services))


@router.get("/{alert_id}")
def one_alert(alert_id: Handle, caller: CallerDep, services: ServicesDep) -> Alert:
    """Look at one alert."""
    return _told(_visible(alert_id, caller, services))


@router.post("/{alert_id}/acknowledge")
def acknowledge(alert_id: Handle, caller: WriterDep, services: ServicesDep) -> Alert:
    """Say that you take care of it: it is passed on to nobody else."""
    _visible(alert_id, caller, services)
    return _told(acknowledge_alert(alert_id, caller.user, services))


def _kept(kept: keep_rules.KeptRule, response: Response) -> KeptRule:
    if kept.new_secret is not None:
        response.headers["Cache-Control"] = NO_STORE
    return kept_out(kept)


def _visible(alert_id: str, caller: Caller, services: Services) -> found.Alert:
    alert = services.catalog.alert(alert_id)
    if not caller.may_see(alert.owner):
        raise NotFoundError(f"there is no alert {alert_id!r}")
    return alert


def _told(alert: found.Alert) -> Alert:
    return Alert(
        alert_id=alert.alert_id,
        rule_id=alert.rule_id,
        owner=alert.owner,
        name=alert.name,
        about=about(alert),
        signal=alert.signal,
        level=alert.level,
        state=alert.state,
        value=alert.value,
        peak=alert.peak,
        threshold=alert.threshold,
        shown=shown(alert.signal, alert.value),
        began_at=alert.began_at,
        fired_at=alert.fired_at,
        changed_at=alert.changed_at,
        acknowledged_by=alert.acknowledged_by,
        escalated_at=alert.escalated_at,
        resolved_at=alert.resolved_at,
    )
