"""Fan events out to streams: pure asyncio, every call in the loop, nothing here ever waits for a client."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from cloudflow_lib.domain.event_filter import EventFilter
from cloudflow_lib.ports.event_feed import Offsets, Place, PlacedEvent

SKEW = timedelta(seconds=2)
"""
How far two partitions may be apart in the eyes of two readers.

Who comes back may have been served by another process, which read them in another order: what was
published just before the last event that it saw is told again, from other partitions only.
"""


@dataclass(frozen=True, slots=True)
class Told:
    """One message of a stream, as text."""

    text: str
    event_id: str | None = None
    """None for a word about the stream itself."""


def envelope(one: PlacedEvent) -> Told:
    """Return the message that carries an event: where it stands in Kafka, and the CloudEvent."""
    place = f'{{"topic":"{one.event.topic.value}","partition":{one.partition},"offset":{one.offset}'
    return Told(f'{place},"event":{one.event.model_dump_json()}}}', one.event.id)


def notice(state: str, detail: str) -> Told:
    """Return a word about the stream itself; it is told from events by having no `event`."""
    return Told(json.dumps({"notice": {"state": state, "detail": detail}}))


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the hub keeps it."""

    placed: PlacedEvent
    told: Told


@dataclass(eq=False, slots=True)
class Subscription:
    """What one stream still has to send."""

    wants: EventFilter
    room: int
    floor: Offsets = field(default_factory=dict)
    """What lies before it was sent already."""
    waiting: deque[Told] = field(default_factory=deque)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    is_slow: bool = False
    """It fell too far behind, and gets nothing more."""
    is_over: bool = False
    """The server stops."""

    def offer(self, entry: Entry) -> None:
        """Take *entry* if it is wanted and was not sent yet."""
        one = entry.placed
        if one.offset >= self.floor.get(one.place, 0) and self.wants.takes(one.event):
            self.put(entry.told)

    def put(self, told: Told) -> None:
        """Take a message, or note that there is no room."""
        if len(self.waiting) >= self.room:
            self.is_slow = True
            self.waiting.clear()
        if not self.is_slow:
            self.waiting.append(told)
        self.changed.set()

    def end(self) -> None:
        """Say that nothing more will come."""
        self.is_over = True
        self.changed.set()

    def take(self) -> list[Told]:
        """Return everything that waits."""
        found = list(self.waiting)
        self.waiting.clear()
        self.changed.clear()
        if self.is_slow or self.is_over:
            self.changed.set()
        return found


class Hub:
    """The newest events of the bus, and everybody who wants to hear of more."""

    def __init__(self, *, kept: int, room: int) -> None:
        self._kept: deque[Entry] = deque()
        self._most = kept
        self._room = room
        self._ids: dict[str, Entry] = {}
        self._covered: dict[Place, int] | None = None
        self._present: Offsets = {}
        self._streams: dict[str | None, set[Subscription]] = {}
        self._is_over = False
        self.problem: str | None = "the events are not connected yet"
        self.began = asyncio.Event()

    def begins(self, offsets: Offsets, newest: Offsets) -> None:
        """Note from where on everything is here; a second time nothing is new but the partitions."""
        if self._covered is None:
            self._present = dict(newest)
        self._covered = {**offsets, **(self._covered or {})}
        self.began.set()

    def changed(self, problem: str | None) -> None:
        """Tell everybody that the bus does not answer, or does again."""
        if problem == self.problem:
            return
        self.problem = problem
        for stream in self._all():
            stream.put(self.state())

    def state(self) -> Told:
        """Return what streams are told about the bus when they begin, and when it changes."""
        if self.problem is None:
            return notice("live", "Events come as they happen.")
        return notice("waiting", f"Events wait until their broker answers: {self.problem}")

    def took(self, events: Sequence[PlacedEvent]) -> int:
        """Keep *events* and hand each to those who want it; return how many were new."""
        new = 0
        for one in events:
            if one.event.id in self._ids:
                continue  # published twice: the relay promises at least once
            new += 1
            entry = Entry(one, envelope(one))
            self._keep(entry)
            for whom in (one.event.user, None):
                for stream in self._streams.get(whom, ()):
                    stream.offer(entry)
        return new

    def _keep(self, entry: Entry) -> None:
        self._kept.append(entry)
        self._ids[entry.placed.event.id] = entry
        if len(self._kept) > self._most:
            oldest = self._kept.popleft()
            del self._ids[oldest.placed.event.id]
            if self._covered is not None:
                self._covered[oldest.placed.place] = oldest.placed.offset + 1

    def subscribe(self, wants: EventFilter) -> Subscription:
        """Begin with what comes next; what was there when this process began is past."""
        return self._add(Subscription(wants, self._room, floor=self._present))

    def subscribe_behind_id(self, wants: EventFilter, event_id: str) -> Subscription | None:
        """Begin behind the event of this id; None if it is not here any more."""
        if (last := self._ids.get(event_id)) is None:
            return None
        stream = Subscription(wants, self._room)
        self._offer_kept(stream, _behind(self._kept, last))
        return self._add(stream)

    def subscribe_behind(self, wants: EventFilter, offsets: Offsets) -> Subscription | None:
        """Begin at *offsets*; None if something that lies behind them is not here any more, or not yet."""
        if self._covered is None or any(offsets.get(place, 0) < start for place, start in self._covered.items()):
            return None
        stream = Subscription(wants, self._room, floor=dict(offsets))
        self._offer_kept(stream, iter(self._kept))
        return self._add(stream)

    def _offer_kept(self, stream: Subscription, entries: Iterator[Entry]) -> None:
        # What is here already was not waited for: it may be more than there is room for later.
        stream.room = self._room + len(self._kept)
        for entry in entries:
            stream.offer(entry)
        stream.room = self._room + len(stream.waiting)

    def _add(self, stream: Subscription) -> Subscription:
        self._streams.setdefault(stream.wants.user, set()).add(stream)
        if self._is_over:
            stream.end()
        return stream

    def leave(self, stream: Subscription) -> None:
        """Forget *stream*."""
        ours = self._streams.get(stream.wants.user, set())
        ours.discard(stream)
        if not ours:
            self._streams.pop(stream.wants.user, None)

    def end(self) -> None:
        """Tell every stream that the server stops."""
        self._is_over = True
        self.began.set()
        for stream in self._all():
            stream.end()

    @property
    def is_over(self) -> bool:
        """Whether the server stops."""
        return self._is_over

    def _all(self) -> list[Subscription]:
        return [stream for streams in self._streams.values() for stream in streams]


def _behind(kept: Sequence[Entry], last: Entry) -> Iterator[Entry]:
    """Yield what came behind *last*, and before it what another reader may have read later."""
    since, is_behind = last.placed.published_at - SKEW, False
    for entry in kept:
        if entry is last:
            is_behind = True
        elif is_behind or (entry.placed.place != last.placed.place and entry.placed.published_at >= since):
            yield entry
