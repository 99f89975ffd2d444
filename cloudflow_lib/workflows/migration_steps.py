"""
The steps of one migration. Each may run twice; nothing is removed before it is verified elsewhere.

A step looks at the world, acts, and returns the migration as it is afterwards; the runner in
`migrate_file` writes it down together with its event. A crash between acting and writing repeats
the step, so every step recognises its own earlier success.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from cloudflow_lib.domain.migrations import Address, Digest, Migration
from cloudflow_lib.domain.objects import ObjectInfo, ObjectTraits
from cloudflow_lib.errors import (
    BucketNotFoundError,
    NotAllowedError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    WrongInputError,
)
from cloudflow_lib.ports.catalogs import QuarantinedSource
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.transfer.copy import Job, Progress, stream_object
from cloudflow_lib.transfer.plan import CopyPlan, Route, fit_traits, plan_copy
from cloudflow_lib.transfer.verify import COMPARABLE, prove_copy, read_digest
from cloudflow_lib.workflows.services import Services

PROGRESS_EVERY_SECONDS = 0.5


def validate(migration: Migration, services: Services) -> Migration:
    """Look before leaping: source, destination and authorisation, while nothing was touched."""
    file = services.catalog.file(migration.file_id)
    if not services.may_touch(migration.requested_by, file.owner):
        raise NotAllowedError(f"the file belongs to {file.owner}, not to {migration.requested_by}")
    source = services.open_store(migration.source.location_id)
    target = services.open_store(migration.destination.location_id)
    found = source.stat(migration.source.key)
    if found.version != migration.source.version:
        raise ObjectChangedError(f"{migration.source.key!r} changed since it was catalogued: scan its location again")
    _plan(migration, target, services)
    if migration.destination.storage_class not in target.capabilities.storage_classes:
        known = ", ".join(target.capabilities.storage_classes)
        wanted = migration.destination.storage_class
        raise WrongInputError(f"{migration.destination.location_id} has no class {wanted!r}; it has {known}")
    if not migration.stays_in_place:
        _require_free_name(migration, target)
    return migration


def _require_free_name(migration: Migration, target: ObjectStore) -> None:
    target.check_access()
    try:
        target.stat(migration.destination.key)
    except ObjectNotFoundError:
        return
    raise ObjectExistsError(
        f"{migration.destination.location_id} already has an object named {migration.destination.key!r}; "
        "choose another destination prefix or remove it first",
    )


def copy(migration: Migration, services: Services) -> Migration:
    """Bring the bytes there by the cheapest safe route, and remember the digest of what was read."""
    source = services.open_store(migration.source.location_id)
    target = services.open_store(migration.destination.location_id)
    plan = _plan(migration, target, services)
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


def _plan(migration: Migration, target: ObjectStore, services: Services) -> CopyPlan:
    source = services.catalog.location(migration.source.location_id)
    destination = services.catalog.location(migration.destination.location_id)
    return plan_copy(
        migration.size_bytes,
        target.capabilities,
        in_place=migration.stays_in_place,
        same_account=(source.provider, source.credential_id) == (destination.provider, destination.credential_id),
        part_bytes=services.part_bytes,
    )


def _arrived(destination: Address, info: ObjectInfo) -> Address:
    return replace(destination, version=info.version, storage_class=info.storage_class or destination.storage_class)


def _source_version(migration: Migration) -> str:
    if migration.source.version is None:
        raise ObjectChangedError("the catalogue does not know which version to move: scan the location again")
    return migration.source.version


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
    after = store.change_class(migration.source.key, wanted, version=_source_version(migration))
    return after, _stored_digest(before), ()


def _copy_on_server(
    migration: Migration,
    source: ObjectStore,
    target: ObjectStore,
    services: Services,
) -> tuple[ObjectInfo, Digest, tuple[str, ...]]:
    version = _source_version(migration)
    bucket = services.catalog.location(migration.source.location_id).bucket
    try:
        info = target.copy_within(
            migration.source.key,
            migration.destination.key,
            version=version,
            source_bucket=bucket,
            storage_class=migration.destination.storage_class,
            if_absent=True,
        )
    except ObjectExistsError:
        info = target.stat(migration.destination.key)  # verified next, against the source's own bytes
    digest = _stored_digest(source.stat(migration.source.key))
    if not digest.checksums:
        digest = read_digest(source, migration.source.key, version)
    return info, digest, ()


def _stream(
    plan: CopyPlan,
    migration: Migration,
    source: ObjectStore,
    target: ObjectStore,
    services: Services,
) -> tuple[ObjectInfo, Digest, tuple[str, ...]]:
    traits: ObjectTraits
    traits, notes = fit_traits(
        source.traits(migration.source.key),
        target.capabilities,
        migration.destination.storage_class,
    )
    job = Job(
        source=source,
        source_key=migration.source.key,
        source_version=_source_version(migration),
        target=target,
        target_key=migration.destination.key,
        traits=traits,
        streams=services.streams_per_object,
    )
    info, digest = stream_object(plan, job, _progress(migration, services))
    return info, digest, notes


def _progress(migration: Migration, services: Services) -> Progress:
    noted_at = time.monotonic()

    def note(copied_bytes: int) -> None:
        nonlocal noted_at
        if time.monotonic() - noted_at >= PROGRESS_EVERY_SECONDS:
            noted_at = time.monotonic()
            services.catalog.note_progress(migration.migration_id, copied_bytes)

    return note


def verify(migration: Migration, services: Services) -> Migration:
    """Prove the copy by an independent answer, and that the source is still the version it was made from."""
    target = services.open_store(migration.destination.location_id)
    key, version, digest = migration.destination.key, migration.destination.version, migration.digest
    if version is None or digest is None:
        raise ObjectChangedError(f"{key!r} was not copied yet; start the migration again")
    if migration.stays_in_place:
        return replace(migration, proof=_prove_in_place(migration, target, digest))
    proof = prove_copy(target, key, version, digest)
    source = services.open_store(migration.source.location_id)
    if source.stat(migration.source.key).version != migration.source.version:
        raise ObjectChangedError(f"{migration.source.key!r} was overwritten while it was copied: scan and try again")
    return replace(migration, proof=proof)


def _prove_in_place(migration: Migration, store: ObjectStore, digest: Digest) -> str:
    now = store.stat(migration.destination.key)
    if now.version != migration.destination.version:
        raise ObjectChangedError(f"{now.key!r} was overwritten while its class changed: scan and try again")
    if now.storage_class != migration.destination.storage_class:
        raise ObjectChangedError(f"{now.key!r} is {now.storage_class}, not {migration.destination.storage_class}")
    for kind, value in digest.checksums.items():
        if now.checksums.get(kind, value) != value:
            raise ObjectChangedError(f"{now.key!r} has another {kind} after its class changed")
    return "class and size as the store reports them"


def switch(migration: Migration, services: Services) -> Migration:
    """Point the catalogue at the copy: from here on the copy is the file."""
    services.catalog.switch_file(migration)
    return migration


def remove(migration: Migration, services: Services) -> Migration:
    """Let the source go: into quarantine, or at once and only if it still is the verified version."""
    if not migration.stays_in_place:
        if migration.quarantine_days > 0:
            migration = _quarantine(migration, services)
        else:
            migration = _remove_now(migration, services)
    services.catalog.release_file(migration)
    return migration


def _quarantine(migration: Migration, services: Services) -> Migration:
    until = services.clock() + timedelta(days=migration.quarantine_days)
    services.catalog.quarantine(
        QuarantinedSource(
            migration_id=migration.migration_id,
            location_id=migration.source.location_id,
            key=migration.source.key,
            version=_source_version(migration),
            until=until,
        ),
    )
    return replace(migration, quarantined_until=until)


def _remove_now(migration: Migration, services: Services) -> Migration:
    target = services.open_store(migration.destination.location_id)
    if target.stat(migration.destination.key).version != migration.destination.version:
        raise ObjectChangedError(f"the copy {migration.destination.key!r} was replaced; its source is kept")
    source = services.open_store(migration.source.location_id)
    try:
        source.delete(migration.source.key, if_version=migration.source.version)
    except ObjectChangedError:
        kept = "the source was overwritten after it was verified; the new version was kept"
        return replace(migration, notes=(*migration.notes, kept))
    return migration


def discard_copy(migration: Migration, services: Services) -> None:
    """Remove the copy of a migration that failed before the switch, if it still is what we wrote."""
    if migration.stays_in_place or migration.destination.version is None:
        return
    target = services.open_store(migration.destination.location_id)
    with suppress(ObjectChangedError, ObjectNotFoundError, BucketNotFoundError):
        target.delete(migration.destination.key, if_version=migration.destination.version)
