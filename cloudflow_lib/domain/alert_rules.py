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
    COST_THIS_MONTH = "cost_this_month"
    """What this month did cost so far, and what the rest of it is forecast to cost."""
    COST_OVER_FORECAST = "cost_over_forecast"
    """Percent that the last seven days cost more than was forecast before them."""
    ACCESS_ANOMALY = "access_anomaly"
    """How far from usual the last day's most unusual hour was, in robust standard deviations."""


PLATFORM = frozenset({Signal.REQUEST_SECONDS, Signal.KAFKA_LAG, Signal.DISK_PERCENT})
"""Signals of the whole platform: only administrators watch them."""
FORECAST = frozenset({Signal.COST_THIS_MONTH, Signal.COST_OVER_FORECAST})
"""
Signals of costs that a forecast is needed for; without a location they are of all that a user has, and
an administrator's rule that names no user watches everybody's sum.
"""
BY_PREFIX = FORECAST | {Signal.STORED_BYTES, Signal.COST_PER_MONTH, Signal.READS_PER_DAY, Signal.ACCESS_ANOMALY}
"""Signals that are also read below the first part of keys."""


class Comparison(StrEnum):
    """How a reading is judged."""

    ABOVE = "above"
    """The threshold."""
    SPIKE = "spike"
    """So many times what is usual: the 95th percentile of the signal's own last seven days."""
    SHARE = "share"
    """So many percent of a limit that the rule names, such as a budget or the size of a bucket."""


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
    """A value, for a spike a factor, for a share percent."""
    clears_at: float | None = None
    """A value (or factor, or percent) that ends the alert; None is nine tenths of the threshold."""
    limit: float | None = None
    """What a share is of."""
    lasts: timedelta = timedelta(0)
    """How long the trouble must last before it is told."""
    of_user: str | None = None
    location_id: str | None = None
    prefix: str = ""
    """Only files there whose keys begin with this first part, such as `reports/`."""
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
        if min(self.threshold, self.limit or 0.0) < 0 or (self.comparison is Comparison.SPIKE and self.threshold <= 1):
            raise WrongInputError("a threshold is not below 0, and a spike is more than 1 time what is usual")
        if self.clears_at is not None and self.clears_at > self.threshold:
            raise WrongInputError("the value that ends an alert cannot lie above the one that begins it")
        if (self.comparison is Comparison.SHARE) != (self.limit is not None) or self.limit == 0:
            raise WrongInputError("a share is one of a limit above 0, and nothing else has a limit")
        if self.prefix and (self.location_id is None or self.signal not in BY_PREFIX):
            raise WrongInputError("a prefix lies in a location, and is watched for bytes, costs and reads only")
        if self.prefix and self.prefix.find("/") != len(self.prefix) - 1:
            raise WrongInputError("a prefix is the first part of keys with its slash, such as reports/")
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
            and (reading.user == self.of_user if self.of_user else not (sees_all and self._is_sum(reading)))
            and self._is_there(reading.scope)
        )

    def _is_sum(self, reading: Reading) -> bool:
        """Return whether a sum is watched, and *reading* is only a part of it."""
        return self.signal in FORECAST and reading.user != ""

    @property
    def scope(self) -> str:
        """Return the place that is watched: a location, a prefix of one, or all of them."""
        return f"{self.location_id}/{self.prefix}" if self.prefix else self.location_id or ""

    def _is_there(self, scope: str) -> bool:
        if self.signal is Signal.ACCESS_ANOMALY:  # each is of a folder, however deep
            return not self.scope or f"{scope.rstrip('/')}/".startswith(f"{self.scope.rstrip('/')}/")
        if self.location_id is not None or self.signal in FORECAST:
            return scope == self.scope
        return self.signal not in BY_PREFIX or "/" not in scope


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
