"""Migrations in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cloudflow_lib.adapters.catalogs.memory_signs import MemorySigns
from cloudflow_lib.adapters.catalogs.pending import UNDECIDED, pending_quarantine
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.facts import migration_advanced
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.migrations import Address, Migration, MigrationState
from cloudflow_lib.domain.move_listing import MoveQuery, move_position_behind, move_position_of
from cloudflow_lib.errors import LostRaceError, NotFoundError
from cloudflow_lib.ports.migration_book import MigrationPage, Refusal, migration_page


class MemoryMigrations(MemorySigns):
    """MigrationBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._last_event: dict[str, str] = {}
        self._refusals: dict[str, Refusal] = {}
        self._fences: dict[str, int] = {}
        """File id -> fence of the migration that switched the file last, took a switch back, or began anew."""

    def open_batch(self, batch_id: str, migrations: Sequence[Migration]) -> Sequence[Migration]:
        with self._lock:
            for migration in migrations:
                if migration.migration_id not in self._migrations:
                    self._open(migration)
            return self.batch(batch_id)

    def _open(self, migration: Migration) -> None:
        now = self._now()
        queued = replace(migration, timestamps={MigrationState.QUEUED: now, **migration.timestamps})
        self._tell([migration_advanced(queued)])
        if refusal := self._hold(migration.file_id, migration.migration_id):
            stamps = {**queued.timestamps, MigrationState.FAILED: now}
            queued = replace(queued, state=MigrationState.FAILED, error=refusal, timestamps=stamps, fence=1)
            self._tell([migration_advanced(queued)])
        self._migrations[migration.migration_id] = queued

    def _hold(self, file_id: str, migration_id: str) -> str | None:
        """Hold the file, or return why not."""
        file = self._files.get(file_id)
        if file is None:
            return "the catalogue knows no such file: scan its location, then ask again"
        if file.migration_id not in (None, migration_id):
            return f"another migration ({file.migration_id}) holds this file: wait for its end, then ask again"
        self._files[file_id] = replace(file, migration_id=migration_id)
        return None

    def refuse_batch(self, batch_id: str, requested_by: str, reason: str) -> None:
        with self._lock:
            if not self.batch(batch_id):
                self._refusals.setdefault(batch_id, Refusal(requested_by=requested_by, reason=reason))

    def refusal(self, batch_id: str) -> Refusal | None:
        with self._lock:
            return self._refusals.get(batch_id)

    def batch(self, batch_id: str) -> Sequence[Migration]:
        with self._lock:
            found = [migration for migration in self._migrations.values() if migration.batch_id == batch_id]
            return sorted(found, key=lambda migration: migration.migration_id)

    def recent_migrations(self, *, owner: str | None = None, limit: int = 50) -> Sequence[Migration]:
        return self.find_migrations(MoveQuery(owner=owner), limit=limit).migrations

    def find_migrations(self, query: MoveQuery, *, cursor: str | None = None, limit: int = 100) -> MigrationPage:
        behind = move_position_behind(cursor) if cursor else None
        with self._lock:
            known = list(self._migrations.values())
        found = sorted((one for one in known if query.accepts(one)), key=move_position_of, reverse=True)
        page = [one for one in found if behind is None or move_position_of(one) < behind][: limit + 1]
        return migration_page(page, limit)

    def advance(self, before: Migration, after: Migration, event: Event) -> Migration:
        with self._lock:
            stored = self.migration(before.migration_id)
            if stored.fence == before.fence + 1 and self._last_event.get(before.migration_id) == event.id:
                return stored
            self._require_fence(before)
            stored = replace(after, fence=before.fence + 1)
            if after.state is MigrationState.QUEUED:
                if refusal := self._hold(after.file_id, after.migration_id):
                    raise LostRaceError(refusal)
                self._fences[after.file_id] = stored.fence
            self._migrations[before.migration_id] = stored
            self._last_event[before.migration_id] = event.id
            self._tell([event])
            return stored

    def switch_file(self, migration: Migration) -> None:
        target = migration.destination
        with self._lock:
            file = self._files.get(migration.file_id)
            if file is None or file.migration_id != migration.migration_id or target.version is None:
                raise LostRaceError(f"file {migration.file_id} is not held by migration {migration.migration_id}")
            source = replace(migration.source, storage_class=file.storage_class)
            is_withdrawn = self._fences.get(file.file_id, 0) > migration.fence
            if is_withdrawn or not _lies_at(file, source) or file.state is not FileState.PRESENT:
                if _lies_at(file, target):
                    return
                raise LostRaceError(f"file {migration.file_id} changed since it was migrated: plan it again")
            occupant = self._places.get((target.location_id, target.key))
            if occupant not in (None, file.file_id):
                self._make_room(self._files[occupant], migration)
            if not migration.stays_in_place and migration.migration_id not in self._quarantine:
                self.quarantine(pending_quarantine(migration))
            self._place(file, target)
            self._fences[file.file_id] = migration.fence

    def _place(self, file: CatalogFile, at: Address) -> None:
        self._leave_place(file.location_id, file.key)
        moved = replace(
            file,
            location_id=at.location_id,
            key=at.key,
            version=at.version or file.version,
            storage_class=at.storage_class,
            placed_at=self._now(),
        )
        self._files[file.file_id] = moved
        self._take_place(moved)

    def withdraw_file(self, migration: Migration) -> bool:
        source, target = migration.source, migration.destination
        with self._lock:
            file = self._files[migration.file_id]
            is_there = (file.location_id, file.key) == (target.location_id, target.key)
            if file.migration_id != migration.migration_id or self._fences.get(file.file_id, 0) > migration.fence:
                return not is_there
            self._fences[file.file_id] = migration.fence
            if not is_there:
                return True
            occupant = self._places.get((source.location_id, source.key))
            if occupant is not None and not self._is_replaced(self._files[occupant], source):
                return False
            self._place(file, source)
            return True

    def _is_replaced(self, occupant: CatalogFile, address: Address) -> bool:
        """Take its address from a record that stands for the same object, or for none; return False for another one."""
        if not occupant.gives_way_to(address.version):
            return False
        self._retire(occupant, replace(occupant, state=FileState.VANISHED))
        return True

    def _make_room(self, occupant: CatalogFile, migration: Migration) -> None:
        if not self._is_replaced(occupant, migration.destination):
            raise LostRaceError(
                f"another object is catalogued at {migration.destination.location_id}/{migration.destination.key}: "
                "scan the destination, then ask again"
            )

    def release_file(self, migration: Migration) -> None:
        with self._lock:
            if self._is_held_by(migration) and self._fences.get(migration.file_id, 0) > migration.fence:
                return
            pending = self._quarantine.get(migration.migration_id)
            if pending is not None and pending.until == UNDECIDED:
                del self._quarantine[migration.migration_id]
            self.let_file_go(migration.file_id, migration.migration_id)

    def hold_file(self, file_id: str, migration_id: str) -> CatalogFile | None:
        with self._lock:
            if file_id not in self._files:
                raise NotFoundError(f"there is no file {file_id!r}")
            return self._files[file_id] if self._hold(file_id, migration_id) is None else None

    def let_file_go(self, file_id: str, migration_id: str) -> None:
        with self._lock:
            file = self._files.get(file_id)
            if file is not None and file.migration_id == migration_id:
                self._files[file_id] = replace(file, migration_id=None)
                self._fences.pop(file_id, None)

    def close_batch(self, batch_id: str, events: Sequence[Event]) -> bool:
        with self._lock:
            if batch_id in self._closed:
                return False
            self._closed.add(batch_id)
            self._tell(events)
            return True


def _lies_at(file: CatalogFile, place: Address) -> bool:
    return place == Address(
        location_id=file.location_id, key=file.key, version=file.version, storage_class=file.storage_class
    )
