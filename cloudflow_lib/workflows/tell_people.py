"""Those who act on events so that people hear of them: in the bell, and by mail."""

from __future__ import annotations

from collections.abc import Sequence

from cloudflow_lib.domain.events import (
    Event,
    Fact,
    FileReclassified,
    FileUploaded,
    MailRefused,
    MailRequested,
    MigrationBatchEnded,
)
from cloudflow_lib.workflows.notify_people import notify_people
from cloudflow_lib.workflows.send_mail import queue_mail, send_due_mail
from cloudflow_lib.workflows.services import Services


class BellHandler:
    """Makes notifications of events."""

    name = "notifications"
    reads: Sequence[type[Fact]] = (MigrationBatchEnded, FileUploaded, FileReclassified, MailRefused)

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
