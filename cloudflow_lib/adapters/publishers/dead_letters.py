"""Dead letters on a Kafka topic of their own: each record as it came, and in its headers why it is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from cloudflow_lib.adapters.publishers.kafka import DELIVERY_SECONDS, GRACE_SECONDS, QUIET
from cloudflow_lib.adapters.publishers.kafka_tail import messages
from cloudflow_lib.domain.topics import DEAD_LETTERS
from cloudflow_lib.errors import PublishError
from cloudflow_lib.ports.consumers import DeadLetter

MOST_BYTES = 1_000_000_000
"""As many as Kafka's client can be told."""
HANDLER, REASON, TOPIC, AT = "cf_handler", "cf_reason", "cf_topic", "cf_at"


class KafkaDeadLetters:
    """DeadLetters on the topic `dead-letters`."""

    def __init__(self, bootstrap_servers: str, options: Mapping[str, str]) -> None:
        self._servers, self._options = bootstrap_servers, dict(options)

    def put(self, letters: Sequence[DeadLetter]) -> None:
        failures: Counter[str] = Counter()

        def note(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                failures[f"{message.topic()}: {error.str()}"] += 1

        producer = self._producer()  # there are few: a connection for each occasion is enough
        try:
            for one in letters:
                producer.produce(
                    DEAD_LETTERS,
                    key=one.key.encode(),
                    value=one.value,
                    headers={HANDLER: one.handler, REASON: one.reason, TOPIC: one.topic, AT: one.at.isoformat()},
                    on_delivery=note,
                )
        except (KafkaException, BufferError) as error:
            failures[str(error)] += 1
        if unanswered := producer.flush(DELIVERY_SECONDS + GRACE_SECONDS):
            failures["no answer"] += unanswered
        if failures:
            reasons = "; ".join(f"{reason} ({count})" for reason, count in failures.most_common())
            raise PublishError(f"Kafka at {self._servers} did not take {len(letters)} dead letters: {reasons}")

    def read(self, since: datetime) -> Iterator[DeadLetter]:
        for message in messages(self._servers, self._options, topics=[DEAD_LETTERS], since=since, follow=False):
            told = dict(message.headers() or ())
            yield DeadLetter(
                handler=_text(told.get(HANDLER)),
                reason=_text(told.get(REASON)),
                topic=_text(told.get(TOPIC)),
                key=_text(message.key()),
                value=message.value() or b"",
                at=_moment(_text(told.get(AT)), message),
            )

    def _producer(self) -> Producer:
        return Producer(
            {
                "client.id": "cloudflow",
                "log_level": QUIET,
                "compression.type": "lz4",
                **self._options,
                # What came from the broker goes back: that it takes it is for the broker to say.
                "message.max.bytes": MOST_BYTES,
                "bootstrap.servers": self._servers,
                "delivery.timeout.ms": int(DELIVERY_SECONDS * 1000),
                "enable.idempotence": True,
                "acks": "all",
            }
        )


def _text(raw: str | bytes | None) -> str:
    return raw.decode(errors="replace") if isinstance(raw, bytes) else raw or ""


def _moment(text: str, message: Message) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # somebody else's record
        return datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
