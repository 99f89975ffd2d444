"""Runs of `migrate_files`, started through Airflow's API, and everything they left in the world."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from cloudflow_lib.adapters.publishers.kafka_tail import tail
from cloudflow_lib.domain.events import MigrationAdvanced, MigrationBatchEnded
from cloudflow_lib.domain.topics import Topic

DAG = "migrate_files"
RUN_SECONDS = 200
RELAY_SECONDS = 20
MAIL_SECONDS = 40


class Mailbox:
    """The mail catcher, through its own API."""

    def __init__(self, stack):
        self._url = f"http://127.0.0.1:{stack.ports.mail}"

    def mails(self):
        return httpx.get(f"{self._url}/api/email", timeout=30).raise_for_status().json()

    def wait_for(self, words):
        """Return the mails that hold *words*, once there is one."""
        until = time.monotonic() + MAIL_SECONDS
        while not (found := [mail for mail in self.mails() if words in mail["text"]]):
            assert time.monotonic() < until, f"no mail with {words!r}"
            time.sleep(0.2)
        return found


@dataclass(kw_only=True)
class Run:
    """One run of `migrate_files`."""

    stack: object
    mailbox: Mailbox
    run_id: str
    user: str
    started_at: datetime

    def wait(self, seconds=RUN_SECONDS):
        """Return how it ended: `success` or `failed`."""
        with self.stack.airflow() as airflow:
            return airflow.wait(DAG, self.run_id, timeout=seconds)

    def task_states(self):
        """Return (task, map index) -> state."""
        with self.stack.airflow() as airflow:
            return {
                (task["task_id"], task["map_index"]): task["state"] for task in airflow.task_instances(DAG, self.run_id)
            }

    @property
    def migrations(self):
        """Return source key -> migration."""
        return {move.source.key: move for move in self.stack.services.catalog.batch(self.run_id)}

    def count(self, state):
        return Counter(move.state for move in self.migrations.values())[state]

    def events(self):
        """Return the run's events from Kafka, once its last one is there."""
        until = time.monotonic() + RELAY_SECONDS
        while True:
            found = [event for event in self._tail() if self._is_mine(event)]
            if any(isinstance(event, MigrationBatchEnded) for event in found):
                return found
            assert time.monotonic() < until, f"no batch_ended on Kafka for {self.run_id}"
            time.sleep(0.2)

    def _tail(self):
        kafka = self.stack.settings.kafka
        return tail(
            kafka.bootstrap_servers, kafka.options, topics=[Topic.MIGRATIONS], since=self.started_at, follow=False
        )

    def _is_mine(self, event):
        if isinstance(event, MigrationAdvanced):
            return event.data.batch_id == self.run_id
        return event.subject == self.run_id

    def mails(self):
        """Return the mails about this run, once there is one: it comes through Kafka."""
        return self.mailbox.wait_for(f"/runs/{self.run_id}")


def start_run(stack, mailbox, user, **request):
    """Trigger `migrate_files` as *user*."""
    with stack.airflow(user) as airflow:
        started_at = datetime.now(UTC) - timedelta(seconds=5)
        run_id = airflow.trigger(DAG, request)
    return Run(stack=stack, mailbox=mailbox, run_id=run_id, user=user, started_at=started_at)
