"""Events on Kafka: published with the broker's acknowledgement, read again from any time."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from pydantic import ValidationError

from cloudflow_lib.domain.events import EVENT, Event, Topic
from cloudflow_lib.errors import PublishError

log = logging.getLogger(__name__)

DELIVERY_SECONDS = 8.0
GRACE_SECONDS = 1.0
ANSWER_SECONDS = 10.0
POLL_SECONDS = 0.2
QUIET = 2
"""Of the client's own log only what is critical: what matters comes back as an error."""
END = -1
"""What Kafka answers for a time behind the newest message."""


class KafkaPublisher:
    """Publisher on Kafka: idempotent, acknowledged by all replicas, one partition per user."""

    def __init__(
        self, bootstrap_servers: str, options: Mapping[str, str], *, delivery_seconds: float = DELIVERY_SECONDS
    ) -> None:
        self._servers = bootstrap_servers
        self._delivery_seconds = delivery_seconds
        self._options = {
            "client.id": "cloudflow",
            "linger.ms": 5,
            "compression.type": "lz4",
            "log_level": QUIET,
            **options,
            "bootstrap.servers": bootstrap_servers,
            "delivery.timeout.ms": int(delivery_seconds * 1000),
            "enable.idempotence": True,
            "acks": "all",
        }
        self._producer: Producer | None = None

    def publish(self, events: Sequence[Event]) -> None:
        producer = self._connected()
        failures: Counter[str] = Counter()

        def note(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                failures[f"{message.topic()}: {error.str()}"] += 1

        try:
            for event in events:
                _send(producer, event, note)
        except KafkaException as error:
            failures[str(error)] += 1
        # Longer than the delivery timeout: every message has its answer or its error by then.
        if unanswered := producer.flush(self._delivery_seconds + GRACE_SECONDS):
            failures["no answer"] += unanswered
        if failures:
            # An idempotent producer that lost a message may refuse all others: the next call gets a new one.
            self._producer = None
            reasons = "; ".join(f"{reason} ({count})" for reason, count in failures.most_common())
            raise PublishError(f"Kafka at {self._servers} did not take all of {len(events)} events: {reasons}")

    def _connected(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(self._options)
        return self._producer

    def close(self) -> None:
        """Give the last messages their chance."""
        if self._producer is not None:
            self._producer.flush(GRACE_SECONDS)


def _send(producer: Producer, event: Event, note: Callable[[KafkaError | None, Message], None]) -> None:
    while True:
        try:
            producer.produce(
                event.topic.value,
                key=event.user.encode(),
                value=event.model_dump_json().encode(),
                headers={"ce_id": event.id, "ce_type": event.type, "content-type": "application/cloudevents+json"},
                on_delivery=note,
            )
        except BufferError:
            producer.poll(POLL_SECONDS)  # the queue is full: let some go first
        else:
            return


def tail(
    bootstrap_servers: str,
    options: Mapping[str, str],
    *,
    topics: Sequence[Topic],
    since: datetime | None = None,
    follow: bool = True,
    acknowledged_by: str | None = None,
) -> Iterator[Event]:
    """
    Yield events of *topics* that were published from *since* on (None: from now on).

    Without *follow* it stops at what was the newest event when it began; with *acknowledged_by*, at the
    last one that the handler of that name acted on. Events of a type that this version does not know are
    logged and left out.

    Raises:
        PublishError: The broker does not answer, or has no such topic.
    """
    names = [topic.value for topic in topics]
    told = messages(
        bootstrap_servers, options, topics=names, since=since, follow=follow, acknowledged_by=acknowledged_by
    )
    for message in told:
        if event := _read(message):
            yield event


def messages(
    bootstrap_servers: str,
    options: Mapping[str, str],
    *,
    topics: Sequence[str],
    since: datetime | None = None,
    follow: bool = True,
    acknowledged_by: str | None = None,
) -> Iterator[Message]:
    """Yield the records of *topics* as `tail` does, whatever they hold."""
    consumer = Consumer(
        {
            "log_level": QUIET,
            **options,
            "bootstrap.servers": bootstrap_servers,
            "group.id": f"cloudflow-tail-{uuid4().hex}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        starts = _starts(consumer, topics, since)
        ends = {_place(at): _newest(consumer, at) for at in starts}
        if acknowledged_by is not None:
            done = acknowledged(bootstrap_servers, options, acknowledged_by, starts)
            ends = {place: min(end, done[place]) for place, end in ends.items()}
        waiting = {_place(at) for at in starts if at.offset < ends[_place(at)]}
        consumer.assign(starts)
        while follow or waiting:
            message = consumer.poll(POLL_SECONDS)
            if message is None:
                continue
            place, offset = (str(message.topic()), message.partition() or 0), message.offset() or 0
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                raise PublishError(f"Kafka at {bootstrap_servers} stopped answering: {error.str()}")
            if error is not None or offset + 1 >= ends[place]:
                waiting.discard(place)
            if error is None and (follow or offset < ends[place]):
                yield message
    except KafkaException as error:
        raise PublishError(f"Kafka at {bootstrap_servers} does not answer; is it running? ({error})") from error
    finally:
        consumer.close()


def has_begun(bootstrap_servers: str, options: Mapping[str, str], name: str, topics: Sequence[Topic]) -> bool:
    """
    Return whether the handler called *name* ever acted on anything in *topics*.

    Raises:
        PublishError: The broker does not answer, or has no such topic.
    """
    try:
        consumer = Consumer(
            {"log_level": QUIET, **options, "bootstrap.servers": bootstrap_servers, "group.id": "cloudflow"}
        )
        try:
            places = _starts(consumer, [topic.value for topic in topics], None)
        finally:
            consumer.close()
        return any(acknowledged(bootstrap_servers, options, name, places).values())
    except KafkaException as error:
        raise PublishError(f"Kafka at {bootstrap_servers} does not answer; is it running? ({error})") from error


def acknowledged(
    bootstrap_servers: str, options: Mapping[str, str], name: str, places: Sequence[TopicPartition]
) -> Mapping[tuple[str, int], int]:
    """Return up to where the handler called *name* has come in each place: 0 where it has not begun."""
    group = {"log_level": QUIET, **options, "bootstrap.servers": bootstrap_servers, "group.id": f"cloudflow-{name}"}
    consumer = Consumer(group)  # asks about the group, without joining it
    try:
        asked = [TopicPartition(at.topic, at.partition) for at in places]
        found = consumer.committed(asked, timeout=ANSWER_SECONDS)
    finally:
        consumer.close()
    return {_place(at): max(at.offset, 0) for at in found}


def _place(at: TopicPartition) -> tuple[str, int]:
    return at.topic, at.partition


def _starts(consumer: Consumer, topics: Sequence[str], since: datetime | None) -> list[TopicPartition]:
    moment = int((since or datetime.now(UTC)).timestamp() * 1000)
    wanted = []
    for topic in topics:
        found = consumer.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
        if found.error is not None:
            raise PublishError(f"Kafka has no topic {topic!r}: {found.error.str()}")
        wanted += [TopicPartition(topic, number, moment) for number in sorted(found.partitions)]
    starts: list[TopicPartition] = consumer.offsets_for_times(wanted, timeout=ANSWER_SECONDS)
    for start in starts:
        if start.offset == END:
            start.offset = _newest(consumer, start)
    return starts


def _newest(consumer: Consumer, place: TopicPartition) -> int:
    marks = consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS)
    if marks is None:
        raise PublishError(f"Kafka does not tell how long {place.topic!r} is; is its broker running?")
    return marks[1]


def _read(message: Message) -> Event | None:
    try:
        return EVENT.validate_json(message.value() or b"")
    except ValidationError:
        place = (message.topic(), message.partition(), message.offset())
        log.warning("events.unreadable topic=%s partition=%d offset=%d", *place)
        return None
