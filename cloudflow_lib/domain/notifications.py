"""
What people are told in the bell: one line for each thing that ended, failed or wants a decision.

Whatever happens by the hundred (files sent, classes changed) is counted into one notification per
person and hour, and each event counts once, however often it is delivered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cloudflow_lib.domain.listing import moment_in, pack_cursor, unpack_cursor
from cloudflow_lib.errors import WrongInputError

WINDOW = timedelta(hours=1)
KEPT = timedelta(days=90)
"""How long a notification can be looked up."""
CURSOR_PARTS = 2


class NotificationKind(StrEnum):
    """What a person may want to hear of, or not."""

    MIGRATION = "migration"
    UPLOAD = "upload"
    CLASSES = "classes"
    RECOMMENDATION = "recommendation"
    ALERT = "alert"
    POLICY = "policy"
    MAIL = "mail"
    """A mail that did not get through; told in the bell only."""


COUNTED = frozenset({NotificationKind.UPLOAD, NotificationKind.CLASSES, NotificationKind.RECOMMENDATION})
"""What happens by the hundred, and is told as a count."""


COUNT_WORDS: Mapping[NotificationKind, tuple[str, str, str]] = {
    NotificationKind.UPLOAD: ("uploaded", "to", "files"),
    NotificationKind.CLASSES: ("changed class", "now", "files"),
    NotificationKind.RECOMMENDATION: ("would be cheaper elsewhere", "in", "recommendations"),
}
"""What is said of the files, of each part of them, and where there is more."""


class Level(StrEnum):
    """How much it matters."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One line for one person."""

    notification_id: str
    """Follows from the event, so that the same event makes the same notification again."""
    user: str
    kind: NotificationKind
    level: Level
    title: str
    text: str = ""
    path: str = ""
    """Where in the dashboard there is more, such as `migrations?batch=run-1`."""
    created_at: datetime
    changed_at: datetime
    """When the newest event came that it counts."""
    count: int = 1
    """Of how many events it tells."""
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A notification that counts events: all of one kind, of one person, in one window."""

    user: str
    kind: NotificationKind
    begins_at: datetime

    @property
    def digest_id(self) -> str:
        """Return the id of its notification."""
        return derived_id(self.kind, self.user, self.begins_at.isoformat())

    @property
    def ends_at(self) -> datetime:
        """When no further event falls into it."""
        return self.begins_at + WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One event of a digest: what it is counted under."""

    digest: Digest
    event_id: str
    label: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationPage:
    """Some notifications, newest first."""

    notifications: Sequence[Notification]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationQuery:
    """Whose notifications are looked for, and which."""

    user: str
    only_unread: bool = False
    kinds: frozenset[NotificationKind] = field(default_factory=frozenset)
    """None of them named: any."""


def derived_id(*parts: str) -> str:
    """Return an id that the same *parts* always give."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def digest_at(user: str, kind: NotificationKind, at: datetime) -> Digest:
    """Return the digest that an event of then is counted in."""
    return Digest(user=user, kind=kind, begins_at=at.replace(minute=0, second=0, microsecond=0))


def digest_notification(digest: Digest, counts: Mapping[str, int], newest: datetime) -> Notification:
    """Return what is told of *counts*, by label."""
    total = sum(counts.values())
    files = "1 file" if total == 1 else f"{total:,} files"
    by_size = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    told, link, path = COUNT_WORDS[digest.kind]
    return Notification(
        notification_id=digest.digest_id,
        user=digest.user,
        kind=digest.kind,
        level=Level.SUCCESS if digest.kind is NotificationKind.UPLOAD else Level.INFO,
        title=f"{files} {told}",
        text="; ".join(f"{count:,} {link} {label}" for label, count in by_size),
        path=path,
        created_at=digest.begins_at,
        changed_at=newest,
        count=total,
    )


def cursor_behind(notification: Notification) -> str:
    """Return what continues a list behind *notification*."""
    return pack_cursor(notification.changed_at.isoformat(), notification.notification_id)


def place_of(cursor: str) -> tuple[datetime, str]:
    """Return where a list goes on; WrongInputError when *cursor* is none of ours."""
    at, notification_id = unpack_cursor(cursor, CURSOR_PARTS)
    try:
        if isinstance(at, str) and isinstance(notification_id, str):
            return moment_in(at), notification_id
    except ValueError:
        pass
    raise WrongInputError("this is no cursor of ours: begin again without one")
