"""Kafka as a feed: each reader on its own, assigned to every partition, so that nothing is ever committed."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Event as Signal
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from pydantic import ValidationError

from cloudflow_lib.adapters.feeds.kafka_pages import PageReader
from cloudflow_lib.domain.events import EVENT
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import FeedUnavailableError
from cloudflow_lib.ports.event_feed import (
    NO_LOOKBACK,
    FeedListener,
    FeedPage,
    FeedQuestion,
    Lookback,
    Offsets,
    Place,
    PlacedEvent,
)

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
POLL_SECONDS = 0.2
PROBE_SECONDS = 1.0
NEW_PARTITIONS_SECONDS = 60.0
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 5.0
BATCH = 500
QUIET = 2
"""Of the client's own log only what is critical: what matters comes back as an error."""
LOST = frozenset({KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._RESOLVE})  # noqa: SLF001 - their public names
"""What the client itself gets over, once the broker is back."""


class KafkaFeed:
    """EventFeed on Kafka."""

    def __init__(
        self, bootstrap_servers: str, options: Mapping[str, str], *, topics: Sequence[Topic] = tuple(Topic)
    ) -> None:
        self._servers = bootstrap_servers
        self._topics = topics
        self._options: dict[str, Any] = {
            "log_level": QUIET,
            "reconnect.backoff.max.ms": 2000,
            "socket.connection.setup.timeout.ms": 5000,
            **options,
            "bootstrap.servers": bootstrap_servers,
            "group.id": "cloudflow-live",  # the client wants a name; without subscribe and commit no group comes to be
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
        }

    def follow(self, listener: FeedListener, stop: Signal, lookback: Lookback = NO_LOOKBACK) -> None:
        nexts: dict[Place, int] = {}
        wait = SHORTEST_WAIT
        while not stop.is_set():
            try:
                _Follower(self, listener, stop, nexts).run(lookback)
                wait = SHORTEST_WAIT
            except (KafkaException, FeedUnavailableError) as error:
                log.warning("feed.waiting wait_s=%.1f error=%s", wait, error)
                listener.changed(str(self.unavailable(error)))
                stop.wait(wait)
                wait = min(2 * wait, LONGEST_WAIT)

    def page(self, question: FeedQuestion) -> FeedPage:
        try:
            consumer = Consumer({**self._options, "enable.partition.eof": True})
            try:
                return PageReader(consumer, self.places(consumer), question, placed).read()
            finally:
                consumer.close()
        except KafkaException as error:
            raise self.unavailable(error) from error

    def unavailable(self, error: object) -> FeedUnavailableError:
        """Return *error* in our words."""
        if isinstance(error, FeedUnavailableError):
            return error
        return FeedUnavailableError(f"Kafka at {self._servers} does not answer; is it running? ({error})")

    def connect(self, on_error: Any) -> Consumer:  # noqa: ANN401 - a callback of a client without types
        """Return a consumer for following; it connects when it is asked for something."""
        return Consumer({**self._options, "error_cb": on_error})

    def places(self, consumer: Consumer) -> list[Place]:
        """
        Return every partition of the platform's topics.

        Raises:
            FeedUnavailableError: A topic is missing.
        """
        known = consumer.list_topics(timeout=ANSWER_SECONDS).topics
        missing = [topic.value for topic in self._topics if topic.value not in known or known[topic.value].error]
        if missing:
            raise FeedUnavailableError(f"Kafka at {self._servers} has no topic {', '.join(missing)} yet")
        return [(topic.value, number) for topic in self._topics for number in sorted(known[topic.value].partitions)]


