"""What we ask of time: one place, so that tests can stop it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tell the time."""

    def __call__(self) -> datetime:
        """Return now, timezone-aware, in UTC."""
        ...


def system_clock() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)
