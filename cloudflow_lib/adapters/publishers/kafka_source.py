"""Events from Kafka for one handler: its place in the topics is a consumer group's."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from confluent_kafka import Consumer, KafkaError, KafkaException, Message
from pydantic import ValidationError

from cloudflow_lib.domain.events import EVENT, Event, Fact
from cloudflow_lib.domain.events.facts import type_of
from cloudflow_lib.errors import PublishError
from cloudflow_lib.ports.consumers import DeadLetter

log = logging.getLogger(__name__)

QUIET = 2
"""Of the client's own log only what is critical: what matters comes back as an error."""
ANSWER_SECONDS = 5.0
TYPE_HEADER = "ce_type"
GATHER_SECONDS = 0.01
"""How long others are waited for that come together with the first one."""

PASSING = frozenset({KafkaError._PARTITION_EOF, KafkaError.UNKNOWN_TOPIC_OR_PART})  # noqa: SLF001 - its public name
"""No news, or a topic that somebody is about to make."""


class KafkaSource:
    """EventSource on a consumer group called `cloudflow-NAME`; a new one begins at the oldest event."""

    def __init__(
        self, bootstrap_servers: str, options: Mapping[str, str], *, name: str, reads: Sequence[type[Fact]]
    ) -> None:
        self._servers = bootstrap_servers
        self._name = name
        self._wanted = frozenset(type_of(kind).encode() for kind in reads)
        self._taken = 0
        self._unread: list[DeadLetter] = []
        self._consumer = Consumer(
            {
                "client.id": "cloudflow",
                "log_level": QUIET,
                **options,
                "bootstrap.servers": bootstrap_servers,
                "group.id": f"cloudflow-{name}",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                # A handler that waits out an outage keeps its place this long; behind it, the events come again.
                "max.poll.interval.ms": 15 * 60 * 1000,
            }
        )
        self._consumer.subscribe(sorted({kind.topic.value for kind in reads}))

    def take(self, limit: int, seconds: float) -> Sequence[Event]:
        try:
            messages = self._consumer.consume(1, seconds)
        except KafkaException as error:
            raise PublishError(f"Kafka at {self._servers} does not answer; is it running? ({error})") from error
        if messages and limit > 1:  # asked for all at once, it would wait the whole time for the last of them
            try:
                messages += self._consumer.consume(limit - 1, GATHER_SECONDS)
            except KafkaException as error:  # the next call is told, too; what came already never comes again
                log.warning("events.not_read error=%s", error)
        events, self._unread = [], []
        for message in messages:
            if (trouble := message.error()) is not None:
                if trouble.code() not in PASSING:
                    log.warning("events.not_read error=%s", trouble.str())
                continue
            self._taken += 1
            if event := self._read(message):
                events.append(event)
        return events

    def unread(self) -> Sequence[DeadLetter]:
        return tuple(self._unread)

    def acknowledge(self) -> None:
        if not self._taken:
            return
        try:
            self._consumer.commit(asynchronous=False)
        except KafkaException as error:
            raise PublishError(f"Kafka at {self._servers} did not take the place: {error}") from error
        self._taken = 0

    def lag(self) -> int:
        waiting = 0
        try:
            for place in self._consumer.position(self._consumer.assignment()):
                marks = self._consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS)
                if marks is not None and place.offset >= 0:
                    waiting += max(marks[1] - place.offset, 0)
        except (KafkaException, RuntimeError) as error:  # the second: it was closed meanwhile
            raise PublishError(f"Kafka at {self._servers} does not tell the lag: {error}") from error
        return waiting

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        self._consumer.close()

    def _read(self, message: Message) -> Event | None:
        headers = dict(message.headers() or ())
        if TYPE_HEADER in headers and headers[TYPE_HEADER] not in self._wanted:
            return None
        try:
            event = EVENT.validate_json(message.value() or b"")
        except ValidationError as error:
            place = (message.topic(), message.partition(), message.offset())
            log.warning("events.unreadable topic=%s partition=%d offset=%d", *place)
            why = error.errors(include_url=False)[0]["msg"]  # the rest names every type of event there is
            self._unread.append(self._dead(message, f"{place[0]}/{place[1]}/{place[2]} is no event: {why}"))
            return None
        return event if event.type.encode() in self._wanted else None

    def _dead(self, message: Message, reason: str) -> DeadLetter:
        return DeadLetter(
            handler=self._name,
            reason=" ".join(reason.split()),
            topic=message.topic() or "",
            key=(message.key() or b"").decode(errors="replace"),
            value=message.value() or b"",
            at=datetime.now(UTC),
        )
