"""Events on Kafka, published with the broker's acknowledgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from cloudflow_lib.domain.events import Event
from cloudflow_lib.errors import EventsRefusedError, PublishError

DELIVERY_SECONDS = 8.0
GRACE_SECONDS = 1.0
POLL_SECONDS = 0.2
SIZES = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})
TOO_LARGE = "Kafka takes no message of this size"
QUIET = 2
"""Of the client's own log only what is critical: what matters comes back as an error."""


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
        if refused := self._refused(events):
            raise EventsRefusedError({event.id: TOO_LARGE for event in refused})

    def _refused(self, events: Sequence[Event]) -> Sequence[Event]:
        """Publish *events* and return which of them are too large; what was sent beside one is refused with it."""
        refused = self._sent(events)
        if not refused or len(events) == 1:
            return refused
        half = (len(refused) + 1) // 2
        return [*self._refused(refused[:half]), *self._refused(refused[half:])]

    def _sent(self, events: Sequence[Event]) -> Sequence[Event]:
        """Publish *events* at once and return those that were refused for their size."""
        producer = self._connected()
        failures: Counter[str] = Counter()
        refused: set[str] = set()

        def note(event: Event, error: KafkaError | None, message: Message) -> None:
            if error is not None and error.code() in SIZES:
                refused.add(event.id)
            elif error is not None:
                failures[f"{message.topic()}: {error.str()}"] += 1

        for event in events:
            try:
                _send(producer, event, partial(note, event))
            except KafkaException as error:
                if error.args[0].code() not in SIZES:
                    failures[str(error)] += 1
                    break
                refused.add(event.id)
        # Longer than the delivery timeout: every message has its answer or its error by then.
        if unanswered := producer.flush(self._delivery_seconds + GRACE_SECONDS):
            failures["no answer"] += unanswered
        if failures:
            # An idempotent producer that lost a message may refuse all others: the next call gets a new one.
            self._producer = None
            reasons = "; ".join(f"{reason} ({count})" for reason, count in failures.most_common())
            raise PublishError(f"Kafka at {self._servers} did not take all of {len(events)} events: {reasons}")
        return [event for event in events if event.id in refused]

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
