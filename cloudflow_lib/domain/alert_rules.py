"""What to watch, and whom to tell when it is too high."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cloudflow_lib.domain.notifications import Level
from cloudflow_lib.errors import WrongInputError

MOST_RECIPIENTS = 20


class Signal(StrEnum):
    """What can be watched."""

    MIGRATIONS_FAILED = "migrations_failed"
    """Moves that did not arrive within the last hour."""
    ERROR_RATE = "error_rate"
    """Percent of the last hour's moves that failed."""
    MOVE_SECONDS = "move_seconds"
    """95 of 100 moves of the last hour took no longer."""
    REQUEST_SECONDS = "request_seconds"
    """95 of 100 requests to the API of the last hour took no longer."""
    KAFKA_LAG = "kafka_lag"
    """Events that wait for the slowest of those who act on them."""
    DISK_PERCENT = "disk_percent"
    STORED_BYTES = "stored_bytes"
    COST_PER_MONTH = "cost_per_month"
    READS_PER_DAY = "reads_per_day"


PLATFORM = frozenset({Signal.REQUEST_SECONDS, Signal.KAFKA_LAG, Signal.DISK_PERCENT})
"""Signals of the whole platform: only administrators watch them."""


class Comparison(StrEnum):
    """How a reading is judged."""

    ABOVE = "above"
    """The threshold."""
    SPIKE = "spike"
    """So many times what is usual: the 95th percentile of the signal's own last seven days."""


class Channel(StrEnum):
    """Where an alert is told, besides Kafka, which hears of all."""

    IN_APP = "in_app"
    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A time in which a rule says nothing."""

    begins_at: datetime
    ends_at: datetime
    reason: str = ""
    by: str = ""

    def __post_init__(self) -> None:
        if self.begins_at >= self.ends_at:
            raise WrongInputError("a silence must end after it begins")

    def covers(self, at: datetime) -> bool:
        """Return whether *at* lies in it."""
        return self.begins_at <= at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What to watch, and whom to tell."""

    rule_id: str
    owner: str
    name: str
    signal: Signal
    comparison: Comparison = Comparison.ABOVE
    threshold: float
    """A value, or for a spike a factor."""
    clears_at: float | None = None
    """A value (or factor) that ends the alert; None is nine tenths of the threshold."""
    lasts: timedelta = timedelta(0)
    """How long the trouble must last before it is told."""
    of_user: str | None = None
    location_id: str | None = None
    level: Level = Level.WARNING
    channels: frozenset[Channel] = frozenset({Channel.IN_APP, Channel.EMAIL})
    escalate_after: timedelta | None = None
    escalate_to: tuple[str, ...] = ()
    silences: tuple[Silence, ...] = ()
    is_enabled: bool = True
    webhook_url: str | None = None
    webhook_secret: bytes = b""
    """Sealed; what signs the calls of the webhook."""
    fence: int = 0

    def __post_init__(self) -> None:
        if self.threshold < 0 or (self.comparison is Comparison.SPIKE and self.threshold <= 1):
            raise WrongInputError("a threshold is not below 0, and a spike is more than 1 time what is usual")
        if self.clears_at is not None and self.clears_at > self.threshold:
            raise WrongInputError("the value that ends an alert cannot lie above the one that begins it")
        if Channel.WEBHOOK in self.channels and not self.webhook_url:
            raise WrongInputError("a webhook needs an address")
        if (self.escalate_after is None) != (not self.escalate_to) or len(self.escalate_to) > MOST_RECIPIENTS:
            raise WrongInputError(f"an escalation needs a time and 1 to {MOST_RECIPIENTS} users")

    def is_silent(self, at: datetime) -> bool:
        """Return whether nothing is said at that time."""
        return any(silence.covers(at) for silence in self.silences)

    def watches(self, reading: Reading, *, sees_all: bool) -> bool:
        """Return whether *reading* is one for this rule; *sees_all* is whether its owner is an administrator."""
        is_theirs = sees_all or (reading.user == self.owner and self.signal not in PLATFORM)
        return (
            is_theirs
            and reading.signal is self.signal
            and (self.of_user is None or reading.user == self.of_user)
            and (self.location_id is None or reading.scope == self.location_id)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a signal was at a time."""

    signal: Signal
    user: str = ""
    """Whose; of the platform it is nobody's."""
    scope: str = ""
    """A location, a disk or whatever else there are several of."""
    value: float
    at: datetime

    @property
    def source(self) -> str:
        """Return what the reading is one of many of."""
        return f"{self.signal}/{self.user}/{self.scope}"
