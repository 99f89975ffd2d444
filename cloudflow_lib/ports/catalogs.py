"""
What we ask of the catalogue: the platform's memory of files, places, reads and moves.

Every change and its events are written in one document update: events wait in the document's
outbox until `drain_outbox` has published them. No promise here needs a transaction over
several documents, so that any MongoDB-compatible server can keep them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.domain.migrations import Migration
from cloudflow_lib.domain.tiers import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """One page of a keyset listing."""

    files: Sequence[CatalogFile]
    next_cursor: str | None
    """Give it back to get the page behind this one; None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTotal:
    """Files and bytes of one class in one location under one owner."""

    location_id: str
    owner: str
    tier: Tier
    storage_class: str
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedSource:
    """A source object that was migrated away and waits for its end; scans must not catalogue it again."""

    migration_id: str
    location_id: str
    key: str
    version: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that was refused as a whole."""

    requested_by: str
    reason: str


class PlaceBook(Protocol):
    """Locations and their credentials."""

    def save_credential(self, credential: Credential) -> None: ...
    def credential(self, credential_id: str) -> Credential:
        """Return it, or raise NotFoundError."""
        ...

    def credentials(self) -> Sequence[Credential]: ...
    def save_location(self, location: Location) -> None: ...
    def location(self, location_id: str) -> Location:
        """Return it, or raise NotFoundError."""
        ...

    def locations(self) -> Sequence[Location]: ...


class FileBook(Protocol):
    """The files."""

    def file(self, file_id: str) -> CatalogFile:
        """Return it, or raise NotFoundError."""
        ...

    def files_by_id(self, file_ids: Sequence[str]) -> Sequence[CatalogFile]: ...

    def file_ids_at(self, location_id: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Return key -> file id of those keys that are catalogued at this location."""
        ...

    def files_between(self, location_id: str, after: str | None, upto: str | None) -> Sequence[CatalogFile]:
        """
        Return the location's files with `after < key <= upto`, in key order; None means no bound.

        Vanished files are among them. Keys compare by their UTF-8 bytes, as listings are sorted.
        """
        ...

    def insert_files(self, files: Sequence[tuple[CatalogFile, Event]]) -> int:
        """
        Insert new files with their events, in bulk, and return how many were new.

        One that somebody else inserted first is left as it is. A file whose id belongs to one
        that has moved away gets a fresh id, and so does the subject of its event.
        """
        ...

    def update_files(self, changes: Sequence[FileChange]) -> int:
        """Apply changes with their events, in bulk, each only if its file still is as expected; return how many."""
        ...

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
        """Return a page of present files in the order of file ids; owner None is an administrator's view."""
        ...

    def iter_files(self, location_id: str | None = None) -> Iterator[Sequence[CatalogFile]]:
        """Yield every present file in bounded pages, without holding a cursor open across slow work."""
        ...

    def totals(self, owner: str | None = None) -> Sequence[TierTotal]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A change of one file: applied only while the file still has *expected_version* and *expected_tier*."""

    file_id: str
    expected_version: str
    expected_tier: Tier
    changed: Mapping[str, object]
    """Field of CatalogFile -> new value."""
    event: Event | None
    expected_place: tuple[str, str] | None = None
    """If given: also only while the file lies at this (location id, key) and no migration holds it."""


class AccessBook(Protocol):
    """Reads per file and day."""

    def add_reads(self, batch_id: str, rollups: Sequence[DayRollup]) -> None:
        """Add the counts of a batch; adding the same batch again changes nothing."""
        ...

    def reads_of(self, file_ids: Sequence[str], since: date) -> Mapping[str, Sequence[DayRollup]]: ...

    def reads_since(self, since: date) -> Iterator[Sequence[DayRollup]]:
        """Yield every rollup from *since* on, in bounded pages."""
        ...

    def is_ingested(self, batch_id: str) -> bool: ...
    def mark_ingested(self, batch_id: str, report: Mapping[str, int]) -> None: ...
    def log_state(self, name: str) -> Mapping[str, int]:
        """Return what was last kept under *name* (how far a log was read, what time the logs of a location cover)."""
        ...

    def save_log_state(self, name: str, state: Mapping[str, int]) -> None:
        """Keep *state* under *name*, in place of what was kept before; nothing kept reads as an empty mapping."""
        ...

    def seen_lines(self, source: str, hour: datetime) -> frozenset[bytes]:
        """Return the 8-byte hashes of the log lines already counted in this hour of *source*."""
        ...

    def add_seen_lines(self, source: str, hour: datetime, line_hashes: Iterable[bytes]) -> None: ...
    def quarantine_lines(self, source: str, lines: Sequence[tuple[str, str]]) -> None:
        """Keep (line, reason) of lines that could not be read, for a person to look at."""
        ...


class MigrationBook(Protocol):
    """Migrations and their batches."""

    def open_batch(self, batch_id: str, migrations: Sequence[Migration]) -> Sequence[Migration]:
        """
        Store *migrations* and hold their files for them; opening the same batch again returns what is stored.

        Each stored migration raises its `queued` event, each refused one its `failed` event as well.
        A file that another unfinished migration holds makes its migration start as `failed`, with the reason.
        """
        ...

    def refuse_batch(self, batch_id: str, requested_by: str, reason: str) -> None:
        """Remember why a whole request was refused, for its report; an opened batch is left as it is."""
        ...

    def refusal(self, batch_id: str) -> Refusal | None: ...

    def migration(self, migration_id: str) -> Migration:
        """Return it, or raise NotFoundError."""
        ...

    def batch(self, batch_id: str) -> Sequence[Migration]: ...
    def recent_migrations(self, *, owner: str | None = None, limit: int = 50) -> Sequence[Migration]: ...

    def stale_migrations(self, before: datetime, limit: int = 1000) -> Sequence[Migration]:
        """Return unfinished migrations whose last step was written before *before*, oldest first."""
        ...

    def advance(self, before: Migration, after: Migration, event: Event) -> Migration:
        """
        Write *after* with its event in one update, if the stored fence still is `before.fence`.

        Writing the same event again is not a lost race. A step back to `queued` holds the file again.

        Raises:
            LostRaceError: Somebody else advanced it; read it again.
        """
        ...

    def note_progress(self, migration_id: str, copied_bytes: int) -> None:
        """Record progress for people to watch; never an error, no event."""
        ...

    def switch_file(self, migration: Migration) -> None:
        """
        Point the file at the destination, if it still is the version that was migrated; twice is once.

        Another record at the destination address that stands for the same copy (a scan was faster) or
        for an object that is gone gives up the address: it stays as a vanished file, with its event.

        Raises:
            LostRaceError: The file changed, or another object lies at the destination.
        """
        ...

    def release_file(self, migration: Migration) -> None:
        """Let the file go when its migration has ended."""
        ...

    def quarantine(self, source: QuarantinedSource) -> None: ...
    def quarantined_at(self, location_id: str) -> Mapping[str, QuarantinedSource]: ...
    def expired_quarantine(self, now: datetime, limit: int = 1000) -> Sequence[QuarantinedSource]: ...
    def forget_quarantine(self, migration_id: str) -> None: ...

    def claim_mail(self, batch_id: str, now: datetime, lease_seconds: float) -> bool:
        """Return True for the one caller who may send the batch's mail now."""
        ...

    def close_batch(self, batch_id: str, events: Sequence[Event]) -> bool:
        """Mark the batch reported, with its events; return False if it was already."""
        ...


class Outbox(Protocol):
    """Events that wait for the broker."""

    def drain_outbox(self, publish: Callable[[Sequence[Event]], None], *, limit: int = 1000) -> int:
        """
        Publish up to *limit* waiting events, oldest first, and remove them; return how many.

        An event leaves the outbox only after *publish* returned: a crash in between repeats it.
        """
        ...

    def outbox_size(self) -> int: ...


class Catalog(PlaceBook, FileBook, AccessBook, MigrationBook, Outbox, Protocol):
    """The whole memory."""

    def prepare(self) -> None:
        """Create collections and indexes; doing it again changes nothing."""
        ...

    def ping(self) -> None:
        """Raise CatalogUnavailableError when the server does not answer."""
        ...

    def close(self) -> None: ...
