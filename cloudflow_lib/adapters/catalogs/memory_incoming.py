"""Files that come in pieces, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.incoming import ResumableUpload
from cloudflow_lib.errors import NotFoundError


class MemoryIncoming(Shelves):
    """IncomingBook on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._incoming: dict[str, ResumableUpload] = {}

    def open_incoming(self, upload: ResumableUpload) -> None:
        with self._lock:
            self._incoming[upload.upload_id] = upload

    def incoming(self, upload_id: str) -> ResumableUpload:
        with self._lock:
            if upload_id not in self._incoming:
                raise NotFoundError(f"there is no upload {upload_id!r}")
            return self._incoming[upload_id]

    def lease_incoming(self, upload_id: str, *, now: datetime, until: datetime) -> ResumableUpload | None:
        with self._lock:
            known = self.incoming(upload_id)
            if known.leased_until is not None and known.leased_until > now:
                return None
            self._incoming[upload_id] = replace(known, leased_until=until, fence=known.fence + 1)
            return self._incoming[upload_id]

    def save_incoming(self, upload: ResumableUpload) -> bool:
        with self._lock:
            known = self._incoming.get(upload.upload_id)
            if known is None or known.fence != upload.fence:
                return False
            self._incoming[upload.upload_id] = upload
            return True

    def forget_incoming(self, upload_id: str) -> None:
        with self._lock:
            self._incoming.pop(upload_id, None)

    def count_incoming(self, user: str) -> int:
        with self._lock:
            return sum(one.user == user and one.file_id is None for one in self._incoming.values())

    def incoming_bytes(self, owner: str) -> int:
        with self._lock:
            return sum(one.size_bytes for one in self._incoming.values() if one.owner == owner and one.file_id is None)

    def expired_incoming(self, now: datetime, limit: int = 1000) -> Sequence[ResumableUpload]:
        with self._lock:
            found = [replace(one, tail=b"") for one in self._incoming.values() if one.expires_at <= now]
        return sorted(found, key=lambda one: one.expires_at)[:limit]
