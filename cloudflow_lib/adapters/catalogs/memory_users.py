"""People in memory."""

from __future__ import annotations

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.people import Preferences


class MemoryUsers(Shelves):
    """UserBook on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._preferences: dict[str, Preferences] = {}

    def preferences(self, user: str) -> Preferences:
        with self._lock:
            return self._preferences.get(user, Preferences())

    def save_preferences(self, user: str, preferences: Preferences) -> None:
        with self._lock:
            self._preferences[user] = preferences
