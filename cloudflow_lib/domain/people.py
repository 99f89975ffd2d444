"""What the platform remembers about the people who use it."""

from __future__ import annotations

from dataclasses import dataclass
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
