"""How people look through migrations: newest first, by where they stand and to what they belong."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cloudflow_lib.domain.listing import moment_in, pack_cursor, unpack_cursor
from cloudflow_lib.domain.migrations import ENDED, Migration, MigrationState
from cloudflow_lib.errors import WrongInputError

UNFINISHED = frozenset(MigrationState) - ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveQuery:
    """Which migrations; None means any."""

    owner: str | None = None
    """None: everybody's, for administrators."""
    states: frozenset[MigrationState] = field(default_factory=frozenset)
    """Empty: any."""
    batch_id: str | None = None
    file_id: str | None = None

    def accepts(self, migration: Migration) -> bool:
        """Return whether *migration* is one of those that are looked for."""
        return (
            self.owner in (None, migration.owner)
            and (not self.states or migration.state in self.states)
            and self.batch_id in (None, migration.batch_id)
            and self.file_id in (None, migration.file_id)
        )


@dataclass(frozen=True, slots=True, order=True)
class MovePosition:
    """The place of one migration: the next page begins behind it."""

    opened_at: datetime
    migration_id: str


def move_position_of(migration: Migration) -> MovePosition:
    """Return where *migration* stands; one that is tried again stands where a new one would."""
    return MovePosition(migration.timestamps[MigrationState.QUEUED], migration.migration_id)


def move_cursor_at(place: MovePosition) -> str:
    """Return what a reader gives back to go on behind *place*."""
    return pack_cursor("moves", place.opened_at.isoformat(), place.migration_id)


def move_position_behind(cursor: str) -> MovePosition:
    """Return where *cursor* points to, or raise WrongInputError."""
    kind, moment, migration_id = unpack_cursor(cursor, 3)
    try:
        if kind == "moves" and isinstance(moment, str) and isinstance(migration_id, str):
            return MovePosition(moment_in(moment), migration_id)
    except ValueError:
        pass
    raise WrongInputError("this is no cursor of ours: begin again without one")