class _Follower:
    """One consumer, from its connection to its end."""

    def __init__(self, feed: KafkaFeed, listener: FeedListener, stop: Signal, nexts: dict[Place, int]) -> None:
        self._feed = feed
        self._listener = listener
        self._stop = stop
        self._nexts = nexts
        self._problem: str | None = None

    def run(self, lookback: Lookback) -> None:
        """Follow until the signal, or until there are other partitions than before."""
        consumer = self._feed.connect(self._hear)
        try:
            places = self._feed.places(consumer)
            starts, newest = self._starts(consumer, places, lookback)
            consumer.assign([TopicPartition(*place, starts[place]) for place in places])
            self._nexts.update(starts)
            self._listener.begins(dict(starts), newest)
            self._listener.changed(None)
            self._read(consumer, places)
        finally:
            consumer.close()

    def _starts(self, consumer: Consumer, places: Sequence[Place], lookback: Lookback) -> tuple[Offsets, Offsets]:
        """Go on where an earlier consumer stopped; a place that is new since then is read from its beginning."""
        marks = {place: watermarks(consumer, place) for place in places}
        newest = {place: mark[1] for place, mark in marks.items()}
        if self._nexts:
            return {place: self._nexts.get(place, mark[0]) for place, mark in marks.items()}, newest
        if not lookback.events:
            return dict(newest), newest
        since = int((datetime.now(UTC) - lookback.period).timestamp() * 1000)
        asked = [TopicPartition(*place, since) for place in places]
        found = consumer.offsets_for_times(asked, timeout=ANSWER_SECONDS)
        then = {(one.topic, one.partition): one.offset for one in found}
        starts = {
            place: max(then[place] if then[place] >= 0 else newest[place], newest[place] - lookback.events)
            for place in places
        }
        return starts, newest

    def _hear(self, error: KafkaError) -> None:
        if error.code() in LOST and self._problem is None:
            self._problem = str(self._feed.unavailable(error.str()))
            log.warning("feed.lost error=%s", error.str())
            self._listener.changed(self._problem)

    def _read(self, consumer: Consumer, places: Sequence[Place]) -> None:
        look_at = time.monotonic() + NEW_PARTITIONS_SECONDS
        while not self._stop.is_set():
            first = consumer.poll(POLL_SECONDS)
            # Whatever else is there already comes along; asking for a number would wait for it.
            messages = [] if first is None else [first, *consumer.consume(BATCH, timeout=0)]
            self._take(messages)
            if self._problem is not None:
                self._probe(consumer)
            elif time.monotonic() > look_at:
                if self._feed.places(consumer) != places:
                    log.info("feed.partitions_changed")
                    return
                look_at = time.monotonic() + NEW_PARTITIONS_SECONDS

    def _take(self, messages: Sequence[Message]) -> None:
        found, refused = [], None
        for message in messages:
            if (error := message.error()) is not None:
                if error.code() not in LOST:
                    refused = error
                continue
            self._nexts[str(message.topic()), message.partition() or 0] = (message.offset() or 0) + 1
            if event := placed(message):
                found.append(event)
        if found:
            self._listener.took(found)
        if refused is not None:  # behind what came along with it: that is read no second time
            raise FeedUnavailableError(f"Kafka refused: {refused.str()}")

    def _probe(self, consumer: Consumer) -> None:
        """Look whether the broker is back."""
        try:
            consumer.list_topics(Topic.FILES.value, timeout=PROBE_SECONDS)
        except KafkaException:
            return
        self._problem = None
        log.info("feed.recovered")
        self._listener.changed(None)


def watermarks(consumer: Consumer, place: Place) -> tuple[int, int]:
    """Return the offset of the oldest event of *place*, and the one behind its newest."""
    marks = consumer.get_watermark_offsets(TopicPartition(*place), timeout=ANSWER_SECONDS)
    if marks is None:
        raise FeedUnavailableError(f"Kafka does not tell how long {place[0]!r} is; is its broker running?")
    lowest, newest = marks
    return lowest, newest


def placed(message: Message) -> PlacedEvent | None:
    """Return the event that *message* carries; None, and a line in the log, if this version does not know it."""
    try:
        event = EVENT.validate_json(message.value() or b"")
    except ValidationError:
        place = (message.topic(), message.partition(), message.offset())
        log.warning("events.unreadable topic=%s partition=%d offset=%d", *place)
        return None
    return PlacedEvent(
        event=event,
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        published_at=published_at(message),
    )


def published_at(message: Message) -> datetime:
    """Return when the broker got *message*."""
    return datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
