"""
One Airflow asset per topic, so that DAGs of others run when something happens.

An asset is a wake-up, never a list of work: many events may start one run, and what they were stands in
the topic. Put a clock beside it (`AssetOrTimeSchedule`), as `docs/examples/on_cost_changes.py` does. Not
imported by our own DAGs: it loads the client of Kafka.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetWatcher

from cloudflow_lib.domain.events import (
    AccessAnomalyFound,
    AlertChanged,
    CostsChanged,
    DataRefused,
    Fact,
    FileUploaded,
    MailRefused,
    MigrationBatchEnded,
    NotificationRaised,
    PerformanceMeasured,
)
from cloudflow_lib.domain.events.facts import type_of
from cloudflow_lib.domain.topics import Topic
from cloudflow_plugin.topic_stream import TopicStream


def topic_asset(topic: Topic, *kinds: type[Fact], name: str | None = None) -> Asset:
    """Return an asset that is updated by events of *kinds* on *topic*; choose kinds that come a few times a minute."""
    called = name or topic.value
    types = [type_of(kind) for kind in kinds]
    trigger = TopicStream(topics=[topic.value], types=types)
    return Asset(name=called, uri=f"cloudflow://{called}", watchers=[AssetWatcher(name=called, trigger=trigger)])


FILE_EVENTS = topic_asset(Topic.FILES, FileUploaded)
"""Somebody uploaded a file."""
MIGRATION_EVENTS = topic_asset(Topic.MIGRATIONS, MigrationBatchEnded)
"""A run of moves ended."""
EMAIL_NOTIFICATIONS = topic_asset(Topic.MAIL, MailRefused)
"""A mail server refused a mail for good."""
PERFORMANCE_METRICS = topic_asset(Topic.PERFORMANCE, PerformanceMeasured)
"""A process told how long its work took."""
COST_UPDATES = topic_asset(Topic.COSTS, CostsChanged)
"""A day of somebody's costs is new, or came out differently."""
SYSTEM_ALERTS = topic_asset(Topic.ALERTS, AlertChanged, AccessAnomalyFound, DataRefused)
"""An alert began, was passed on or is over; use or data are not as they should be."""
USER_NOTIFICATIONS = topic_asset(Topic.NOTIFICATIONS, NotificationRaised)
"""Somebody was told something in the bell."""

TOPIC_ASSETS = {
    Topic.FILES: FILE_EVENTS,
    Topic.MIGRATIONS: MIGRATION_EVENTS,
    Topic.MAIL: EMAIL_NOTIFICATIONS,
    Topic.PERFORMANCE: PERFORMANCE_METRICS,
    Topic.COSTS: COST_UPDATES,
    Topic.ALERTS: SYSTEM_ALERTS,
    Topic.NOTIFICATIONS: USER_NOTIFICATIONS,
}
"""Topic -> its asset."""
