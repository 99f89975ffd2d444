"""Small values the tests of the demonstration are made of."""

from datetime import UTC, datetime, timedelta

from cloudflow_cli.demo.candidates import Kind
from cloudflow_cli.demo.manifest import Entry
from cloudflow_lib.domain.files import CatalogFile, file_id_at
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.domain.migrations import Address, Migration, MigrationState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROVIDERS = {"s3-main": Provider.S3, "s3-archive": Provider.S3, "azure-main": Provider.AZURE, "gcs-main": Provider.GCS}
LOCATIONS = [
    Location(
        location_id=name,
        provider=provider,
        bucket=name,
        credential_id=name,
        owner="admin",
        single_class=name in ("s3-main", "gcs-main"),
    )
    for name, provider in PROVIDERS.items()
]


def entry(key="docs/a", location_id="s3-main", size_bytes=5):
    return Entry(
        path=f"/{key}", kind=Kind.DOCS, size_bytes=size_bytes, mtime_ns=0, sha256="", location_id=location_id, key=key
    )


def file(key="docs/a", location_id="s3-main", *, now_at=None, **changed):
    """A catalogued file that was first seen at *location_id* and lies at *now_at*."""
    values = {
        "file_id": file_id_at(location_id, key),
        "owner": "team-docs",
        "location_id": now_at or location_id,
        "key": key,
        "size_bytes": 5,
        "version": "1",
        "storage_class": "STANDARD",
        "modified_at": NOW,
        "tier_since": NOW,
        "first_seen_at": NOW,
    }
    return CatalogFile(**values | changed)


def migration(source="s3-main", destination="azure-main", key="docs/a", *, first_at=None, seconds=None, **changed):
    ended = {MigrationState.DONE: NOW + timedelta(seconds=seconds)} if seconds is not None else {}
    values = {
        "migration_id": f"{source}>{destination}/{key}",
        "batch_id": "b",
        "file_id": file_id_at(first_at or source, key),
        "owner": "team-docs",
        "requested_by": "admin",
        "source": Address(location_id=source, key=key, version="1", storage_class="STANDARD"),
        "destination": Address(location_id=destination, key=key, version="2", storage_class="Hot"),
        "size_bytes": 5,
        "state": MigrationState.DONE,
        "quarantine_days": 0,
        "timestamps": {MigrationState.QUEUED: NOW, **ended},
    }
    return Migration(**values | changed)
