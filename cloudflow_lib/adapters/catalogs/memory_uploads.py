"""The part ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.objects import UploadId
from cloudflow_lib.domain.uploads import PartNote, UploadEntry


class MemoryUploads(Shelves):
    """PartLedger on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._uploads: dict[str, UploadEntry] = {}

    def last_upload(self, migration_id: str) -> UploadEntry | None:
        with self._lock:
            known = [entry for entry in self._uploads.values() if entry.migration_id == migration_id]
        return max(known, key=lambda entry: entry.attempt, default=None)

    def open_upload(self, entry: UploadEntry) -> bool:
        with self._lock:
            return self._uploads.setdefault(entry.entry_id, entry) is entry

    def name_upload(self, entry: UploadEntry, upload_id: UploadId) -> bool:
        with self._lock:
            known = self._uploads.get(entry.entry_id)
            if known is None or not known.is_open or known.upload_id not in {None, upload_id}:
                return False
            self._uploads[entry.entry_id] = replace(known, upload_id=upload_id)
            return True

    def note_part(self, entry: UploadEntry, note: PartNote) -> None:
        with self._lock:
            known = self._uploads.get(entry.entry_id)
            if known is not None and known.is_open:
                self._uploads[entry.entry_id] = replace(known, parts={**known.parts, note.part.number: note})

    def close_upload(self, entry: UploadEntry, now: datetime) -> None:
        with self._lock:
            known = self._uploads.get(entry.entry_id)
            if known is not None and known.is_open:
                self._uploads[entry.entry_id] = replace(known, closed_at=now, parts={})

    def open_uploads(self, limit: int = 1000) -> Sequence[UploadEntry]:
        with self._lock:
            found = [replace(entry, parts={}) for entry in self._uploads.values() if entry.is_open]
        return sorted(found, key=lambda entry: entry.begun_at)[:limit]

    def closed_uploads(self, before: datetime, limit: int = 1000) -> Sequence[UploadEntry]:
        with self._lock:
            closed = [(entry.closed_at, entry) for entry in self._uploads.values() if entry.closed_at is not None]
        found = [(closed_at, entry) for closed_at, entry in closed if closed_at < before]
        return [entry for _, entry in sorted(found, key=lambda one: one[0])][:limit]

    def forget_upload(self, entry: UploadEntry) -> None:
        with self._lock:
            self._uploads.pop(entry.entry_id, None)
