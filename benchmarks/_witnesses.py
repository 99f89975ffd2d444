"""Watches events and mails arrive, and notes when: no part of the platform that sends them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from cloudflow_lib.adapters.publishers.kafka_tail import tail
from cloudflow_lib.domain.events import MigrationAdvanced
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.settings import KafkaSettings

LOOK_SECONDS = 0.02


@dataclass
class Witness:
    """What was seen first when, by the batch it is about."""

    seen: dict[str, float] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, batch_id: str) -> None:
        """Note that it was seen now."""
        with self._changed:
            self.seen.setdefault(batch_id, time.monotonic())
            self._changed.notify_all()

    def wait(self, batch_id: str, *, seconds: float) -> float:
        """Return when *batch_id* was seen, in seconds of `time.monotonic`; wait for it if need be."""
        with self._changed:
            if not self._changed.wait_for(lambda: batch_id in self.seen, timeout=seconds):
                raise TimeoutError(f"nothing was seen of {batch_id} within {seconds:.0f} s")
            return self.seen[batch_id]


def watch_events(kafka: KafkaSettings) -> Witness:
    """Read migration events from now on and note each file that is done."""
    witness = Witness()
    now = datetime.now(UTC)

    def watch() -> None:
        events = tail(kafka.bootstrap_servers, kafka.options, topics=[Topic.MIGRATIONS], since=now)
        for event in events:
            if isinstance(event, MigrationAdvanced) and event.data.state is MigrationState.DONE:
                witness.note(event.data.batch_id)

    _start(watch)
    return witness


def watch_mails(url: str) -> Witness:
    """Look into the mail catcher from now on and note each mail that links to a run."""
    witness = Witness()
    http = httpx.Client(base_url=url, timeout=10.0)

    def mails(skip: int) -> list[dict[str, Any]]:
        return list(http.get("/api/email", params={"skip": skip}).raise_for_status().json())

    known = len(mails(0))

    def watch() -> None:
        nonlocal known
        while True:
            with contextlib.suppress(httpx.HTTPError):  # who waits for the mail says that it did not come
                for mail in mails(known):
                    known += 1
                    link = next((word for word in mail["text"].split() if "/runs/" in word), "")
                    witness.note(link.rpartition("/")[2])
            time.sleep(LOOK_SECONDS)

    _start(watch)
    return witness


def _start(watch: Callable[[], None]) -> None:
    threading.Thread(target=watch, daemon=True).start()
