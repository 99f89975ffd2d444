"""Judge every rule by what its signal is now, and tell what changed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from cloudflow_lib.domain.alert_rules import Channel, Comparison, Reading, Rule
from cloudflow_lib.domain.alert_words import WORDS, about, sentence
from cloudflow_lib.domain.alerts import BASELINE, RECENT, Alert, AlertState, Change, acknowledge, judge, usual_value
from cloudflow_lib.domain.default_rules import default_rules
from cloudflow_lib.domain.events import AlertChanged, AlertData, Event, MailRequested, MailWishData
from cloudflow_lib.domain.notifications import NotificationKind
from cloudflow_lib.errors import LostRaceError
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.take_readings import take_readings

log = logging.getLogger(__name__)

PATH = "alerts"


def evaluate_alerts(services: Services) -> int:
    """
    Take readings, judge all rules by them, and return how many alerts changed.

    Two who do so at once come to one alert: the second finds it there.
    """
    for admin in sorted(services.admins):
        services.catalog.add_default_rules(default_rules(admin))
    rules = [rule for rule in services.catalog.rules() if rule.is_enabled]
    running = {rule.rule_id: services.catalog.open_alerts(rule.rule_id) for rule in rules}
    readings = take_readings(services, rules, [alert for alerts in running.values() for alert in alerts])
    return sum(_evaluate(rule, running[rule.rule_id], readings, services) for rule in rules)


def _evaluate(rule: Rule, alerts: Sequence[Alert], readings: Sequence[Reading], services: Services) -> int:
    sees_all = rule.owner in services.admins
    running = {alert.source: alert for alert in alerts}
    # Of what its owner may not see any more no reading comes through, not even the one that would end it.
    unseen = [alert for alert in alerts if not rule.watches(_last_reading(alert), sees_all=sees_all)]
    changed = _end(rule, unseen, services)
    for reading in readings:
        if rule.watches(reading, sees_all=sees_all):
            before = running.get(reading.source)
            verdict = judge(rule, before, reading, _usual(rule, reading, services))
            if verdict.alert is None or verdict.alert == before:
                continue
            events = [event for change in verdict.changes for event in told(rule, verdict.alert, change)]
            changed += services.catalog.put_alert(before, verdict.alert, events) and bool(events)
    return changed


def _last_reading(alert: Alert) -> Reading:
    return Reading(signal=alert.signal, user=alert.user, scope=alert.scope, value=alert.value, at=alert.changed_at)


def _usual(rule: Rule, reading: Reading, services: Services) -> float | None:
    if rule.comparison is not Comparison.SPIKE:
        return None
    since = reading.at - BASELINE
    past = services.catalog.readings(reading.signal, since, user=reading.user, scope=reading.scope)
    return usual_value([one.value for one in past if one.at <= reading.at - RECENT])


def told(rule: Rule, alert: Alert, change: Change) -> list[Event]:
    """Return what is told of *change*, and to whom: its owner, and once it was passed on, the others too."""
    is_passed_on = change is Change.ESCALATED or alert.escalated_at is not None
    people = dict.fromkeys([rule.owner, *(rule.escalate_to if is_passed_on else ())])
    events: list[Event] = []
    for user in people:
        text = sentence(alert, change)
        data = AlertData(
            rule_id=rule.rule_id,
            name=rule.name,
            change=change,
            state=alert.state,
            level=alert.level,
            signal=alert.signal,
            about=about(alert),
            value=alert.value,
            peak=alert.peak,
            threshold=alert.threshold,
            text=text,
            channels=tuple(sorted(rule.channels)),
        )
        events.append(AlertChanged(subject=alert.alert_id, user=user, data=data))
        if Channel.EMAIL in rule.channels and change is not Change.ACKNOWLEDGED:
            wish = MailWishData(
                kind=NotificationKind.ALERT, level=alert.level, title=title(rule, change), lines=(text,), path=PATH
            )
            events.append(MailRequested(subject=alert.alert_id, user=user, data=wish))
    return events


def title(rule: Rule, change: Change) -> str:
    """Return the head of what people are told."""
    return f"{WORDS[change]}: {rule.name}"


def acknowledge_alert(alert_id: str, user: str, services: Services) -> Alert:
    """
    Note that *user* takes care of the alert: it is not passed on any more.

    Raises:
        WrongInputError: It does not fire.
        LostRaceError: It changed at this moment.
    """
    before = services.catalog.alert(alert_id)
    after = acknowledge(before, user, services.clock())
    if after == before:
        return before
    rule = services.catalog.rule(before.rule_id)
    if not services.catalog.put_alert(before, after, told(rule, after, Change.ACKNOWLEDGED)):
        raise LostRaceError("this alert changed at this moment: look at it again")
    return services.catalog.alert(alert_id)


def resolve_orphans(rule: Rule, services: Services) -> None:
    """End the open alerts of a rule that nobody judges any more."""
    _end(rule, services.catalog.open_alerts(rule.rule_id), services)


def _end(rule: Rule, alerts: Sequence[Alert], services: Services) -> int:
    """End *alerts*, whatever their signal is now; return of how many people were told."""
    now, changed = services.clock(), 0
    for alert in alerts:
        after = replace(alert, state=AlertState.RESOLVED, resolved_at=now, changed_at=now)
        events = told(rule, after, Change.RESOLVED) if alert.is_told else []
        changed += services.catalog.put_alert(alert, after, events) and bool(events)
    return changed
