"""A feed that holds what was published to it: a publisher and its reader in one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from threading import Condition
from threading import Event as Signal

from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import FeedUnavailableError
from cloudflow_lib.ports.clock import Clock, system_clock
from cloudflow_lib.ports.event_feed import (
    NO_LOOKBACK,
    FeedListener,
    FeedPage,
    FeedQuestion,
    Lookback,
    Place,
    PlacedEvent,
)

POLL_SECONDS = 0.02


class MemoryFeed:
    """EventFeed and Publisher on a list; `fail` and `recover` make an outage."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock
        self._events: list[PlacedEvent] = []
        self._counts: dict[Place, int] = {(topic.value, 0): 0 for topic in Topic}
        self._changed = Condition()
        self._problem: str | None = None

    def publish(self, events: Sequence[Event], *, published_at: datetime | None = None) -> None:
        with self._changed:
            for event in events:
                place = (event.topic.value, 0)
                offset = self._counts[place]
                self._counts[place] = offset + 1
                moment = published_at or self._clock()
                self._events.append(PlacedEvent(event=event, partition=0, offset=offset, published_at=moment))
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing to give back."""

    def fail(self, problem: str = "the broker is down") -> None:
        """Answer nobody from now on."""
        with self._changed:
            self._problem = problem
            self._changed.notify_all()

    def recover(self) -> None:
        """Answer again."""
        with self._changed:
            self._problem = None
            self._changed.notify_all()

    def follow(self, listener: FeedListener, stop: Signal, lookback: Lookback = NO_LOOKBACK) -> None:
        told: str | None = None
        taken: int | None = None
        while not stop.is_set():
            with self._changed:
                self._changed.wait(POLL_SECONDS)
                problem, events, counts = self._problem, list(self._events), dict(self._counts)
            if problem is None and taken is None:
                since = self._clock() - lookback.period
                old = [one for one in events if one.published_at >= since and lookback.events]
                taken = len(events) - len(old)
                starts = {**counts, **{one.place: one.offset for one in reversed(old)}}
                listener.begins(starts, counts)
                listener.changed(None)
            if problem != told:
                told = problem
                listener.changed(problem)
            if problem is None and taken is not None and events[taken:]:
                listener.took(events[taken:])
                taken = len(events)

    def page(self, question: FeedQuestion) -> FeedPage:
        time.sleep(0)  # a real one lets others run
        with self._changed:
            if self._problem is not None:
                raise FeedUnavailableError(self._problem)
            events, behind = list(self._events), dict(self._counts)
        found = [one for one in events if self._is_asked(one, question) and question.wants.takes(one.event)]
        page, rest = found[: question.limit], found[question.limit :]
        for one in reversed(rest):
            behind[one.place] = one.offset
        return FeedPage(events=page, behind=behind, is_whole=not rest)

    @staticmethod
    def _is_asked(one: PlacedEvent, question: FeedQuestion) -> bool:
        if question.until is not None and one.published_at >= question.until:
            return False
        if question.after:
            return one.offset >= question.after.get(one.place, 0)
        return question.since is None or one.published_at >= question.since
