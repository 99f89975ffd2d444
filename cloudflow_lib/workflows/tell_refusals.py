"""Publish, and tell the administrators of what the broker will never take: once per type of event and day."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from cloudflow_lib.domain.events import Event
from cloudflow_lib.errors import CatalogError, EventsRefusedError
from cloudflow_lib.ports.publishers import Publisher
from cloudflow_lib.workflows.raise_alarm import alarm_refused_event
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)


class ToldRefusals:
    """Publisher whose refusals somebody hears of; a catalogue that is away costs the news, never an event."""

    def __init__(self, publisher: Publisher, services: Services) -> None:
        self._publisher, self._services = publisher, services

    def publish(self, events: Sequence[Event]) -> None:
        """Publish *events*, and tell of those that are refused before saying so."""
        try:
            self._publisher.publish(events)
        except EventsRefusedError as error:
            for event in events:
                if reason := error.reasons.get(event.id):
                    self._tell(event, reason)
            raise

    def close(self) -> None:
        """Give the last messages their chance."""
        self._publisher.close()

    def _tell(self, event: Event, reason: str) -> None:
        log.error("relay.refused event=%s type=%s user=%s reason=%s", event.id, event.type, event.user, reason)
        try:
            alarm_refused_event(event, reason, self._services)
        except CatalogError as error:
            log.warning("relay.refusal_not_told event=%s error=%s", event.id, error)
