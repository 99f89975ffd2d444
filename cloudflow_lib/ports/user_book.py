"""What we ask of the catalogue about the people who use the platform."""

from __future__ import annotations

from typing import Protocol

from cloudflow_lib.domain.people import Preferences


class UserBook(Protocol):
    """Remember people; their names and passwords are Airflow's."""

    def preferences(self, user: str) -> Preferences:
        """Return what *user* likes; of somebody new, what everybody begins with."""
        ...

    def save_preferences(self, user: str, preferences: Preferences) -> None: ...
