"""What one person may send, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.incoming import UploadLimits
from cloudflow_lib.errors import QuotaError
from cloudflow_lib.workflows.services import Services


def limits_of(user: str, services: Services) -> UploadLimits:
    """Return what *user* may send: an administrator's word goes before the settings."""
    usual, own = services.upload_limits, services.catalog.standing(user).limits.upload_bytes
    if own is None:
        return usual
    return replace(usual, max_bytes=min(usual.max_bytes, own), max_resumable_bytes=own)


@dataclass(frozen=True, slots=True)
class Room:
    """How many more bytes an owner may have; None: any number."""

    owner: str
    size_bytes: int | None

    def require(self, size_bytes: int) -> None:
        """Raise QuotaError if there is no room for *size_bytes*."""
        if self.size_bytes is not None and size_bytes > self.size_bytes:
            left = max(0, self.size_bytes)
            raise QuotaError(f"there is room for {left:,} more bytes of {self.owner}: an administrator set a limit")


def room_of(owner: str, services: Services, *, replaces: tuple[str, str] | None = None) -> Room:
    """
    Return the room that *owner* has beside the files there are and those that come in pieces.

    The file at *replaces* (location and key) makes room for what takes its place.
    """
    most = services.catalog.standing(owner).limits.storage_bytes
    if most is None:
        return Room(owner, None)
    held = sum(total.size_bytes for total in services.catalog.sum_files(owner))
    awaited = services.catalog.incoming_bytes(owner)
    return Room(owner, most - held - awaited + _size_of(replaces, services))


def _size_of(place: tuple[str, str] | None, services: Services) -> int:
    if place is None:
        return 0
    location_id, key = place
    found = [services.catalog.file(one) for one in services.catalog.file_ids_at(location_id, [key]).values()]
    return sum(file.size_bytes for file in found if file.state is FileState.PRESENT)
