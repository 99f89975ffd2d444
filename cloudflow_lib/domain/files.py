"""One file of the catalogue, and how it gets its lasting name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cloudflow_lib.domain.tiers import Tier


class FileState(StrEnum):
    """Whether the object behind a file is still there."""

    PRESENT = "present"
    VANISHED = "vanished"
    """The last scan did not find it. The record stays: history and bills refer to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFile:
    """A file wherever it lies now: its identity survives every move."""

    file_id: str
    owner: str
    location_id: str
    key: str
    size_bytes: int
    version: str
    storage_class: str
    modified_at: datetime
    content_type: str | None = None
    tier: Tier = Tier.WARM
    """New files start warm: nobody knows yet how they are used."""
    tier_reasons: tuple[str, ...] = ()
    tier_since: datetime
    first_seen_at: datetime
    placed_at: datetime | None = None
    """When a move or an upload brought it to its current address; None: a scan found it there."""
    last_read_at: datetime | None = None
    state: FileState = FileState.PRESENT
    migration_id: str | None = None
    """The unfinished migration that holds this file, if any: one at a time."""

    def gives_way_to(self, version: str | None) -> bool:
        """
        Return whether another file that goes to this one's address as *version* may have it.

        This one is gone, or it is what a scan took that copy for; one that was moved or sent here is a file of its own.
        """
        if self.migration_id is not None:
            return False
        return self.state is FileState.VANISHED or (self.version == version and self.placed_at is None)


def file_id_at(location_id: str, key: str) -> str:
    """
    Return the id of the file first found at this address: 32 hexadecimal digits.

    It depends on the address alone, so that a repeated scan and an access log that
    arrives before the first scan agree about it. A file keeps its id when it moves.
    """
    return hashlib.blake2b(f"{location_id}\0{key}".encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
