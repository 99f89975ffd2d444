"""Asks those who saw what happened: the event bus, and the mail catcher."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx

from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.settings import KafkaSettings

ANSWER_SECONDS = 20.0
DRAIN_SECONDS = 60.0
MAIL_SECONDS = 60.0


def count_events(settings: KafkaSettings) -> dict[str, int]:
    """Return topic -> number of events the broker holds."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer(
        {**settings.options, "bootstrap.servers": settings.bootstrap_servers, "group.id": "cloudflow-demo"}
    )
    try:
        counts = {}
        for topic in Topic:
            partitions = consumer.list_topics(topic.value, timeout=ANSWER_SECONDS).topics[topic.value].partitions
            spans = [
                consumer.get_watermark_offsets(TopicPartition(topic.value, number), timeout=ANSWER_SECONDS)
                for number in partitions
            ]
            counts[topic.value] = sum(newest - oldest for oldest, newest in spans)
        return counts
    finally:
        consumer.close()


def wait_for_outbox(catalog: Catalog) -> None:
    """
    Return when every event has reached the broker.

    Raises:
        CloudFlowError: Some still wait.
    """
    until = time.monotonic() + DRAIN_SECONDS
    while waiting := catalog.outbox_size():
        if time.monotonic() > until:
            raise CloudFlowError(f"{waiting:,} events still wait for Kafka: does `cloudflow relay` run?")
        time.sleep(0.2)


def count_mails(port: int) -> int:
    """Return how many mails the catcher holds."""
    return int(_mails(port, limit=1)["total"])


def wait_for_mails(port: int, least: int) -> None:
    """Return when the catcher holds *least* mails, or when it takes too long: whoever counts them tells then."""
    until = time.monotonic() + MAIL_SECONDS
    while count_mails(port) < least and time.monotonic() < until:
        time.sleep(0.2)


def newest_mail_titles(port: int, limit: int) -> list[str]:
    """Return the titles of the newest mails."""
    return [str(mail.get("subject", "")) for mail in _mails(port, limit=limit)["items"]]


def _mails(port: int, limit: int) -> Mapping[str, Any]:
    try:
        answer = httpx.get(
            f"http://127.0.0.1:{port}/api/email/summary", params={"limit": limit}, timeout=ANSWER_SECONDS
        )
        found: Mapping[str, Any] = answer.raise_for_status().json()
    except httpx.HTTPError as error:
        raise CloudFlowError(f"the mail catcher does not answer ({error}): `cloudflow status` shows more") from error
    return found
