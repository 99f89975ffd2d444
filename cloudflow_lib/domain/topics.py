"""The topics of the platform: which there are, before anything is known of what is told on them."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """The Kafka topics of the platform."""

    FILES = "file-events"
    MIGRATIONS = "migration-events"
    MAIL = "email-notifications"
    PERFORMANCE = "performance-metrics"
    COSTS = "cost-updates"
    ALERTS = "system-alerts"
    NOTIFICATIONS = "user-notifications"


DEAD_LETTERS = "dead-letters"
"""The topic of what a handler could not act on: each record as it came, with the reason in its headers."""
