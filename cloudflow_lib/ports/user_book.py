"""What we ask of the catalogue about the people who use the platform."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.people import Preferences, Standing, UserLimits


class UserBook(Protocol):
    """Remember people; their names, passwords and roles are Airflow's."""

    def preferences(self, user: str) -> Preferences:
        """Return what *user* likes; of somebody new, what everybody begins with."""
        ...

    def save_preferences(self, user: str, preferences: Preferences) -> None: ...

    def standing(self, user: str) -> Standing:
        """Return how we stand to *user*; to somebody new, as to everybody."""
        ...

    def standings(self) -> Mapping[str, Standing]:
        """Return everybody's of whom something is known, by name."""
        ...

    def save_limits(self, user: str, limits: UserLimits) -> None: ...

    def sign_out(self, user: str, at: datetime) -> None:
        """Make the tokens that *user* was given until *at* worthless."""
        ...

    def note_seen(self, user: str, at: datetime, *, is_admin: bool) -> None:
        """Write down that *user* was here, and as what."""
        ...

    def admins(self) -> frozenset[str]:
        """Return those who are administrators by their role."""
        ...

    def save_admins(self, users: Collection[str]) -> None:
        """Write down that exactly *users* are administrators by their role."""
        ...
