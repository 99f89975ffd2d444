"""
The steps of one migration. Each may run twice; nothing is removed before it is verified elsewhere.

A step looks at the world, acts, and returns the migration as it is afterwards; the runner in
`migrate_file` writes it down together with its event. A crash between acting and writing repeats
the step, so every step recognises its own earlier success.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from cloudflow_lib.domain.migrations import Digest, Migration, MigrationState
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.domain.uploads import BEGIN_WITHIN
from cloudflow_lib.errors import (
    BucketNotFoundError,
    CloudFlowError,
    CorruptDataError,
    NotAllowedError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    WrongInputError,
)
from cloudflow_lib.ports.catalogs import QuarantinedSource
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.transfer.verify import are_told_alike, prove_copy, prove_info, prove_reading, read_digest
from cloudflow_lib.workflows.landing_class import archive_proved, copy
from cloudflow_lib.workflows.migration_copy import page_of, plan_for, source_version
from cloudflow_lib.workflows.migration_uploads import discard_upload
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.whose_copy import keys_of_others

__all__ = ["copy", "discard_copy", "discard_unheard", "remove", "switch", "validate", "verify", "what_stays"]

UNREACHED = "its copy could not be removed"
"""How an error begins to say that the destination did not answer."""


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
    plan_for(migration, target, services)
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


def verify(migration: Migration, services: Services) -> Migration:
    """Prove the copy by an independent answer, and that the source is still the version it was made from."""
    target = services.open_store(migration.destination.location_id)
    key, version, digest = migration.destination.key, migration.destination.version, migration.digest
    if version is None or digest is None:
        raise ObjectChangedError(f"{key!r} was not copied yet; start the migration again")
    if migration.stays_in_place:
        return replace(migration, proof=_prove_in_place(migration, target, digest))
    _close_upload(migration, services)
    proof = prove_copy(target, key, version, digest)
    source = services.open_store(migration.source.location_id)
    found = source.stat(migration.source.key)
    if found.version != migration.source.version:
        raise ObjectChangedError(f"{migration.source.key!r} was overwritten while it was copied: scan and try again")
    # A large source whose store knows no checksum is not read twice: its way here is guarded by TLS alone.
    prove_reading(source, found, digest, read_again=found.size_bytes <= services.part_bytes)
    return replace(migration, proof=proof)


def _close_upload(migration: Migration, services: Services) -> None:
    """Close the ledger's page only now: had the state `copied` not been written, it would prove our own success."""
    if migration.size_bytes > services.part_bytes:  # a smaller object has no page, unless the setting changed
        page = page_of(migration, services)
        if entry := page.open_entry():
            page.close(entry)


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
    """Point the catalogue at the copy, in its class by now: from here on the copy is the file."""
    archive_proved(migration, services)
    services.catalog.switch_file(migration)
    return migration


def remove(migration: Migration, services: Services) -> Migration:
    """Let the source go: into quarantine, or at once and only if it still is the verified version."""
    if not migration.stays_in_place:
        if not _is_copy_there(migration, services):
            kept = "the copy was replaced or removed by somebody else after it was verified; its source was kept"
            migration = replace(migration, notes=(*migration.notes, kept))
        elif migration.quarantine_days > 0:
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
            file_id=migration.file_id,
            location_id=migration.source.location_id,
            key=migration.source.key,
            version=source_version(migration),
            until=until,
        ),
    )
    return replace(migration, quarantined_until=until)


def _remove_now(migration: Migration, services: Services) -> Migration:
    source = services.open_store(migration.source.location_id)
    try:
        source.delete(migration.source.key, if_version=migration.source.version)
    except ObjectChangedError:
        kept = "the source was overwritten after it was verified; the new version was kept"
        return replace(migration, notes=(*migration.notes, kept))
    return migration


def _is_copy_there(migration: Migration, services: Services) -> bool:
    target = services.open_store(migration.destination.location_id)
    try:
        return target.stat(migration.destination.key).version == migration.destination.version
    except ObjectNotFoundError:
        return False


def discard_copy(migration: Migration, services: Services) -> None:
    """Remove the copy of a migration that ended before the switch, if it still is what we wrote and is not the file."""
    if migration.stays_in_place:
        return
    is_needless = services.catalog.withdraw_file(migration)
    if migration.undoes is not None:
        return
    discard_upload(migration, services)
    if migration.destination.version is None or not is_needless or _is_anothers(migration, services):
        return
    target = services.open_store(migration.destination.location_id)
    with suppress(ObjectChangedError, ObjectNotFoundError, BucketNotFoundError):
        target.delete(migration.destination.key, if_version=migration.destination.version)


def _is_anothers(migration: Migration, services: Services) -> bool:
    """Return whether another file lies at the destination: with the same bytes it is met like a copy of ours."""
    target, since = migration.destination, min(migration.timestamps.values())
    return bool(keys_of_others(target.location_id, {target.key: migration.file_id}, since, services))


def what_stays(migration: Migration, services: Services) -> str | None:
    """Return a sentence about what may stay at the destination of a migration that is about to fail; None: nothing."""
    if migration.stays_in_place or migration.undoes is not None:
        return None
    try:
        found = _unheard(migration, services)
        if found is None or _holds_source(migration, found, services):
            return None
    except CloudFlowError as error:
        return f"{UNREACHED}: {error}"
    return f"an object lies at {migration.destination.location_id}/{found.key}: look whether somebody needs it"


def discard_unheard(migration: Migration, services: Services) -> None:
    """
    Remove the copy whose write worked while its answer got lost.

    What lies at the destination is ours if it appeared after validation had found the name free, and
    holds the bytes of the source. Where that cannot be told cheaply, `what_stays` has told its owner.
    """
    found = _unheard(migration, services)
    if found is not None and _holds_source(migration, found, services):
        target = services.open_store(migration.destination.location_id)
        with suppress(ObjectChangedError, ObjectNotFoundError):
            target.delete(found.key, if_version=found.version)


def _unheard(migration: Migration, services: Services) -> ObjectInfo | None:
    """Return what lies under the destination's name, if a write of ours may have put it there unheard."""
    is_ours_to_ask = migration.undoes is None and not migration.stays_in_place
    if not is_ours_to_ask or MigrationState.VALIDATED not in migration.timestamps:
        return None
    try:
        found = services.open_store(migration.destination.location_id).stat(migration.destination.key)
    except (ObjectNotFoundError, BucketNotFoundError):
        return None
    return found if migration.destination.version is None and not _is_anothers(migration, services) else None


def _holds_source(migration: Migration, found: ObjectInfo, services: Services) -> bool:
    if found.size_bytes != migration.size_bytes:
        return False
    if found.modified_at < migration.timestamps[MigrationState.VALIDATED] - BEGIN_WITHIN:
        return False
    source = services.open_store(migration.source.location_id)
    target = services.open_store(migration.destination.location_id)
    try:
        if found.size_bytes > services.part_bytes:
            return are_told_alike(found, source.stat(migration.source.key), source_version(migration))
        prove_info(target, found, read_digest(source, migration.source.key, source_version(migration)))
    except (CorruptDataError, ObjectChangedError, ObjectNotFoundError):
        return False
    return True
