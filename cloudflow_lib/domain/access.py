"""Reads of files, as access logs tell them, and their sums per file and day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class AccessKind(StrEnum):
    """What a logged request did to the object."""

    READ = "read"
    """Data was read (200 or 206): the only kind that makes a file hotter."""
    WRITE = "write"
    DELETE = "delete"
    OTHER = "other"
    """HEAD, lists, tags, restores, transitions and everything that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecord:
    """One line of an access log, in words that fit every provider."""

    line_id: str
    """What makes two lines the same request: the provider's deduplication key."""
    at: datetime
    kind: AccessKind
    operation: str
    bucket: str
    key: str
    """The real object name, decoded; bytes that are no UTF-8 survive as surrogates."""
    size_bytes: int
    """Bytes sent to the reader; 0 where the log does not say."""
    requester: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line of an access log that could not be read: kept for a person, never fatal."""

    line: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTraffic:
    """How the platform's own requests are told from those of people: scans and moves are no use of a file."""

    requesters: frozenset[str] = frozenset()
    """Access key ids, user ARNs or principals that only the platform works with."""
    user_agents: tuple[str, ...] = ("cloudflow/",)
    """Texts within the user agent; logs that name no requester (GCS, shared keys of Azure) leave only this."""

    def is_own(self, record: AccessRecord) -> bool:
        """Return whether the platform itself sent this request."""
        if record.requester in self.requesters:
            return True
        agent = record.user_agent
        return agent is not None and any(mark in agent for mark in self.user_agents)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCoverage:
    """The span of time a location's access logs have told about so far: silence outside of it proves nothing."""

    since: datetime
    until: datetime

    def __or__(self, other: LogCoverage) -> LogCoverage:
        return LogCoverage(since=min(self.since, other.since), until=max(self.until, other.until))


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRollup:
    """The reads of one file on one UTC day."""

    file_id: str
    day: date
    reads: int
    read_bytes: int
    hours: Mapping[int, int] = field(default_factory=dict)
    """UTC hour (0-23) -> reads; hours without reads are absent."""
    last_read_at: datetime
