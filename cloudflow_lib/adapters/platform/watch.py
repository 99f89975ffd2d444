"""The platform's own machine and event bus."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cloudflow_lib.errors import PublishError

log = logging.getLogger(__name__)

ANSWER_SECONDS = 10.0
GROUPS = "cloudflow-"
PASSING = ("cloudflow-tail-",)
"""Those who only look on: nothing waits for them."""
QUIET = 2


class MachineWatch:
    """`cloudflow_lib.ports.platform_watch.PlatformWatch` on this machine and one Kafka."""

    def __init__(self, bootstrap_servers: str, options: Mapping[str, str], disks: Sequence[Path]) -> None:
        self._servers = bootstrap_servers
        self._options: dict[str, str | int | float | bool] = {
            "log_level": QUIET,
            **options,
            "bootstrap.servers": bootstrap_servers,
        }
        self._disks = disks
        self._client: Any = None

    def waiting_events(self) -> Mapping[str, int]:
        from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
        from confluent_kafka.admin import AdminClient

        try:
            if self._client is None:
                self._client = AdminClient(self._options)
            known = self._client.list_consumer_groups(request_timeout=ANSWER_SECONDS).result()
            waiting = {}
            for name in (one.group_id for one in known.valid):
                if name.startswith(GROUPS) and not name.startswith(PASSING):
                    asked = [ConsumerGroupTopicPartitions(name)]
                    offsets = self._client.list_consumer_group_offsets(asked, request_timeout=ANSWER_SECONDS)
                    waiting[name.removeprefix(GROUPS)] = self._behind(offsets[name].result().topic_partitions)
        except KafkaException as error:
            raise PublishError(f"Kafka at {self._servers} does not tell what waits: {error}") from error
        return waiting

    def _behind(self, places: Sequence[Any]) -> int:
        """Return how many messages lie behind *places*."""
        from confluent_kafka import TopicPartition
        from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]  # its public place

        known = [one for one in places if one.offset >= 0]
        if not known:
            return 0
        spec = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # it ships no types here
        latest = {TopicPartition(at.topic, at.partition): spec for at in known}
        found = self._client.list_offsets(latest, request_timeout=ANSWER_SECONDS)
        newest = {(at.topic, at.partition): one.result().offset for at, one in found.items()}
        return sum(max(newest[at.topic, at.partition] - at.offset, 0) for at in known)

    def full_disks(self) -> Mapping[str, float]:
        found = {}
        for path in self._disks:
            try:
                usage = shutil.disk_usage(path)
            except OSError as error:  # not mounted, or not on this machine
                log.warning("alerts.no_disk path=%s error=%s", path, error)
                continue
            found[str(path)] = round(100 * usage.used / max(usage.total, 1), 1)
        return found
