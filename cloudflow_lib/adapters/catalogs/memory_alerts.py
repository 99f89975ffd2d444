"""Alerts in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.alert_rules import Reading, Rule, Signal
from cloudflow_lib.domain.alerts import OPEN, Alert
from cloudflow_lib.domain.events import Event
from cloudflow_lib.errors import LostRaceError, NotFoundError
from cloudflow_lib.ports.alert_book import WebhookCall

RULE_CHANGED = "somebody else changed this rule meanwhile: look at it again"


class MemoryAlerts(Shelves):
    """AlertBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._rules: dict[str, Rule] = {}
        self._deleted_rules: set[str] = set()
        self._readings: dict[tuple[str, datetime], Reading] = {}
        self._alerts: dict[str, Alert] = {}
        self._calls: dict[str, WebhookCall] = {}
        self._ended_calls: set[str] = set()

    def add_default_rules(self, rules: Sequence[Rule]) -> None:
        with self._lock:
            for rule in rules:
                if rule.rule_id not in self._deleted_rules:
                    self._rules.setdefault(rule.rule_id, rule)

    def save_rule(self, rule: Rule) -> None:
        with self._lock:
            known = self._rules.get(rule.rule_id)
            if rule.rule_id in self._deleted_rules or (known.fence if known else 0) != rule.fence:
                raise LostRaceError(RULE_CHANGED)
            self._rules[rule.rule_id] = replace(rule, fence=rule.fence + 1)

    def delete_rule(self, rule_id: str) -> None:
        with self._lock:
            self._rules.pop(rule_id, None)
            self._deleted_rules.add(rule_id)

    def rule(self, rule_id: str) -> Rule:
        with self._lock:
            if rule_id not in self._rules:
                raise NotFoundError(f"there is no rule {rule_id!r}")
            return self._rules[rule_id]

    def rules(self, owner: str | None = None) -> Sequence[Rule]:
        with self._lock:
            found = [rule for rule in self._rules.values() if owner is None or rule.owner == owner]
        return sorted(found, key=lambda rule: (rule.name, rule.rule_id))

    def add_readings(self, readings: Sequence[Reading]) -> None:
        with self._lock:
            self._readings |= {(one.source, one.at): one for one in readings}

    def readings(
        self, signal: Signal, since: datetime, *, user: str | None = None, scope: str | None = None
    ) -> Sequence[Reading]:
        with self._lock:
            found = [
                one
                for one in self._readings.values()
                if one.signal is signal
                and one.at >= since
                and (user is None or one.user == user)
                and (scope is None or one.scope == scope)
            ]
        return sorted(found, key=lambda one: (one.at, one.source))

    def open_alerts(self, rule_id: str) -> Sequence[Alert]:
        with self._lock:
            return [one for one in self._alerts.values() if one.rule_id == rule_id and one.state in OPEN]

    def put_alert(self, before: Alert | None, after: Alert, events: Sequence[Event]) -> bool:
        with self._lock:
            known = self._alerts.get(after.alert_id)
            if before is None:
                if known or any(one.source == after.source for one in self.open_alerts(after.rule_id)):
                    return False
            elif known is None or known.fence != before.fence:
                return False
            self._alerts[after.alert_id] = replace(after, fence=(before.fence if before else 0) + 1)
            self._tell(events)
            return True

    def alert(self, alert_id: str) -> Alert:
        with self._lock:
            if alert_id not in self._alerts:
                raise NotFoundError(f"there is no alert {alert_id!r}")
            return self._alerts[alert_id]

    def alerts(self, owner: str | None = None, *, only_open: bool = False, limit: int = 100) -> Sequence[Alert]:
        with self._lock:
            found = [
                one
                for one in self._alerts.values()
                if one.fired_at is not None
                and (owner is None or one.owner == owner)
                and (not only_open or one.state in OPEN)
            ]
        return sorted(found, key=lambda one: (one.changed_at, one.alert_id), reverse=True)[:limit]

    def queue_calls(self, calls: Sequence[WebhookCall]) -> None:
        with self._lock:
            for call in calls:
                if call.call_id not in self._ended_calls:
                    self._calls.setdefault(call.call_id, call)

    def claim_call(self, now: datetime, until: datetime) -> WebhookCall | None:
        with self._lock:
            free = [call for call in self._calls.values() if call.next_try_at <= now]
            if not free:
                return None
            found = min(free, key=lambda call: (call.next_try_at, call.call_id))
            claimed = replace(found, next_try_at=until, attempts=found.attempts + 1, fence=found.fence + 1)
            self._calls[found.call_id] = claimed
            return claimed

    def end_call(self, call: WebhookCall) -> None:
        with self._lock:
            if self._is_held_call(call):
                del self._calls[call.call_id]
                self._ended_calls.add(call.call_id)

    def try_call_later(self, call: WebhookCall, at: datetime, reason: str) -> None:
        with self._lock:
            if self._is_held_call(call):
                self._calls[call.call_id] = replace(call, next_try_at=at, reason=reason)

    def _is_held_call(self, call: WebhookCall) -> bool:
        known = self._calls.get(call.call_id)
        return known is not None and known.fence == call.fence
