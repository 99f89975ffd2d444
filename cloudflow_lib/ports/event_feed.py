"""What we ask of the event bus as its readers: everything from now on, and what was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Signal
from typing import Protocol

from cloudflow_lib.domain.event_filter import EventFilter
from cloudflow_lib.domain.events import Event

Place = tuple[str, int]
"""A topic and one of its partitions: inside of it events have an order."""

Offsets = Mapping[Place, int]
"""The next event to read, per place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedEvent:
    """An event and where it stands in the bus."""

    event: Event
    partition: int
    offset: int
    published_at: datetime
    """When the bus got it; `event.time` is when it happened."""

    @property
    def place(self) -> Place:
        """Its topic and partition."""
        return self.event.topic.value, self.partition


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedQuestion:
    """Which part of the past is wanted."""

    wants: EventFilter
    limit: int
    since: datetime | None = None
    """From when on events were published."""
    after: Offsets = field(default_factory=dict)
    """Where an earlier page ended: goes before *since*."""
    until: datetime | None = None
    """Events published from then on are left out; None: as far as there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """A part of the past, in the order of publication."""

    events: Sequence[PlacedEvent]
    behind: Offsets
    """Where the next page begins."""
    is_whole: bool
    """Whether nothing more was there when this page was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookback:
    """How much of the past comes before the present: both bounds hold."""

    period: timedelta
    events: int
    """Of each place."""


NO_LOOKBACK = Lookback(period=timedelta(0), events=0)


class FeedListener(Protocol):
    """Hears what a feed has to say; every call comes from the thread that follows."""

    def begins(self, offsets: Offsets, newest: Offsets) -> None:
        """
        From *offsets* on every event is handed on; those before *newest* had been there already.

        Called again when it begins anew, behind what was handed on before.
        """
        ...

    def took(self, events: Sequence[PlacedEvent]) -> None:
        """Take the next events, in the order of each place; one that was published twice comes twice."""
        ...

    def changed(self, problem: str | None) -> None:
        """Hear that the bus does not answer and why, or, with None, that it does."""
        ...


class EventFeed(Protocol):
    """Read the bus without leaving a trace in it: no group, no commit."""

    def follow(self, listener: FeedListener, stop: Signal, lookback: Lookback = NO_LOOKBACK) -> None:
        """Hand on what *lookback* asks for, then all that is published, until *stop* is set; outages are waited out."""
        ...

    def page(self, question: FeedQuestion) -> FeedPage:
        """
        Return a part of the past; it may hold fewer events than asked for although more are there.

        Raises:
            FeedUnavailableError: The bus does not answer.
        """
        ...
