"""Files in memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves, fresh_file_id
from cloudflow_lib.domain.campaigns import Tally
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.listing import FileQuery, cursor_at, position_behind, position_of
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.catalogs import FileChange, FilePage, TierTotal

PAGE = 1000


class MemoryFiles(Shelves):
    """FileBook on dictionaries."""

    def file(self, file_id: str) -> CatalogFile:
        with self._lock:
            if file_id not in self._files:
                raise NotFoundError(f"there is no file {file_id!r}")
            return self._files[file_id]

    def files_by_id(self, file_ids: Sequence[str]) -> Sequence[CatalogFile]:
        with self._lock:
            return [self._files[file_id] for file_id in dict.fromkeys(file_ids) if file_id in self._files]

    def file_ids_at(self, location_id: str, keys: Sequence[str]) -> Mapping[str, str]:
        with self._lock:
            return {key: self._places[location_id, key] for key in keys if (location_id, key) in self._places}

    def files_between(
        self, location_id: str, after: str | None, upto: str | None, *, limit: int | None = None
    ) -> Sequence[CatalogFile]:
        with self._lock:
            keys = self._keys.get(location_id, [])
            start = 0 if after is None else bisect_right(keys, after)
            stop = len(keys) if upto is None else bisect_right(keys, upto)
            return [self._files[self._places[location_id, key]] for key in keys[start:stop][:limit]]

    def insert_files(self, files: Sequence[tuple[CatalogFile, Event | None]]) -> int:
        with self._lock:
            return sum(self._insert(file, event) for file, event in files)

    def _insert(self, file: CatalogFile, event: Event | None) -> bool:
        if (file.location_id, file.key) in self._places:
            return False
        if (old := self._files.get(file.file_id)) is not None:
            if old.placed_at is not None and old.placed_at >= file.first_seen_at:
                return False
            file = replace(file, file_id=fresh_file_id())
            event = event and event.model_copy(update={"subject": file.file_id})
        self._files[file.file_id] = file
        self._take_place(file)
        if event is not None:
            self._tell([event])
        return True

    def update_files(self, changes: Sequence[FileChange]) -> int:
        with self._lock:
            return sum(self._update(change) for change in changes)

    def _update(self, change: FileChange) -> bool:
        file = self._files.get(change.file_id)
        if file is None or (file.version, file.tier) != (change.expected_version, change.expected_tier):
            return False
        if change.expected_place is not None:
            placed = self._places.get(change.expected_place) == file.file_id
            if not placed or file.migration_id is not None:
                return False
        changed: dict[str, Any] = dict(change.changed)
        self._files[file.file_id] = replace(file, **changed)
        if change.event is not None:
            self._tell([change.event])
        return True

    def list_files(
        self,
        *,
        owner: str | None = None,
        location_id: str | None = None,
        tier: Tier | None = None,
        prefix: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> FilePage:
        with self._lock:
            found = [
                file
                for file_id, file in sorted(self._files.items())
                if file.state is FileState.PRESENT
                and (cursor is None or file_id > cursor)
                and owner in (None, file.owner)
                and location_id in (None, file.location_id)
                and tier in (None, file.tier)
                and file.key.startswith(prefix or "")
            ]
        page = found[:limit]
        return FilePage(files=page, next_cursor=page[-1].file_id if len(found) > limit else None)

    def iter_files(self, location_id: str | None = None) -> Iterator[Sequence[CatalogFile]]:
        cursor: str | None = None
        while True:
            page = self.list_files(location_id=location_id, cursor=cursor, limit=PAGE)
            if page.files:
                yield page.files
            if page.next_cursor is None:
                return
            cursor = page.next_cursor

    def files_under(
        self, location_id: str, prefix: str = "", *, owner: str | None = None, tier: Tier | None = None
    ) -> Iterator[Sequence[CatalogFile]]:
        found = [
            file
            for file in self.files_between(location_id, None, None)
            if file.state is FileState.PRESENT
            and file.key.startswith(prefix)
            and owner in (None, file.owner)
            and tier in (None, file.tier)
        ]
        yield from (found[start : start + PAGE] for start in range(0, len(found), PAGE))

    def set_signposts(self, location_id: str, keys: Sequence[str]) -> None:
        """Nothing to note: all of it is at hand."""

    def find_files(self, query: FileQuery, *, cursor: str | None = None, limit: int = 100) -> FilePage:
        def place(file: CatalogFile) -> tuple[Any, str]:
            position = position_of(file, query.order)
            return position.value, position.file_id

        found = sorted(self._accepted(query), key=place, reverse=query.descending)
        if cursor is not None:
            behind = position_behind(cursor, query)
            edge: tuple[Any, str] = (behind.value, behind.file_id)
            found = [file for file in found if (place(file) < edge if query.descending else place(file) > edge)]
        page = found[:limit]
        is_last = len(found) <= limit
        return FilePage(
            files=page, next_cursor=None if is_last else cursor_at(position_of(page[-1], query.order), query)
        )

    def count_files(self, query: FileQuery) -> Tally:
        found = self._accepted(query)
        return Tally(files=len(found), size_bytes=sum(file.size_bytes for file in found))

    def _accepted(self, query: FileQuery) -> list[CatalogFile]:
        with self._lock:
            return [file for file in self._files.values() if query.accepts(file)]

    def sum_files(self, owner: str | None = None) -> Sequence[TierTotal]:
        return self.totals(owner)

    def totals(self, owner: str | None = None) -> Sequence[TierTotal]:
        sums: dict[tuple[str, str, Tier, str], tuple[int, int]] = {}
        with self._lock:
            for file in self._files.values():
                if file.state is FileState.PRESENT and owner in (None, file.owner):
                    group = (file.location_id, file.owner, file.tier, file.storage_class)
                    files, size = sums.get(group, (0, 0))
                    sums[group] = (files + 1, size + file.size_bytes)
        return [
            TierTotal(location_id=place, owner=whose, tier=tier, storage_class=name, files=files, size_bytes=size)
            for (place, whose, tier, name), (files, size) in sorted(sums.items())
        ]
