"""The middle of a migration: bring the bytes there, by the cheapest safe route."""

from __future__ import annotations

import time
from dataclasses import replace

from cloudflow_lib.domain.migrations import Address, Digest, Migration
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError, ObjectExistsError
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.transfer.copy import Job, Page, Progress, stream_object
from cloudflow_lib.transfer.plan import CopyPlan, Route, fit_traits, plan_copy
from cloudflow_lib.transfer.verify import COMPARABLE, prove_info, read_digest
from cloudflow_lib.workflows.services import Services

PROGRESS_EVERY_SECONDS = 0.5


def copy(migration: Migration, services: Services) -> Migration:
    """Bring the bytes there by the cheapest safe route, and remember the digest of what was read."""
    source = services.open_store(migration.source.location_id)
    target = services.open_store(migration.destination.location_id)
    plan = plan_for(migration, target, services)
    match plan.route:
        case Route.IN_PLACE:
            info, digest, notes = _change_class(migration, source)
        case Route.SERVER_SIDE:
            info, digest, notes = _copy_on_server(migration, source, target, services)
        case _:
            info, digest, notes = _stream(plan, migration, source, target, services)
    return replace(
        migration,
        destination=_arrived(migration.destination, info),
        digest=digest,
        notes=(*migration.notes, *notes),
        copied_bytes=migration.size_bytes,
    )


def _arrived(destination: Address, info: ObjectInfo) -> Address:
    return replace(destination, version=info.version, storage_class=info.storage_class or destination.storage_class)


def _stored_digest(info: ObjectInfo) -> Digest:
    """Return what the store itself knows about its bytes; perhaps only their number."""
    stored = {kind: info.checksums[kind] for kind in COMPARABLE if kind in info.checksums}
    return Digest(size_bytes=info.size_bytes, checksums=stored)


def _change_class(migration: Migration, store: ObjectStore) -> tuple[ObjectInfo, Digest, tuple[str, ...]]:
    before = store.stat(migration.source.key)
    if before.storage_class == migration.destination.storage_class and before.size_bytes == migration.size_bytes:
        # Its own earlier success, or somebody did the same: either way the wish is fulfilled.
        return before, _stored_digest(before), ()
    wanted = migration.destination.storage_class
    after = store.change_class(migration.source.key, wanted, version=source_version(migration))
    return after, _stored_digest(before), ()


def _copy_on_server(
    migration: Migration,
    source: ObjectStore,
    target: ObjectStore,
    services: Services,
) -> tuple[ObjectInfo, Digest, tuple[str, ...]]:
    version = source_version(migration)
    # Before the copy, which is made of this version or not at all: behind it, another worker may have found the copy,
    # proved it and let the source go, and a source that is gone must not be a reason to remove what replaced it.
    digest = _source_digest(source, migration.source.key, version)
    try:
        info = target.copy_within(
            migration.source.key,
            migration.destination.key,
            version=version,
            source_bucket=services.catalog.location(migration.source.location_id).bucket,
            storage_class=migration.destination.storage_class,
            if_absent=True,
        )
    except ObjectExistsError as error:
        info = target.stat(migration.destination.key)
        try:
            prove_info(target, info, digest)  # else somebody else's object would be taken for ours, and discarded
        except CorruptDataError:
            raise error from None
    return info, digest, ()


def _source_digest(source: ObjectStore, key: str, version: str) -> Digest:
    """Return what the store knows about the source; where it knows no checksum, what a reading gives."""
    info = source.stat(key)
    if info.version != version:
        raise ObjectChangedError(f"{key!r} was overwritten while it was copied: scan its location and try again")
    digest = _stored_digest(info)
    return digest if digest.checksums else read_digest(source, key, version)


def _stream(
    plan: CopyPlan,
    migration: Migration,
    source: ObjectStore,
    target: ObjectStore,
    services: Services,
) -> tuple[ObjectInfo, Digest, tuple[str, ...]]:
    traits, notes = fit_traits(
        source.traits(migration.source.key),
        target.capabilities,
        migration.destination.storage_class,
    )
    job = Job(
        source=source,
        source_key=migration.source.key,
        source_version=source_version(migration),
        target=target,
        target_key=migration.destination.key,
        traits=traits,
        streams=services.streams_per_object,
    )
    info, digest = stream_object(plan, job, _progress(migration, services), page_of(migration, services))
    return info, digest, notes


def page_of(migration: Migration, services: Services) -> Page:
    """Return the part ledger, open at this migration."""
    return Page(
        ledger=services.catalog,
        migration_id=migration.migration_id,
        location_id=migration.destination.location_id,
        clock=services.clock,
    )


def _progress(migration: Migration, services: Services) -> Progress:
    noted_at = time.monotonic()

    def note(copied_bytes: int) -> None:
        nonlocal noted_at
        if time.monotonic() - noted_at >= PROGRESS_EVERY_SECONDS:
            noted_at = time.monotonic()
            services.catalog.note_progress(migration.migration_id, copied_bytes)

    return note


def plan_for(migration: Migration, target: ObjectStore, services: Services) -> CopyPlan:
    """Return the route of *migration*; the same answer in every step, for it reads settings and capabilities only."""
    source = services.catalog.location(migration.source.location_id)
    destination = services.catalog.location(migration.destination.location_id)
    return plan_copy(
        migration.size_bytes,
        target.capabilities,
        in_place=migration.stays_in_place,
        same_account=(source.provider, source.credential_id) == (destination.provider, destination.credential_id),
        part_bytes=services.part_bytes,
    )


def source_version(migration: Migration) -> str:
    """Return the version that was catalogued and is being moved."""
    if migration.source.version is None:
        raise ObjectChangedError("the catalogue does not know which version to move: scan the location again")
    return migration.source.version
