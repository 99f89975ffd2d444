"""What wakes a schedule when something happens on a topic."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from airflow.providers.apache.kafka.triggers.shared_stream import KafkaSharedStreamTrigger
from airflow.triggers.base import TriggerEvent

CONNECTION = "cloudflow_kafka"
"""Airflow's connection to the platform's Kafka; `AIRFLOW_CONN_CLOUDFLOW_KAFKA` defines it."""
TOLD = ("id", "type", "time", "user", "subject")
"""Of an event; what happened stands in the topic, under its id."""


class TopicStream(KafkaSharedStreamTrigger):
    """
    Wakes up once for each event of some types on one topic.

    The place in the topic moves on only after Airflow's database has the wake-up: a triggerer that dies
    gets the same events again. The first schedule on a topic begins at what happens from then on.
    """

    def __init__(
        self,
        *,
        topics: Sequence[str],
        types: Sequence[str] = (),
        kafka_config_id: str = CONNECTION,
        poll_timeout: float = 1.0,
        dlq_topic: str | None = None,
    ) -> None:
        super().__init__(topics=topics, kafka_config_id=kafka_config_id, poll_timeout=poll_timeout, dlq_topic=dlq_topic)
        self.types = sorted(types)
        """None: all of them."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process builds this one again from."""
        _, named = super().serialize()
        return f"{type(self).__module__}.{type(self).__qualname__}", {**named, "types": self.types}

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncIterator[TriggerEvent]:
        """Wake up for each event that is wanted; what is no event wakes nobody."""
        async for raw in shared_stream:
            if told := self.told_of(raw):
                yield TriggerEvent(told)  # type: ignore[no-untyped-call]  # Airflow's own

    def told_of(self, raw: bytes | str | None) -> dict[str, str] | None:
        """Return what a run is told of a record, None when it wakes nobody."""
        try:
            event = json.loads(raw or b"")
            told = {name: str(event[name]) for name in TOLD}
        except (ValueError, KeyError, TypeError):
            return None
        return told if not self.types or told["type"] in self.types else None
