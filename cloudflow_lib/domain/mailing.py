"""
When a person gets which mail: at once, in an hourly or daily digest, or none; never a flood.

A wish is one thing that a person wants to read about. A letter is one mail: it carries one wish, or
all that are due when there are many. A wish goes into one letter only, for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cloudflow_lib.domain.notifications import Level, NotificationKind

BURST = 20
"""So many mails may come one by one; what comes behind them within the calm is collected."""
CALM = timedelta(minutes=2)
MOST_AN_HOUR = 100
"""Mails to one person that are no digests."""
DIGEST_EVERY = timedelta(hours=1)
TOO_OLD = timedelta(days=7)
"""A wish that is first seen so late is news to nobody."""
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
GIVEN_UP_AFTER = timedelta(days=5)
"""A mail server that refuses one letter for so long, always for the moment, will not take it any more."""


class Pace(StrEnum):
    """How soon a person wants to read of something."""

    OFF = "off"
    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


DEFAULT_PACES: Mapping[NotificationKind, Pace] = {
    NotificationKind.MIGRATION: Pace.AT_ONCE,
    NotificationKind.UPLOAD: Pace.OFF,
    NotificationKind.CLASSES: Pace.DAILY,
    NotificationKind.RECOMMENDATION: Pace.DAILY,
    NotificationKind.ALERT: Pace.AT_ONCE,
    NotificationKind.POLICY: Pace.AT_ONCE,
    NotificationKind.MAIL: Pace.OFF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPreferences:
    """What one person wants to get by mail."""

    paces: Mapping[NotificationKind, Pace] = field(default_factory=dict)
    """Kinds that are not named have the default."""
    daily_hour: int = 7
    """When the daily digest comes, in UTC."""

    def pace_of(self, kind: NotificationKind) -> Pace:
        """Return how soon things of *kind* are to be mailed."""
        return self.paces.get(kind, DEFAULT_PACES[kind])

    def due_at(self, kind: NotificationKind, now: datetime, not_before: datetime | None = None) -> datetime | None:
        """Return when something of *kind* is to be mailed, None for never."""
        start = max(now, not_before or now)
        hour = start.replace(minute=0, second=0, microsecond=0)
        match self.pace_of(kind):
            case Pace.OFF:
                return None
            case Pace.AT_ONCE:
                return start
            case Pace.HOURLY:
                return hour + timedelta(hours=1)
            case Pace.DAILY:
                today = hour.replace(hour=self.daily_hour)
                return today if today > start else today + timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWish:
    """One thing that a person wants to read about."""

    wish_id: str
    """Of the notification, or of the event that asked."""
    user: str
    kind: NotificationKind
    level: Level
    title: str
    lines: tuple[str, ...] = ()
    path: str = ""
    notification_id: str | None = None
    """Where the newest words about it stand."""
    asked_at: datetime
    due_at: datetime
    is_digest: bool = False
    """Whether it waits for a digest, and not for itself."""
    is_held: bool = False
    """Whether it was due once and is held back, to be collected with others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLetter:
    """A letter of lately, as far as it matters for the next."""

    made_at: datetime
    wishes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPlan:
    """Which letters to write now; what is in none of them waits."""

    letters: tuple[tuple[MailWish, ...], ...] = ()
    waiting: tuple[MailWish, ...] = ()
    until: datetime | None = None
    """Until when the rest waits."""


def plan_letters(due: Sequence[MailWish], lately: Sequence[SentLetter], now: datetime) -> LetterPlan:
    """
    Decide how the wishes that are *due* for one person are mailed, given the letters of the last hour.

    A few come one by one. Many within the calm are collected until it is over and come as one digest,
    and behind a digest of such many the next waits an hour.
    """
    in_order = sorted(due, key=lambda wish: (wish.asked_at, wish.wish_id))
    digest = tuple(wish for wish in in_order if wish.is_digest)
    single = tuple(wish for wish in in_order if not wish.is_digest)
    planned = (digest,) if digest else ()
    if not single:
        return LetterPlan(letters=planned)
    calm = sum(letter.made_at > now - CALM for letter in lately if letter.wishes == 1)
    hour = sum(letter.made_at > now - DIGEST_EVERY for letter in lately if letter.wishes == 1)
    if len(single) + calm <= BURST and len(single) + hour <= MOST_AN_HOUR:
        return LetterPlan(letters=(*planned, *((wish,) for wish in single)))
    last = max((letter.made_at for letter in lately if letter.wishes > BURST), default=None)
    ready_at = max(single[0].asked_at + CALM, last + DIGEST_EVERY if last else now)
    if ready_at > now:
        return LetterPlan(letters=planned, waiting=single, until=ready_at)
    return LetterPlan(letters=(*planned, single))


class LetterState(StrEnum):
    """What became of a letter."""

    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"
    EMPTY = "empty"
    """Another letter carries what it was made for, or its reader wants none of it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one person, from its making to its end."""

    letter_id: str
    """That of its first wish."""
    user: str
    wish_ids: tuple[str, ...]
    state: LetterState = LetterState.QUEUED
    made_at: datetime
    next_try_at: datetime
    attempts: int = 0
    fence: int = 0
    """Raised by each claim: only who holds the last one may write how it ended."""
    reason: str | None = None
    """Why it was not taken the last time, or for good."""
    to: str | None = None
    title: str | None = None
    sent_at: datetime | None = None


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait behind the n-th try that failed."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 10)
    return min(doubled, LONGEST_WAIT)
