"""A part of Kafka's past, merged over all partitions by the time of publication."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaError, Message, TopicPartition

from cloudflow_lib.errors import FeedUnavailableError
from cloudflow_lib.ports.event_feed import FeedPage, FeedQuestion, Place, PlacedEvent

ANSWER_SECONDS = 5.0
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 15.0
BATCH = 500
MOST_SCANNED = 200_000
"""Events of others that are looked through for one page."""
LATEST = datetime.max.replace(tzinfo=UTC)
EARLIEST = datetime.min.replace(tzinfo=UTC)


class PageReader:
    """
    Reads one page.

    Each partition is read until it has given as many events as the page may hold, or ended. What is
    published later than where the slowest of those stopped waits for the next page.
    """

    def __init__(
        self,
        consumer: Consumer,
        places: Sequence[Place],
        question: FeedQuestion,
        placed: Callable[[Message], PlacedEvent | None],
    ) -> None:
        self._consumer = consumer
        self._question = question
        self._placed = placed
        self._nexts = self._starts(places)
        self._ends = self._stops(places)
        self._found: dict[Place, list[PlacedEvent]] = {place: [] for place in places}
        self._seen_until = dict.fromkeys(places, EARLIEST)
        self._open = {place for place in places if self._nexts[place] < self._ends[place]}
        self._cut: set[Place] = set()
        self._scanned = 0

    def _starts(self, places: Sequence[Place]) -> dict[Place, int]:
        after, since = self._question.after, self._question.since
        found: dict[Place, int] = {place: max(0, after[place]) for place in places if place in after}
        rest = [place for place in places if place not in found]
        # A place that an earlier page did not know is new since then: all of it counts.
        found.update(dict.fromkeys(rest, 0) if after or since is None else self._at(since, rest))
        return found

    def _stops(self, places: Sequence[Place]) -> dict[Place, int]:
        until = self._question.until
        newest = {place: self._newest(place) for place in places}
        if until is None:
            return newest
        return {place: min(newest[place], offset) for place, offset in self._at(until, places).items()}

    def _at(self, moment: datetime, places: Sequence[Place]) -> dict[Place, int]:
        """Return the first offset of each place that was published at *moment* or later."""
        if not places:
            return {}
        millis = max(0, int(moment.timestamp() * 1000))
        asked = [TopicPartition(topic, number, millis) for topic, number in places]
        answers = self._consumer.offsets_for_times(asked, timeout=ANSWER_SECONDS)
        return {
            (one.topic, one.partition): one.offset if one.offset >= 0 else self._newest((one.topic, one.partition))
            for one in answers
        }

    def _newest(self, place: Place) -> int:
        marks = self._consumer.get_watermark_offsets(TopicPartition(*place), timeout=ANSWER_SECONDS)
        if marks is None or marks[1] == OFFSET_INVALID:
            raise FeedUnavailableError(f"Kafka does not tell how long {place[0]!r} is; is its broker running?")
        newest: int = marks[1]
        return newest

    def read(self) -> FeedPage:
        """Read and merge."""
        if self._open:
            self._consumer.assign([TopicPartition(*place, self._nexts[place]) for place in sorted(self._open)])
        quiet_until = time.monotonic() + PATIENCE_SECONDS
        while self._open and self._scanned < MOST_SCANNED:
            first = self._consumer.poll(POLL_SECONDS)
            if first is None:
                if time.monotonic() > quiet_until:
                    raise FeedUnavailableError("Kafka stopped answering in the middle of its past: try again")
                continue
            quiet_until = time.monotonic() + PATIENCE_SECONDS
            for message in (first, *self._consumer.consume(BATCH, timeout=0)):
                self._take(message)
        return self._merged()

    def _take(self, message: Message) -> None:
        place, offset = (str(message.topic()), message.partition() or 0), message.offset() or 0
        if (error := message.error()) is not None:
            if error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                raise FeedUnavailableError(f"Kafka stopped answering: {error.str()}")
            self._end(place)
            return
        if place not in self._open or offset >= self._ends[place]:
            self._end(place)
            return
        self._scanned += 1
        self._nexts[place] = offset + 1
        self._seen_until[place] = datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
        user = self._question.wants.user
        # The key tells whose it is: what is of others is not even parsed.
        if user is None or message.key() == user.encode():
            found = self._placed(message)
            if found and self._question.wants.takes(found.event):
                self._found[place].append(found)
        if offset + 1 >= self._ends[place]:
            self._end(place)
        elif len(self._found[place]) >= self._question.limit:
            self._cut.add(place)
            self._end(place)

    def _end(self, place: Place) -> None:
        if place in self._open:
            self._open.discard(place)
            if place not in self._cut:
                self._nexts[place] = max(self._nexts[place], self._ends[place])
            self._consumer.pause([TopicPartition(*place)])

    def _merged(self) -> FeedPage:
        unfinished = self._cut | self._open
        # One that was not even begun bounds nothing: else a page without any progress would be possible.
        seen = [self._seen_until[place] for place in unfinished if self._seen_until[place] != EARLIEST]
        bound = min(seen, default=LATEST)
        page: list[PlacedEvent] = []
        nexts = dict(self._nexts)
        rest: dict[Place, int] = {}
        for one in heapq.merge(*self._found.values(), key=_when):
            # A place whose order by time is broken must not be overtaken: from its first waiting event on, it waits.
            if one.place in rest or one.published_at > bound or len(page) >= self._question.limit:
                rest.setdefault(one.place, one.offset)
            else:
                page.append(one)
        nexts.update(rest)
        return FeedPage(events=page, behind=nexts, is_whole=not unfinished and not rest)


def _when(one: PlacedEvent) -> tuple[datetime, str, int, int]:
    return one.published_at, one.event.topic.value, one.partition, one.offset
