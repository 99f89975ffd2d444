"""What we ask of the ledger of migrations: every step written once, and every file held by one move at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.migrations import ENDED, Migration, MigrationState
from cloudflow_lib.domain.move_listing import MoveQuery, move_cursor_at, move_position_of


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedSource:
    """A source object that was migrated away and waits for its end; scans must not catalogue it again."""

    migration_id: str
    """Names the entry: the migration, or the bundle and file, that left it behind."""
    file_id: str
    location_id: str
    key: str
    version: str
    until: datetime
    group: str | None = None
    """Names those that were put aside in one write with it."""

    @property
    def turn(self) -> tuple[datetime, str, str]:
        """Return what quarantines end in the order of: a group stays together."""
        return self.until, self.group or self.migration_id, self.migration_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that was refused as a whole."""

    requested_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPage:
    """One page of a keyset listing."""

    migrations: Sequence[Migration]
    next_cursor: str | None
    """Give it back to get the page behind this one; None at the end."""


def migration_page(found: Sequence[Migration], limit: int) -> MigrationPage:
    """Return the page of at most *limit* migrations that *found* begins with; one more tells that it goes on."""
    goes_on = len(found) > limit
    cursor = move_cursor_at(move_position_of(found[limit - 1])) if goes_on else None
    return MigrationPage(migrations=found[:limit], next_cursor=cursor)


def may_wait(migration: Migration) -> bool:
    """Return whether it may wait for its turn in a run: its switch is still to come, and it is no way back."""
    return migration.state not in ENDED | {MigrationState.SWITCHED} and migration.undoes is None


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

    def find_migrations(self, query: MoveQuery, *, cursor: str | None = None, limit: int = 100) -> MigrationPage:
        """
        Return a page of the migrations that *query* accepts, newest first.

        Raises:
            WrongInputError: *cursor* is none of ours.
        """
        ...

    def stale_migrations(
        self, before: datetime, limit: int = 1000, *, abandoned: datetime | None = None
    ) -> Sequence[Migration]:
        """
        Return unfinished migrations that gave no sign of life, a step or progress, since *before*, oldest first.

        Those that failed or were cancelled while nobody let their file go are among them. One before its switch
        whose run goes on may wait for its turn: it is returned only if it gave no sign since *abandoned* (None:
        as *before*), and takes no place of the *limit* until then. A way back has no run.
        """
        ...

    def advance(self, before: Migration, after: Migration, event: Event) -> Migration:
        """
        Write *after* with its event in one update, if the stored fence still is `before.fence`.

        Writing the same event again is not a lost race. A step back to `queued` holds the file again.

        Raises:
            LostRaceError: Somebody else advanced it; read it again.
        """
        ...

    def begin_write(self, migration: Migration, writer: str, now: datetime) -> None:
        """
        Note that *writer* is about to write at the destination, so that nobody lets the file go meanwhile.

        Raises:
            LostRaceError: The stored fence is not `migration.fence` any more; nothing must be written.
        """
        ...

    def end_write(self, migration_id: str, writer: str) -> None:
        """Note that *writer* has taken back what it wrote, or that it is written down; twice is once."""
        ...

    def is_being_written(self, migration_id: str, since: datetime) -> bool:
        """Return whether a writer that began, or made progress, after *since* has not ended; a dead one never does."""
        ...

    def note_progress(self, migration_id: str, copied_bytes: int) -> None:
        """Record progress, for people to watch and as a sign of life; never an error, no event."""
        ...

    def switch_file(self, migration: Migration) -> None:
        """
        Point the file at the destination, if it still is the version that was migrated; twice is once.

        From then on the source's address is in quarantine until `quarantine` or `release_file` says
        how that ends, so that no scan takes the source for a new file.

        Another record at the destination address that stands for the same copy (a scan was faster) or
        for an object that is gone gives up the address: it stays as a vanished file, with its event.

        Raises:
            LostRaceError: The file changed, or another object lies at the destination.
        """
        ...

    def withdraw_file(self, migration: Migration) -> bool:
        """
        Take the switch of a migration that ended without one back, and let none come later; twice is once.

        Whoever died right behind the switch, or is about to switch, does not know of the end. Only what is
        older than `migration.fence` is taken back: a later try of the same migration is left alone.

        Return whether the file lies elsewhere than at the destination now. It stays there if another
        record has the address of the source by now.
        """
        ...

    def release_file(self, migration: Migration) -> None:
        """Let the file go when its migration has ended; a later try of the same migration keeps it."""
        ...

    def hold_file(self, file_id: str, migration_id: str) -> CatalogFile | None:
        """
        Hold the file and return it as it is then, or None if something else holds it; twice is once.

        Raises:
            NotFoundError: There is no such file.
        """
        ...

    def let_file_go(self, file_id: str, migration_id: str) -> None:
        """End a hold of `hold_file`."""
        ...

    def quarantine(self, source: QuarantinedSource) -> None: ...
    def quarantined_at(
        self, location_id: str, after: str | None = None, upto: str | None = None
    ) -> Mapping[str, QuarantinedSource]:
        """Return key -> source of those with `after < key <= upto`; None means no bound."""
        ...

    def expired_quarantine(
        self, now: datetime, limit: int = 1000, *, after: QuarantinedSource | None = None
    ) -> Sequence[QuarantinedSource]:
        """Return those that are due in their turns, the longest due first; those behind *after*, as it was read."""
        ...

    def quarantined_until(self, location_id: str, key: str) -> datetime | None:
        """Return when the last of the quarantines ends that this address is in; None if it is in none."""
        ...

    def forget_quarantine(self, migration_id: str) -> None:
        """End the quarantine that *migration_id* alone left behind."""
        ...

    def forget_quarantines(self, sources: Sequence[QuarantinedSource]) -> None:
        """End these, as they were read or written, in few writes; twice is once."""
        ...

    def close_batch(self, batch_id: str, events: Sequence[Event]) -> bool:
        """Mark the batch reported, with its events; return False if it was already."""
        ...
