"""A publisher that keeps what it is given."""

from __future__ import annotations

from collections.abc import Sequence

from cloudflow_lib.domain.events import Event


class MemoryPublisher:
    """Keeps events in the order they were published in."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def publish(self, events: Sequence[Event]) -> None:
        self.events.extend(events)

    def close(self) -> None:
        """Nothing to give back."""
