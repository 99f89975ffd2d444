"""What a rule would have fired on in the past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudflow_lib.domain.alert_rules import Comparison, Reading, Rule
from cloudflow_lib.domain.alerts import BASELINE, RECENT, Alert, AlertState, judge, usual_value

USUAL_KEPT = timedelta(hours=1)
"""What is usual hardly changes within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a rule would have done on past readings."""

    alerts: tuple[Alert, ...] = ()
    readings: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    by_day: Mapping[str, int] = field(default_factory=dict)
    """Day -> how many began on it."""


def preview(rule: Rule, readings: Sequence[Reading], since: datetime) -> Preview:
    """Return which alerts *readings* would have been from *since* on; older ones say what was usual then."""
    sources: dict[str, list[Reading]] = {}
    for reading in sorted(readings, key=lambda one: one.at):
        sources.setdefault(reading.source, []).append(reading)
    found = [alert for of_one in sources.values() for alert in _alerts(rule, of_one, since)]
    found.sort(key=lambda one: (one.began_at, one.alert_id))
    counted = [one.at for one in readings if one.at >= since]
    return Preview(
        alerts=tuple(found),
        readings=len(counted),
        first_at=min(counted, default=None),
        last_at=max(counted, default=None),
        by_day=dict(sorted(Counter(one.began_at.date().isoformat() for one in found).items())),
    )


def _alerts(rule: Rule, readings: Sequence[Reading], since: datetime) -> list[Alert]:
    found: list[Alert] = []
    running: Alert | None = None
    usual, usual_at = None, None
    for reading in readings:
        if reading.at < since:
            continue
        if rule.comparison is Comparison.SPIKE and (usual_at is None or reading.at - usual_at >= USUAL_KEPT):
            usual, usual_at = _usual_at(readings, reading.at), reading.at
        running = judge(rule, running, reading, usual).alert
        if running is not None and running.state is AlertState.RESOLVED:
            found.append(running)
            running = None
    if running is not None:
        found.append(running)
    return [one for one in found if one.fired_at is not None]


def _usual_at(readings: Sequence[Reading], at: datetime) -> float | None:
    return usual_value([one.value for one in readings if at - BASELINE <= one.at <= at - RECENT])
