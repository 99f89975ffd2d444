"""What we ask of those who act on events, and of where the events come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cloudflow_lib.domain.events import Event, Fact


class EventHandler(Protocol):
    """Acts on events that happened, at least once each and in order per user."""

    @property
    def name(self) -> str:
        """Names its place in the topics for ever: another name begins at the oldest event again."""
        ...

    @property
    def reads(self) -> Sequence[type[Fact]]:
        """The types of events that it acts on; all others are left out before it sees them."""
        ...

    def handle(self, events: Sequence[Event]) -> None:
        """
        Act on *events*; those that were acted on before change nothing.

        Called about once a second even when nothing happened, with no events: that is its clock. An
        error means that the same events come again, so nothing may be acknowledged by swallowing one.
        """
        ...


class EventSource(Protocol):
    """A place in the topics that moves on only when told."""

    def take(self, limit: int, seconds: float) -> Sequence[Event]:
        """
        Return up to *limit* events behind the last ones, as soon as there are some, after *seconds* none.

        Raises:
            PublishError: The broker does not answer; ask again.
        """
        ...

    def acknowledge(self) -> None:
        """Note that everything taken so far was acted on: after a restart the next events come."""
        ...

    def lag(self) -> int:
        """Return how many messages wait behind the last one taken; PublishError when the broker does not tell."""
        ...

    def close(self) -> None: ...
