"""Rules as they come in and go out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from cloudflow_lib.domain import alert_rules as known
from cloudflow_lib.domain.alert_rules import MOST_RECIPIENTS, Channel, Comparison, Signal
from cloudflow_lib.domain.endpoints import MAX_URL
from cloudflow_lib.domain.notifications import Level
from cloudflow_lib.workflows import keep_rules
from cloudflow_plugin.api.fields import WITHOUT_CONTROLS, Answer, Handle, Key, Request, Text

MOST_MINUTES = 7 * 24 * 60
MOST = 1e18

Name = Annotated[str, StringConstraints(pattern=WITHOUT_CONTROLS, min_length=1, max_length=120)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[\x21-\x7e]+$", max_length=MAX_URL)]


class RuleBody(Request):
    """What to watch, and whom to tell."""

    name: Name = Field(examples=["Documents cost more than $500"])
    signal: Signal
    comparison: Comparison = Comparison.ABOVE
    threshold: float = Field(
        ge=0,
        le=MOST,
        description="A value; for a spike how many times what is usual, for a share percent of the limit.",
    )
    clears_at: float | None = Field(None, ge=0, le=MOST, description="Ends the alert; left out: 9/10 of the threshold.")
    limit: float | None = Field(None, gt=0, le=MOST, description="What a share is of.")
    lasts_minutes: float = Field(0, ge=0, le=MOST_MINUTES, description="How long the trouble must last.")
    of_user: Handle | None = Field(None, description="Left out: whoever's you may see.")
    location_id: Handle | None = None
    prefix: Key = Field("", description="Only below this first part of keys.", examples=["reports/"])
    level: Level = Level.WARNING
    channels: list[Channel] = Field(default=[Channel.IN_APP, Channel.EMAIL], max_length=len(Channel))
    escalate_after_minutes: float | None = Field(None, gt=0, le=MOST_MINUTES)
    escalate_to: list[Handle] = Field(default_factory=list, max_length=MOST_RECIPIENTS)
    webhook_url: Url | None = None
    enabled: bool = True

    def fields(self) -> dict[str, Any]:
        """Return them as fields of the domain's `Rule`."""
        after = self.escalate_after_minutes
        return {
            "name": self.name,
            "signal": self.signal,
            "comparison": self.comparison,
            "threshold": self.threshold,
            "clears_at": self.clears_at,
            "limit": self.limit,
            "lasts": timedelta(minutes=self.lasts_minutes),
            "of_user": self.of_user,
            "location_id": self.location_id,
            "prefix": self.prefix,
            "level": self.level,
            "channels": frozenset(self.channels),
            "escalate_after": None if after is None else timedelta(minutes=after),
            "escalate_to": tuple(self.escalate_to),
            "webhook_url": self.webhook_url,
            "is_enabled": self.enabled,
        }


class SilenceOut(Answer):
    """A time in which the rule says nothing."""

    begins_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Text
    by: str


class Rule(Answer):
    """A rule as it is kept."""

    rule_id: str
    owner: str
    name: str
    signal: Signal
    comparison: Comparison
    threshold: float
    clears_at: float | None
    limit: float | None
    lasts_minutes: float
    of_user: str | None
    location_id: str | None
    prefix: str
    level: Level
    channels: list[Channel]
    escalate_after_minutes: float | None
    escalate_to: list[str]
    webhook_url: str | None
    enabled: bool
    silences: list[SilenceOut]


class KeptRule(Answer):
    """A rule, and the secret of its webhook if it got a new one: it is never told again."""

    rule: Rule
    webhook_secret: str | None


def rule_out(rule: known.Rule) -> Rule:
    """Return what is told about *rule*."""
    after = rule.escalate_after
    return Rule(
        rule_id=rule.rule_id,
        owner=rule.owner,
        name=rule.name,
        signal=rule.signal,
        comparison=rule.comparison,
        threshold=rule.threshold,
        clears_at=rule.clears_at,
        limit=rule.limit,
        lasts_minutes=rule.lasts.total_seconds() / 60,
        of_user=rule.of_user,
        location_id=rule.location_id,
        prefix=rule.prefix,
        level=rule.level,
        channels=sorted(rule.channels),
        escalate_after_minutes=None if after is None else after.total_seconds() / 60,
        escalate_to=list(rule.escalate_to),
        webhook_url=rule.webhook_url,
        enabled=rule.is_enabled,
        silences=[
            SilenceOut(begins_at=one.begins_at, ends_at=one.ends_at, reason=one.reason, by=one.by)
            for one in rule.silences
        ],
    )


def kept_out(kept: keep_rules.KeptRule) -> KeptRule:
    """Return what is told about a rule that was just kept."""
    return KeptRule(rule=rule_out(kept.rule), webhook_secret=kept.new_secret)
