"""Values that the tests of the catalogue share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cloudflow_lib.domain.events import FileChanged, FileDiscovered
from cloudflow_lib.domain.facts import file_data, migration_advanced
from cloudflow_lib.domain.files import CatalogFile, file_id_at
from cloudflow_lib.domain.migrations import Address, Migration, MigrationState

NOW = datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC)


def a_file(key="report.csv", location="s3-main", **changes) -> CatalogFile:
    """A present file of `team-docs`."""
    file = CatalogFile(
        file_id=file_id_at(location, key),
        owner="team-docs",
        location_id=location,
        key=key,
        size_bytes=1234,
        version=f"etag-of-{key}",
        storage_class="STANDARD",
        modified_at=NOW - timedelta(days=3),
        tier_since=NOW,
        first_seen_at=NOW,
    )
    return replace(file, **changes)


def discovered(file) -> FileDiscovered:
    return FileDiscovered(subject=file.file_id, user=file.owner, data=file_data(file))


def changed(file) -> FileChanged:
    return FileChanged(subject=file.file_id, user=file.owner, data=file_data(file))


def fill(catalog, *files) -> None:
    """Catalogue *files* and publish what that raised."""
    assert len(files) == catalog.insert_files([(file, discovered(file)) for file in files])
    drain(catalog)


def drain(catalog) -> list:
    """Publish everything that waits and return it."""
    events = []
    while catalog.drain_outbox(events.extend):
        pass
    return events


def a_migration(file, number=1, batch="batch-1", location="azure-main", **changes) -> Migration:
    """A migration of *file* to another location."""
    migration = Migration(
        migration_id=f"{batch}-{number}",
        batch_id=batch,
        file_id=file.file_id,
        owner=file.owner,
        requested_by="team-docs",
        source=Address(
            location_id=file.location_id, key=file.key, version=file.version, storage_class=file.storage_class
        ),
        destination=Address(location_id=location, key=file.key, version=None, storage_class="Cool"),
        size_bytes=file.size_bytes,
    )
    return replace(migration, **changes)


def copied(migration, version="0x8D") -> Migration:
    """The migration as it stands when its copy is verified."""
    return replace(
        migration, state=MigrationState.VERIFIED, destination=replace(migration.destination, version=version)
    )


def advance(catalog, migration, **changes) -> Migration:
    """Advance *migration* with its event."""
    after = replace(migration, **changes)
    return catalog.advance(migration, after, migration_advanced(after))
