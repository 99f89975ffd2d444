"""Alerts in words for people."""

from __future__ import annotations

from collections.abc import Mapping

from cloudflow_lib.domain.alert_rules import Signal
from cloudflow_lib.domain.alerts import Alert, Change

GIB = 1024**3


FORMS: Mapping[Signal, str] = {
    Signal.MIGRATIONS_FAILED: "{:,.0f} failed moves",
    Signal.ERROR_RATE: "{:,.1f} %",
    Signal.MOVE_SECONDS: "{:,.1f} s",
    Signal.REQUEST_SECONDS: "{:,.1f} s",
    Signal.KAFKA_LAG: "{:,.0f} waiting events",
    Signal.DISK_PERCENT: "{:,.1f} %",
    Signal.STORED_BYTES: "{:,.2f} GiB",
    Signal.COST_PER_MONTH: "${:,.2f} a month",
    Signal.READS_PER_DAY: "{:,.0f} reads a day",
    Signal.COST_THIS_MONTH: "${:,.2f} for this month",
    Signal.COST_OVER_FORECAST: "{:,.1f} % over the forecast",
    Signal.ACCESS_ANOMALY: "{:,.1f} deviations from the usual",
}

WORDS: Mapping[Change, str] = {
    Change.FIRED: "Alert",
    Change.ESCALATED: "Nobody takes care of it",
    Change.ACKNOWLEDGED: "Taken care of",
    Change.RESOLVED: "Over",
}


def shown(signal: Signal, value: float) -> str:
    """Return *value* as people read it."""
    return FORMS[signal].format(value / GIB if signal is Signal.STORED_BYTES else value)


def about(alert: Alert) -> str:
    """Return whose signal it is, and of what."""
    return " ".join(part for part in (alert.user, alert.scope) if part) or "the platform"


def _limit(alert: Alert) -> str:
    limit = shown(alert.signal, alert.threshold)
    if not alert.limit or alert.limit == alert.threshold:
        return limit
    return f"{limit}, {100 * alert.threshold / alert.limit:,.0f} % of {shown(alert.signal, alert.limit)}"


def sentence(alert: Alert, change: Change) -> str:
    """Return what happened in one line."""
    now, limit = shown(alert.signal, alert.value), _limit(alert)
    match change:
        case Change.RESOLVED:
            # A signal that came back is below the limit: else its rule was taken away, or the right to see it.
            end = f"back at {now}" if alert.value <= alert.threshold else "not watched any more"
            return f"{about(alert)} is {end}; it was at {shown(alert.signal, alert.peak)}, the limit is {limit}"
        case Change.ACKNOWLEDGED:
            return f"{alert.acknowledged_by} takes care of it: {about(alert)} is at {now}, the limit is {limit}"
        case Change.ESCALATED:
            since = f"{alert.fired_at:%H:%M} UTC" if alert.fired_at else "a while"
            return f"nobody took care of it since {since}: {about(alert)} is at {now}, the limit is {limit}"
        case Change.FIRED:
            return f"{about(alert)} is at {now}, the limit is {limit}"
