"""The quarantine of a source between the switch of its file and the word on how long it stays."""

from __future__ import annotations

from datetime import UTC, datetime

from cloudflow_lib.domain.migrations import Migration
from cloudflow_lib.ports.migration_book import QuarantinedSource

UNDECIDED = datetime(9999, 1, 1, tzinfo=UTC)
"""No sweep ever reaches it: a source whose end is undecided is never removed."""


def pending_quarantine(migration: Migration) -> QuarantinedSource:
    """Return the quarantine that the source of *migration* enters at the switch."""
    return QuarantinedSource(
        migration_id=migration.migration_id,
        file_id=migration.file_id,
        location_id=migration.source.location_id,
        key=migration.source.key,
        version=migration.source.version or "",
        until=UNDECIDED,
    )
