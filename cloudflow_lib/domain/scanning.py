"""What a listing tells about files the catalogue knows, and about those it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from cloudflow_lib.domain.events import Event, FileChanged, FileDiscovered
from cloudflow_lib.domain.facts import file_data, file_vanished
from cloudflow_lib.domain.files import CatalogFile, FileState, file_id_at
from cloudflow_lib.domain.locations import Location
from cloudflow_lib.domain.objects import ObjectInfo


@dataclass(slots=True, kw_only=True)
class ScanCounts:
    """What became of the objects of a listing, and of the files that were missing in it."""

    seen: int = 0
    added: int = 0
    changed: int = 0
    vanished: int = 0
    returned: int = 0
    unchanged: int = 0
    left_alone: int = 0
    """In quarantine, held by a migration that has not ended, a campaign's copy, or catalogued by another meanwhile."""

    def note_inserted(self, inserted: int) -> None:
        """Count as added only what the catalogue took."""
        self.left_alone += self.added - inserted
        self.added = inserted

    def add(self, other: ScanCounts) -> None:
        """Add *other* to this."""
        for count in fields(other):
            setattr(self, count.name, getattr(self, count.name) + getattr(other, count.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUpdate:
    """A known file, what changes of it, and the event that tells of it."""

    file: CatalogFile
    changed: Mapping[str, object]
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanView:
    """What a scan knows besides the listing."""

    location: Location
    started_at: datetime
    """What came or went later is not judged by this listing, which may be older."""
    quarantined: Mapping[str, str] = field(default_factory=dict)
    """Key -> version of sources that were migrated away and wait for their end."""
    promised: frozenset[str] = frozenset()
    """Keys of copies that no file was pointed at yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPlan:
    """What must be written about one page of a listing; nothing, if nothing happened."""

    inserts: Sequence[tuple[CatalogFile, Event]]
    updates: Sequence[FileUpdate]
    counts: ScanCounts


def plan_scan_page(listed: Sequence[ObjectInfo], known: Sequence[CatalogFile], view: ScanView) -> ScanPlan:
    """
    Compare a page of a listing with the files catalogued in the same closed range of keys.

    Held files are left alone, and so are copies: their migration tells the catalogue what becomes of them. An owner
    stays with the file, also when the location's rules about owners changed since.
    """
    counts = ScanCounts(seen=len(listed))
    inserts: list[tuple[CatalogFile, Event]] = []
    updates: list[FileUpdate] = []
    missing = {file.key: file for file in known}
    for info in listed:
        file = missing.pop(info.key, None)
        is_held = file is not None and file.migration_id is not None
        if is_held or info.key in view.promised or view.quarantined.get(info.key) == info.version:
            counts.left_alone += 1
        elif file is None:
            counts.added += 1
            inserts.append(_found(info, view))
        elif not (changed := _differences(file, info)):
            counts.unchanged += 1
        elif _is_older(info, file, view):
            counts.left_alone += 1
        else:
            is_back = file.state is FileState.VANISHED
            counts.returned += is_back
            counts.changed += not is_back
            updates.append(_update(file, changed))
    for file in missing.values():
        if _has_vanished(file, view):
            counts.vanished += 1
            gone = {"state": FileState.VANISHED}
            updates.append(FileUpdate(file=file, changed=gone, event=file_vanished(file)))
    return ScanPlan(inserts=inserts, updates=updates, counts=counts)


def _found(info: ObjectInfo, view: ScanView) -> tuple[CatalogFile, Event]:
    file = CatalogFile(
        file_id=file_id_at(view.location.location_id, info.key),
        owner=view.location.owner_of(info.key),
        location_id=view.location.location_id,
        key=info.key,
        size_bytes=info.size_bytes,
        version=info.version,
        storage_class=info.storage_class,
        modified_at=info.modified_at,
        content_type=info.content_type,
        tier_since=view.started_at,
        first_seen_at=view.started_at,
    )
    return file, FileDiscovered(subject=file.file_id, user=file.owner, data=file_data(file))


def _differences(file: CatalogFile, info: ObjectInfo) -> dict[str, object]:
    """Return field -> new value; other bytes bring all that a listing tells, another class only itself."""
    changed: dict[str, object] = {}
    if file.version != info.version or file.size_bytes != info.size_bytes:
        changed = {"version": info.version, "size_bytes": info.size_bytes, "modified_at": info.modified_at}
        if info.content_type is not None:
            changed["content_type"] = info.content_type
    if file.storage_class != info.storage_class:
        changed["storage_class"] = info.storage_class
    if file.state is not FileState.PRESENT:
        changed["state"] = FileState.PRESENT
    return changed


def _update(file: CatalogFile, changed: Mapping[str, object]) -> FileUpdate:
    data = file_data(file)
    told = data.model_copy(update={name: changed[name] for name in type(data).model_fields if name in changed})
    return FileUpdate(file=file, changed=changed, event=FileChanged(subject=file.file_id, user=file.owner, data=told))


def _is_older(info: ObjectInfo, file: CatalogFile, view: ScanView) -> bool:
    """Return whether *info* tells what was there before *file* came, behind the beginning of the scan."""
    came_later = file.placed_at is not None and file.placed_at > view.started_at
    return came_later and info.modified_at <= file.modified_at


def _has_vanished(file: CatalogFile, view: ScanView) -> bool:
    return (
        file.state is FileState.PRESENT
        and file.migration_id is None
        and file.key.startswith(view.location.prefix)
        and (file.placed_at or file.first_seen_at) < view.started_at
    )
