"""What we ask of the event bus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cloudflow_lib.domain.events import Event


class Publisher(Protocol):
    """Publish facts, in order per user, at least once."""

    def publish(self, events: Sequence[Event]) -> None:
        """
        Return after the broker acknowledged every one of *events*.

        Raises:
            EventsRefusedError: The broker will never take some of them as they are; all others were acknowledged.
            PublishError: At least one was not acknowledged; publish the same list again.
        """
        ...

    def close(self) -> None: ...
