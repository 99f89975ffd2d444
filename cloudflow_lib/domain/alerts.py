"""
When something is wrong enough to say so, once, and when it is over.

A rule watches a signal. Each reading of it is judged by itself and by what was decided before: an alert
is held back until its trouble has lasted, fires once, is told once, and ends only when the value has
come back behind a second, lower mark, so that one that trembles around the threshold is one alert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cloudflow_lib.domain.alert_rules import Comparison, Reading, Rule, Signal
from cloudflow_lib.domain.notifications import Level, derived_id
from cloudflow_lib.errors import WrongInputError

READINGS_KEPT = timedelta(days=35)
BASELINE = timedelta(days=7)
RECENT = timedelta(hours=1)
"""What a spike is made of does not count for what is usual."""
FEWEST_READINGS = 24
"""Of less nobody can say what is usual."""
USUAL = 0.95
CLEARS_AT = 0.9
"""Of the threshold, unless the rule says otherwise."""
PERCENT = 100


class AlertState(StrEnum):
    """Where an alert stands."""

    PENDING = "pending"
    """It has not lasted long enough yet."""
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


OPEN = frozenset({AlertState.PENDING, AlertState.FIRING, AlertState.ACKNOWLEDGED})


class Change(StrEnum):
    """What is told of an alert."""

    FIRED = "fired"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One time that a rule's signal was too high, from its beginning to its end."""

    alert_id: str
    rule_id: str
    owner: str
    name: str
    source: str
    user: str
    scope: str
    signal: Signal
    level: Level
    state: AlertState = AlertState.PENDING
    threshold: float
    """The value that is too much, whatever the comparison; of a spike, the one when it began."""
    limit: float | None = None
    """What the threshold is a share of, if it is one."""
    value: float
    peak: float
    began_at: datetime
    changed_at: datetime
    fired_at: datetime | None = None
    is_told: bool = False
    acknowledged_by: str | None = None
    escalated_at: datetime | None = None
    resolved_at: datetime | None = None
    fence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a reading means for an alert, and what of it is told."""

    alert: Alert | None
    changes: tuple[Change, ...] = ()


def usual_value(values: Sequence[float]) -> float | None:
    """Return what *values* rarely exceed, None if they are too few to say."""
    if len(values) < FEWEST_READINGS:
        return None
    in_order = sorted(values)
    return in_order[min(int(len(in_order) * USUAL), len(in_order) - 1)]


def marks(rule: Rule, usual: float | None) -> tuple[float, float] | None:
    """Return above which value the rule fires and at which it clears, None if nobody can say."""
    lower = rule.threshold * CLEARS_AT if rule.clears_at is None else rule.clears_at
    if rule.comparison is Comparison.ABOVE:
        return rule.threshold, lower
    if rule.comparison is Comparison.SHARE:
        return (rule.limit or 0.0) * rule.threshold / PERCENT, (rule.limit or 0.0) * lower / PERCENT
    return None if not usual else (usual * rule.threshold, usual * max(lower, 1.0))


def judge(rule: Rule, open_alert: Alert | None, reading: Reading, usual: float | None = None) -> Verdict:
    """Decide what *reading* means; *open_alert* is the rule's alert about the same source, if one is open."""
    limits = marks(rule, usual)
    if limits is None:
        if open_alert is None:
            return Verdict(alert=None)
        limits = open_alert.threshold, open_alert.threshold  # what is usual was forgotten: what began it decides
    upper, lower = limits
    if open_alert is None:
        if reading.value <= upper:
            return Verdict(alert=None)
        return _fire_when_it_lasts(rule, _begun(rule, reading, upper), reading.at)
    now = reading.at
    seen = replace(open_alert, value=reading.value, peak=max(open_alert.peak, reading.value))
    if rule.comparison is Comparison.SPIKE:
        # It moves what is usual: what began it goes on deciding when it is over.
        floor = min(lower, open_alert.threshold)
    else:
        # Whoever allows more ends the alert about what is allowed now, without a lower mark.
        floor = upper if upper > open_alert.threshold else lower
        seen = replace(seen, threshold=upper, limit=rule.limit)
    if reading.value <= floor or (seen.state is AlertState.PENDING and reading.value <= upper):
        return _over(seen, now)
    if seen.state is AlertState.PENDING:
        return _fire_when_it_lasts(rule, seen, now)
    return _tell_late_or_escalate(rule, seen, now)


def _begun(rule: Rule, reading: Reading, upper: float) -> Alert:
    return Alert(
        alert_id=derived_id(rule.rule_id, reading.source, reading.at.isoformat()),
        rule_id=rule.rule_id,
        owner=rule.owner,
        name=rule.name,
        source=reading.source,
        user=reading.user,
        scope=reading.scope,
        signal=rule.signal,
        level=rule.level,
        threshold=upper,
        limit=rule.limit,
        value=reading.value,
        peak=reading.value,
        began_at=reading.at,
        changed_at=reading.at,
    )


def _fire_when_it_lasts(rule: Rule, alert: Alert, now: datetime) -> Verdict:
    if now - alert.began_at < rule.lasts:
        return Verdict(alert=alert)
    is_silent = rule.is_silent(now)
    fired = replace(alert, state=AlertState.FIRING, fired_at=now, changed_at=now, is_told=not is_silent)
    return Verdict(alert=fired, changes=() if is_silent else (Change.FIRED,))


def _tell_late_or_escalate(rule: Rule, alert: Alert, now: datetime) -> Verdict:
    if rule.is_silent(now):
        return Verdict(alert=alert)
    if not alert.is_told:
        return Verdict(alert=replace(alert, is_told=True, changed_at=now), changes=(Change.FIRED,))
    waited = now - (alert.fired_at or now)
    is_waiting = alert.state is AlertState.FIRING and alert.escalated_at is None
    if rule.escalate_after is not None and is_waiting and waited >= rule.escalate_after:
        return Verdict(alert=replace(alert, escalated_at=now, changed_at=now), changes=(Change.ESCALATED,))
    return Verdict(alert=alert)


def _over(alert: Alert, now: datetime) -> Verdict:
    ended = replace(alert, state=AlertState.RESOLVED, resolved_at=now, changed_at=now)
    # Whoever was told that it began is told that it ended, silence or not.
    return Verdict(alert=ended, changes=(Change.RESOLVED,) if alert.is_told else ())


def acknowledge(alert: Alert, by: str, now: datetime) -> Alert:
    """Return the alert as somebody takes care of it; WrongInputError when it does not fire."""
    if alert.state is AlertState.ACKNOWLEDGED:
        return alert
    if alert.state is not AlertState.FIRING:
        raise WrongInputError(f"this alert is {alert.state}: only one that fires can be acknowledged")
    return replace(alert, state=AlertState.ACKNOWLEDGED, acknowledged_by=by, changed_at=now)
