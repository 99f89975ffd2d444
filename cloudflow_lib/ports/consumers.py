"""What we ask of those who act on events, and of where the events come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One record that one handler could not act on."""

    handler: str
    reason: str
    topic: str
    """Where it came from."""
    key: str
    value: bytes
    """As it came, so that it can be handed over again."""
    at: datetime
    """When it was given up."""


class DeadLetters(Protocol):
    """A place for what nobody could act on: nothing is dropped, and nothing stops those behind it."""

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep *letters*; returns after they are safe, or raises PublishError."""
        ...

    def read(self, since: datetime) -> Iterator[DeadLetter]:
        """
        Yield what was put there from *since* on.

        Raises:
            PublishError: The broker does not answer.
        """
        ...


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

    def unread(self) -> Sequence[DeadLetter]:
        """Return what the last `take` got and could not read."""
        ...

    def acknowledge(self) -> None:
        """Note that everything taken so far was acted on: after a restart the next events come."""
        ...

    def lag(self) -> int:
        """Return how many messages wait behind the last one taken; PublishError when the broker does not tell."""
        ...

    def close(self) -> None: ...
