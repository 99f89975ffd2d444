"""Events on Kafka, read again from any time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from pydantic import ValidationError

from cloudflow_lib.adapters.publishers.kafka import POLL_SECONDS, QUIET
from cloudflow_lib.domain.events import EVENT, Event
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import PublishError

log = logging.getLogger(__name__)

ANSWER_SECONDS = 10.0
END = -1
"""What Kafka answers for a time behind the newest message."""


def tail(
    bootstrap_servers: str,
    options: Mapping[str, str],
    *,
    topics: Sequence[Topic],
    since: datetime | None = None,
    follow: bool = True,
    acknowledged_by: str | None = None,
    connect_seconds: float = ANSWER_SECONDS,
) -> Iterator[Event]:
    """
    Yield events of *topics* that were published from *since* on (None: from now on).

    Without *follow* it stops at what was the newest event when it began; with *acknowledged_by*, at the
    last one that the handler of that name acted on. Events of a type that this version does not know are
    logged and left out. A broker that was not reached within *connect_seconds* is one that does not answer.

    Raises:
        PublishError: The broker does not answer, or has no such topic.
    """
    names = [topic.value for topic in topics]
    told = messages(
        bootstrap_servers,
        options,
        topics=names,
        since=since,
        follow=follow,
        acknowledged_by=acknowledged_by,
        connect_seconds=connect_seconds,
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
    connect_seconds: float = ANSWER_SECONDS,
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
        starts = _starts(consumer, topics, since, connect_seconds)
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


def _starts(
    consumer: Consumer, topics: Sequence[str], since: datetime | None, connect_seconds: float = ANSWER_SECONDS
) -> list[TopicPartition]:
    moment = int((since or datetime.now(UTC)).timestamp() * 1000)
    wanted = []
    for topic in topics:
        wanted += [TopicPartition(topic, number, moment) for number in _partitions(consumer, topic, connect_seconds)]
    starts: list[TopicPartition] = consumer.offsets_for_times(wanted, timeout=ANSWER_SECONDS)
    for start in starts:
        if start.offset == END:
            start.offset = _newest(consumer, start)
    return starts


def _partitions(consumer: Consumer, topic: str, connect_seconds: float) -> list[int]:
    try:
        found = consumer.list_topics(topic, timeout=connect_seconds).topics[topic]
    except KafkaException as error:
        was_reached = error.args[0].code() == KafkaError._TIMED_OUT  # noqa: SLF001 - its public name
        if not was_reached or connect_seconds >= ANSWER_SECONDS:
            raise
        found = consumer.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
    if found.error is not None:
        raise PublishError(f"Kafka has no topic {topic!r}: {found.error.str()}")
    return sorted(found.partitions)


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
