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
