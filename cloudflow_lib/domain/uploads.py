"""What is written down about the upload of a large object, so that a killed worker's parts are not lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import OpenUpload, UploadedPart, UploadId

BEGIN_WITHIN = timedelta(minutes=15)
"""How far the store's clock and its answer may be from the moment we wrote down that an upload begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartNote:
    """A part that arrived: the store's receipt, and our own digest of the bytes we read for it."""

    part: UploadedPart
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadEntry:
    """
    One upload of one migration, written down before it begins; a migration has one open upload at a time.

    *upload_id* must not be a credential: of the adapters here none is (a session URI of Google Cloud
    Storage would be, its adapter joins parts of its own instead).
    """

    migration_id: str
    attempt: int
    """From 1; the next one begins only after this one was closed."""
    location_id: str
    key: str
    source_version: str
    size_bytes: int
    part_bytes: int
    """All parts have this size, but for the last."""
    begun_at: datetime
    upload_id: UploadId | None = None
    """None: it was to begin, and nobody heard whether it did."""
    closed_at: datetime | None = None
    """When it was finished or aborted; what landed behind that is swept later."""
    parts: Mapping[int, PartNote] = field(default_factory=dict)
    """By number. Empty where entries are listed."""

    @property
    def entry_id(self) -> str:
        """Names this attempt among all."""
        return f"{self.migration_id}/{self.attempt}"

    @property
    def is_open(self) -> bool:
        """Whether it was neither finished nor aborted."""
        return self.closed_at is None

    @property
    def is_complete(self) -> bool:
        """Whether every part was noted."""
        return sum(note.digest.size_bytes for note in self.parts.values()) == self.size_bytes

    def fits(self, other: UploadEntry) -> bool:
        """Return whether both are about the same bytes, cut alike, for the same place."""
        return _what(self) == _what(other)

    def may_have_begun(self, found: OpenUpload) -> bool:
        """Return whether *found*, listed by the store, is the upload that nobody heard of."""
        if found.key != self.key or found.started_at is None:
            return False
        return abs(found.started_at - self.begun_at) <= BEGIN_WITHIN


def _what(entry: UploadEntry) -> tuple[str, str, str, int, int]:
    return entry.location_id, entry.key, entry.source_version, entry.size_bytes, entry.part_bytes
