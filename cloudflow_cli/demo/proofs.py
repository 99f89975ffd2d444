"""Proofs beside the story: events read again, and what nobody can read."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from cloudflow_lib.domain.events import MailRequested
from cloudflow_lib.domain.notifications import NotificationQuery
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.ports.catalogs import Catalog

if TYPE_CHECKING:
    from cloudflow_cli.demo.story import Stage

NO_EVENT = b"This is no event: the demonstration wanted to see where it ends."
BURIED_SECONDS = 15.0
LOOK_SECONDS = 0.2
TRIES, SETTLE_SECONDS = 3, 2.0
MOST = 500


def replay_bell(stage: Stage, user: str, since: datetime) -> tuple[int, int, int]:
    """Rebuild the bell of *user* in an empty catalogue; return events read, lines, and lines that differ."""
    for _ in range(TRIES):
        found = _replay_bell(stage, user, since)
        if not found[2]:
            break
        time.sleep(SETTLE_SECONDS)  # an event came that was acted on at this moment
    return found


def _replay_bell(stage: Stage, user: str, since: datetime) -> tuple[int, int, int]:
    from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
    from cloudflow_lib.adapters.publishers.kafka_tail import tail
    from cloudflow_lib.bootstrap import settings
    from cloudflow_lib.workflows.consume_events import replay
    from cloudflow_lib.workflows.rebuild_news import BellRebuilder

    kafka, empty = settings().kafka, MemoryCatalog()
    handler = BellRebuilder(replace(stage.services, catalog=empty))
    topics = sorted({kind.topic for kind in handler.reads}, key=list(Topic).index)
    events = tail(
        kafka.bootstrap_servers,
        kafka.options,
        topics=topics,
        since=since,
        follow=False,
        acknowledged_by=handler.name,
    )
    with _silent(tail.__module__):  # it would tell of what was buried before
        count = replay(handler, events)
    again = _lines(empty, user, since)
    kept = _lines(stage.catalog, user, since)
    return count, len(again), sum(kept.get(name) != line for name, line in again.items())


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """Keep warnings of one module off the screen."""
    log = logging.getLogger(name)
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _lines(catalog: Catalog, user: str, since: datetime) -> dict[str, tuple[str, str, int]]:
    """Return what the lines say, by their ids."""
    page = catalog.notification_page(NotificationQuery(user=user), limit=MOST)
    return {
        one.notification_id: (one.title, one.text, one.count) for one in page.notifications if one.created_at >= since
    }


def bury_one(stage: Stage) -> int:
    """Send what is no event where mails are asked for; return how many dead letters that makes."""
    from cloudflow_lib.adapters.publishers.dead_letters import KafkaDeadLetters
    from cloudflow_lib.bootstrap import settings
    from cloudflow_lib.domain.events.facts import type_of

    kafka, since = settings().kafka, stage.services.clock()
    _send(kafka.bootstrap_servers, kafka.options, type_of(MailRequested))
    letters = KafkaDeadLetters(kafka.bootstrap_servers, kafka.options)
    until = time.monotonic() + BURIED_SECONDS
    while not (found := [one for one in letters.read(since) if one.value == NO_EVENT]) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    return len(found)


def _send(servers: str, options: Mapping[str, str], kind: str) -> None:
    from confluent_kafka import Producer

    producer = Producer({**options, "bootstrap.servers": servers})
    producer.produce(Topic.MAIL.value, key=b"demonstration", value=NO_EVENT, headers={"ce_type": kind})
    producer.flush(BURIED_SECONDS)
