"""Those who act on events so that people hear of them: in the bell, and by mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cloudflow_lib.domain.events import (
    AlertChanged,
    Event,
    Fact,
    FileReclassified,
    FileUploaded,
    MailRefused,
    MailRequested,
    MigrationBatchEnded,
    RecommendationMade,
)
from cloudflow_lib.workflows.call_webhooks import make_calls, queue_calls
from cloudflow_lib.workflows.evaluate_alerts import evaluate_alerts
from cloudflow_lib.workflows.notify_people import notify_people
from cloudflow_lib.workflows.send_mail import queue_mail, send_due_mail
from cloudflow_lib.workflows.services import Services

EVERY = timedelta(minutes=1)
SETTLE = timedelta(seconds=5)
"""Until those who count events have counted one."""


class BellHandler:
    """Makes notifications of events."""

    name = "notifications"
    reads: Sequence[type[Fact]] = (
        MigrationBatchEnded,
        FileUploaded,
        FileReclassified,
        RecommendationMade,
        AlertChanged,
        MailRefused,
    )

    def __init__(self, services: Services) -> None:
        self._services = services

    def handle(self, events: Sequence[Event]) -> None:
        """Write the notifications that *events* call for."""
        if events:
            notify_people(events, self._services.catalog)


class MailHandler:
    """Takes requests for mails from their topic, and sends what is due; its clock brings the digests."""

    name = "mail"
    reads: Sequence[type[Fact]] = (MailRequested,)

    def __init__(self, services: Services) -> None:
        self._services = services

    def handle(self, events: Sequence[Event]) -> None:
        """
        Remember what *events* ask for, and send what is due.

        What cannot be sent now waits in the catalogue: trouble with the mail server holds up no event.
        """
        requests = [event for event in events if isinstance(event, MailRequested)]
        if requests:
            queue_mail(requests, self._services)
        send_due_mail(self._services)


class AlertHandler:
    """Judges the rules once a minute, and a moment after a run has ended."""

    name = "alerts"
    reads: Sequence[type[Fact]] = (MigrationBatchEnded,)

    def __init__(self, services: Services) -> None:
        self._services = services
        self._next_at = services.clock()

    def handle(self, events: Sequence[Event]) -> None:
        """Judge the rules when it is time; *events* bring that forward, once they have been counted."""
        now = self._services.clock()
        # Never further away than a minute: clocks are set back.
        self._next_at = min(self._next_at, now + (SETTLE if events else EVERY))
        if now >= self._next_at:
            self._next_at = now + EVERY
            evaluate_alerts(self._services)


class WebhookHandler:
    """Calls webhooks about alerts; trouble with one of them holds up no event."""

    name = "webhooks"
    reads: Sequence[type[Fact]] = (AlertChanged,)

    def __init__(self, services: Services) -> None:
        self._services = services

    def handle(self, events: Sequence[Event]) -> None:
        """Remember the calls that *events* need, and make those that are due."""
        changed = [event for event in events if isinstance(event, AlertChanged)]
        if changed:
            queue_calls(changed, self._services)
        make_calls(self._services)
