"""Put away what a handler could not act on, and tell the administrators: once per handler and hour."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime

from cloudflow_lib.errors import CatalogError
from cloudflow_lib.ports.consumers import DeadLetter, DeadLetters
from cloudflow_lib.workflows.raise_alarm import alarm_dead_letters
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)


class ToldDeadLetters:
    """DeadLetters that somebody hears of; a catalogue that is away costs the news, never the letters."""

    def __init__(self, letters: DeadLetters, services: Services) -> None:
        self._letters, self._services = letters, services

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep *letters*, then tell of them."""
        self._letters.put(letters)
        for handler in dict.fromkeys(one.handler for one in letters):
            mine = [one for one in letters if one.handler == handler]
            try:
                alarm_dead_letters(handler, mine[0].reason, self._services)
            except CatalogError as error:
                log.warning("dead_letters.not_told handler=%s letters=%d error=%s", handler, len(mine), error)

    def read(self, since: datetime) -> Iterator[DeadLetter]:
        """Yield what was put there from *since* on."""
        return self._letters.read(since)
