"""People in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.people import Preferences, Standing, UserLimits


class MemoryUsers(Shelves):
    """UserBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._preferences: dict[str, Preferences] = {}
        self._standings: dict[str, Standing] = {}

    def preferences(self, user: str) -> Preferences:
        with self._lock:
            return self._preferences.get(user, Preferences())

    def save_preferences(self, user: str, preferences: Preferences) -> None:
        with self._lock:
            self._preferences[user] = preferences

    def standing(self, user: str) -> Standing:
        with self._lock:
            return self._standings.get(user, Standing())

    def standings(self) -> Mapping[str, Standing]:
        with self._lock:
            return dict(self._standings)

    def _note_standing(self, user: str, **changes: Any) -> None:  # noqa: ANN401 - fields of Standing
        with self._lock:
            self._standings[user] = replace(self.standing(user), **changes)

    def save_limits(self, user: str, limits: UserLimits) -> None:
        self._note_standing(user, limits=limits)

    def sign_out(self, user: str, at: datetime) -> None:
        self._note_standing(user, signed_out_at=at)

    def note_seen(self, user: str, at: datetime, *, is_admin: bool) -> None:
        self._note_standing(user, seen_at=at, is_admin=is_admin)

    def admins(self) -> frozenset[str]:
        return frozenset(user for user, standing in self.standings().items() if standing.is_admin)

    def save_admins(self, users: Collection[str]) -> None:
        for user in self.admins() | set(users):
            self._note_standing(user, is_admin=user in users)
