"""Signs of life that migrations give, in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_quarantine import MemoryQuarantine
from cloudflow_lib.domain.migrations import ENDED, TAKEN_BACK, Migration
from cloudflow_lib.errors import LostRaceError, NotFoundError
from cloudflow_lib.ports.migration_book import may_wait


class MemorySigns(MemoryQuarantine):
    """The part of MigrationBook that tells whether somebody is at work."""

    def __init__(self) -> None:
        super().__init__()
        self._migrations: dict[str, Migration] = {}
        self._closed: set[str] = set()
        self._writers: dict[tuple[str, str], datetime] = {}
        """(Migration id, writer) -> when it began to write at the destination."""
        self._alive_at: dict[str, datetime] = {}
        """Migration id -> when progress was noted."""

    def migration(self, migration_id: str) -> Migration:
        with self._lock:
            if migration_id not in self._migrations:
                raise NotFoundError(f"there is no migration {migration_id!r}")
            return self._migrations[migration_id]

    def stale_migrations(
        self, before: datetime, limit: int = 1000, *, abandoned: datetime | None = None
    ) -> Sequence[Migration]:
        with self._lock:
            resting = [m for m in self._migrations.values() if self._is_running(m) and self._last_sign(m) < before]
            found = [m for m in resting if not self._may_wait(m) or self._last_sign(m) < (abandoned or before)]
        return sorted(found, key=last_step_at)[:limit]

    def _may_wait(self, migration: Migration) -> bool:
        return may_wait(migration) and migration.batch_id not in self._closed

    def _last_sign(self, migration: Migration) -> datetime:
        moved_at = last_step_at(migration)
        return max(moved_at, self._alive_at.get(migration.migration_id, moved_at))

    def _is_running(self, migration: Migration) -> bool:
        return migration.state not in ENDED or (migration.state in TAKEN_BACK and self._is_held_by(migration))

    def _is_held_by(self, migration: Migration) -> bool:
        file = self._files.get(migration.file_id)
        return file is not None and file.migration_id == migration.migration_id

    def _require_fence(self, migration: Migration) -> None:
        if self.migration(migration.migration_id).fence != migration.fence:
            raise LostRaceError(f"migration {migration.migration_id} was advanced by somebody else: read it again")

    def begin_write(self, migration: Migration, writer: str, now: datetime) -> None:
        with self._lock:
            self._require_fence(migration)
            self._writers[migration.migration_id, writer] = now

    def end_write(self, migration_id: str, writer: str) -> None:
        with self._lock:
            self._writers.pop((migration_id, writer), None)

    def is_being_written(self, migration_id: str, since: datetime) -> bool:
        with self._lock:
            begun = [at for (known, _), at in self._writers.items() if known == migration_id]
            return bool(begun) and max(*begun, self._alive_at.get(migration_id, since)) > since

    def note_progress(self, migration_id: str, copied_bytes: int) -> None:
        with self._lock, contextlib.suppress(KeyError):
            known = self._migrations[migration_id]
            self._migrations[migration_id] = replace(known, copied_bytes=max(known.copied_bytes, copied_bytes))
            self._alive_at[migration_id] = self._now()


def last_step_at(migration: Migration) -> datetime:
    """Return when the last step of *migration* was written."""
    return max(migration.timestamps.values())
