"""What the platform remembers about the people who use it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Theme(StrEnum):
    """How the pages look."""

    SYSTEM = "system"
    """As Airflow's own pages do."""
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How somebody likes the pages; the same in every browser."""

    tour_seen: bool = False
    shortcuts: bool = True
    """Whether single keys do something."""
    theme: Theme = Theme.SYSTEM
    upload_location: str | None = None
    """Where the last upload went."""
    news_seen: str | None = None
    """The id of the newest notification that was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLimits:
    """What an administrator allows one person; None: what the settings allow everybody."""

    upload_bytes: int | None = None
    """Of one file."""
    storage_bytes: int | None = None
    """Of all their files together; the settings limit that for nobody."""
    uploads_per_minute: int | None = None
    writes_per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the platform stands to one person: what it lets them do, and what it last saw of them."""

    limits: UserLimits = UserLimits()
    signed_out_at: datetime | None = None
    """Tokens that were given out before open nothing any more."""
    seen_at: datetime | None = None
    is_admin: bool = False
    """As Airflow said last; a task, which cannot ask it, goes by this."""
