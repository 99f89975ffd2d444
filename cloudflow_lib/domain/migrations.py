"""The life of one migration: a step table, and nothing that can skip a step."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cloudflow_lib.domain.objects import ChecksumKind


class MigrationState(StrEnum):
    """Where a migration stands. Each step may run twice; nothing is removed before it is verified elsewhere."""

    QUEUED = "queued"
    VALIDATED = "validated"
    COPIED = "copied"
    VERIFIED = "verified"
    SWITCHED = "switched"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"


ENDED = frozenset(
    {MigrationState.DONE, MigrationState.FAILED, MigrationState.CANCELLED, MigrationState.ROLLED_BACK},
)

TAKEN_BACK = frozenset({MigrationState.FAILED, MigrationState.CANCELLED})
"""Ended before the switch: whatever a late worker made for it must go, and its file be let go."""

REACHABLE: Mapping[MigrationState, frozenset[MigrationState]] = {
    MigrationState.QUEUED: frozenset({MigrationState.VALIDATED, MigrationState.FAILED, MigrationState.CANCELLED}),
    MigrationState.VALIDATED: frozenset({MigrationState.COPIED, MigrationState.FAILED, MigrationState.CANCELLED}),
    MigrationState.COPIED: frozenset({MigrationState.VERIFIED, MigrationState.FAILED, MigrationState.CANCELLED}),
    MigrationState.VERIFIED: frozenset({MigrationState.SWITCHED, MigrationState.FAILED, MigrationState.CANCELLED}),
    MigrationState.SWITCHED: frozenset({MigrationState.DONE, MigrationState.ROLLED_BACK}),
    MigrationState.DONE: frozenset({MigrationState.ROLLED_BACK}),
    MigrationState.FAILED: frozenset({MigrationState.QUEUED}),
    MigrationState.CANCELLED: frozenset(),
    MigrationState.ROLLED_BACK: frozenset(),
}
"""From each state, the states that may follow. After `switched` there is no failing: the copy is the file now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Exactly one version of one object in one location."""

    location_id: str
    key: str
    version: str | None
    """None while the destination has not been written."""
    storage_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What our own reading of the source gave: two checksums, nearly free and combinable over parts."""

    size_bytes: int
    checksums: Mapping[ChecksumKind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file on its way from one address to another."""

    migration_id: str
    batch_id: str
    """The run it belongs to; one mail and one summary per batch."""
    file_id: str
    owner: str
    requested_by: str
    source: Address
    destination: Address
    size_bytes: int
    state: MigrationState = MigrationState.QUEUED
    copied_bytes: int = 0
    digest: Digest | None = None
    proof: str | None = None
    """How the copy was proved: which independent answer equalled our digest."""
    notes: tuple[str, ...] = ()
    """What could not be carried over (tags, metadata), said and not dropped silently."""
    error: str | None = None
    quarantine_days: float = 7.0
    """How long the source stays after the switch; 0 removes it at once."""
    quarantined_until: datetime | None = None
    undoes: str | None = None
    """The migration that this one rolls back: its destination is that one's source, and never ours to discard."""
    fence: int = 0
    """Counts state changes; whoever holds an older number has lost the race."""
    timestamps: Mapping[MigrationState, datetime] = field(default_factory=dict)

    @property
    def stays_in_place(self) -> bool:
        """Whether only the storage class changes."""
        return (self.source.location_id, self.source.key) == (self.destination.location_id, self.destination.key)


def migration_id_in(batch_id: str, file_id: str) -> str:
    """Return the id that a file's migration has in a run: opening the run again opens the same ones."""
    return hashlib.blake2b(f"{batch_id}\0{file_id}".encode(), digest_size=16).hexdigest()
