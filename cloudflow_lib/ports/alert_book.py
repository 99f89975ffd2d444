"""What we ask of the catalogue about alerts: rules, readings, alerts, and calls of webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.alert_rules import Reading, Rule, Signal
from cloudflow_lib.domain.alerts import Alert
from cloudflow_lib.domain.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCall:
    """One event on its way to one webhook."""

    call_id: str
    """Of the event, so that the receiver recognises a repetition."""
    rule_id: str
    user: str
    body: bytes
    made_at: datetime
    next_try_at: datetime
    attempts: int = 0
    fence: int = 0
    reason: str | None = None


class AlertBook(Protocol):
    """Remember what is watched and what was found."""

    def add_default_rules(self, rules: Sequence[Rule]) -> None:
        """Add those that were never there; one that somebody changed or deleted stays so."""
        ...

    def save_rule(self, rule: Rule) -> None:
        """
        Write *rule*: a new one, or one that still has the fence it was read with.

        Raises:
            LostRaceError: Somebody changed it meanwhile.
        """
        ...

    def delete_rule(self, rule_id: str) -> None: ...

    def rule(self, rule_id: str) -> Rule:
        """Return it, or raise NotFoundError."""
        ...

    def rules(self, owner: str | None = None) -> Sequence[Rule]:
        """Return the rules of *owner*, None for everybody's, by name."""
        ...

    def add_readings(self, readings: Sequence[Reading]) -> None: ...

    def readings(
        self, signal: Signal, since: datetime, *, user: str | None = None, scope: str | None = None
    ) -> Sequence[Reading]:
        """Return what *signal* was since then, oldest first; None means any."""
        ...

    def open_alerts(self, rule_id: str) -> Sequence[Alert]: ...

    def put_alert(self, before: Alert | None, after: Alert, events: Sequence[Event]) -> bool:
        """
        Write *after* with its events in one update; False if the alert is not as it was *before* any more.

        A rule has one open alert about a source: a second one is not written.
        """
        ...

    def alert(self, alert_id: str) -> Alert:
        """Return it, or raise NotFoundError."""
        ...

    def alerts(self, owner: str | None = None, *, only_open: bool = False, limit: int = 100) -> Sequence[Alert]:
        """Return the alerts that fired, the last changed first; owner None is everybody's."""
        ...

    def queue_calls(self, calls: Sequence[WebhookCall]) -> None:
        """Remember *calls*, each once by its id."""
        ...

    def claim_call(self, now: datetime, until: datetime) -> WebhookCall | None:
        """Return a call that may be tried now, for this caller alone until then."""
        ...

    def end_call(self, call: WebhookCall) -> None: ...

    def try_call_later(self, call: WebhookCall, at: datetime, reason: str) -> None: ...
