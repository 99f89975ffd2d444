"""Take a migration back: cancel it before the switch, or roll it back while its source is still there."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from cloudflow_lib.domain.migrations import ENDED, Address, Migration, MigrationState
from cloudflow_lib.errors import LostRaceError, NotFoundError, ObjectNotFoundError, WrongStateError
from cloudflow_lib.workflows.migrate_file import advance, fail, take_back, take_steps
from cloudflow_lib.workflows.services import Services

CANCELLABLE = frozenset(
    {MigrationState.QUEUED, MigrationState.VALIDATED, MigrationState.COPIED, MigrationState.VERIFIED},
)
AFTER_THE_SWITCH = frozenset({MigrationState.SWITCHED, MigrationState.DONE})


def cancel(migration_id: str, user: str, services: Services) -> Migration:
    """
    End a migration before its switch; nothing of it stays behind, and its file is free again.

    A worker in the middle of a step notices at the step's end and takes its own work back; one that is writing the
    copy lets the file go then, and should it have died, a sweep does within a day. Cancelling twice is once.

    Raises:
        NotFoundError: There is no such migration among those that *user* may touch.
        WrongStateError: It is too late; the message says what can be done instead.
    """
    migration = migration_of(migration_id, user, services)
    while migration.state is not MigrationState.CANCELLED:
        _require_cancellable(migration)
        try:
            migration = advance(migration, MigrationState.CANCELLED, services)
        except LostRaceError:
            migration = services.catalog.migration(migration_id)  # a worker took a step meanwhile: look again
    take_back(migration, services)
    return migration


def _require_cancellable(migration: Migration) -> None:
    if migration.state in AFTER_THE_SWITCH:
        raise WrongStateError("the file lies at its destination already: roll the migration back instead")
    if migration.state not in CANCELLABLE:
        raise WrongStateError(f"this migration is {migration.state}: there is nothing to cancel")
    if migration.stays_in_place and migration.state in {MigrationState.COPIED, MigrationState.VERIFIED}:
        raise WrongStateError("the store has changed the class already: migrate the file to its old class instead")


def roll_back(migration_id: str, user: str, services: Services) -> Migration:
    """
    Make the quarantined source the file again and remove the copy.

    It is a migration of its own, from the copy to the source, that starts as verified: the source
    is the very version the copy was proved against. So a crash on the way is carried on or swept
    like any other, and no moment leaves the file without its bytes. Rolling back twice is once.

    Raises:
        NotFoundError: There is no such migration among those that *user* may touch.
        WrongStateError: It cannot be rolled back; the message says why and what can be done instead.
        StoreError, CatalogError: What broke; ask again, it carries on.
    """
    migration = migration_of(migration_id, user, services)
    if migration.state is MigrationState.ROLLED_BACK:
        return migration
    back = _unfinished(migration, services) or _way_back(migration, user, services)
    services.catalog.open_batch(back.batch_id, [back])
    back = services.catalog.migration(back.migration_id)
    if back.state is MigrationState.FAILED:
        raise WrongStateError(back.error or "the file is held by another migration")
    if back.state is MigrationState.VERIFIED:
        _require_still_there(migration, back, services)
    take_steps(back.migration_id, MigrationState.DONE, services)
    services.catalog.forget_quarantine(migration.migration_id)
    return advance(migration, MigrationState.ROLLED_BACK, services)


def migration_of(migration_id: str, user: str, services: Services) -> Migration:
    """Return a migration that *user* may touch, or raise NotFoundError, in the same words for one of others."""
    migration = services.catalog.migration(migration_id)
    if not services.may_touch(user, migration.owner):
        raise NotFoundError(f"there is no migration {migration_id!r}")
    return migration


def _batch_id(migration: Migration) -> str:
    return f"rollback-{migration.migration_id}"


def _unfinished(migration: Migration, services: Services) -> Migration | None:
    """Return the way back that an earlier call began, or that only its last word is missing of."""
    for back in services.catalog.batch(_batch_id(migration)):
        if back.state not in ENDED or back.state is MigrationState.DONE:
            return back
    return None


def _way_back(migration: Migration, user: str, services: Services) -> Migration:
    _require_source(migration, services)
    return replace(
        migration,
        migration_id=uuid4().hex,
        batch_id=_batch_id(migration),
        requested_by=user,
        source=migration.destination,
        destination=migration.source,
        state=MigrationState.VERIFIED,
        proof="the version the copy was proved against",
        notes=(),
        quarantine_days=0,
        quarantined_until=None,
        fence=0,
        timestamps={MigrationState.VERIFIED: services.clock()},
        undoes=migration.migration_id,
    )


def _require_still_there(migration: Migration, back: Migration, services: Services) -> None:
    """Look again, now that the file is held: a sweep may have ended the quarantine between the first look and that."""
    try:
        _require_version(migration.source, services)
    except WrongStateError as error:
        fail(back.migration_id, str(error), services)
        raise


def _require_source(migration: Migration, services: Services) -> None:
    if migration.state not in AFTER_THE_SWITCH:
        raise WrongStateError(f"this migration is {migration.state}: there is nothing to roll back")
    if migration.stays_in_place:
        raise WrongStateError("only the class changed: migrate the file to its old class instead")
    file = services.catalog.file(migration.file_id)
    there = (migration.destination.location_id, migration.destination.key, migration.destination.version)
    if (file.location_id, file.key, file.version) != there:
        raise WrongStateError("the file was changed or moved since: rolling back would lose that")
    _require_version(migration.source, services)


def _require_version(source: Address, services: Services) -> None:
    try:
        found = services.open_store(source.location_id).stat(source.key).version
    except ObjectNotFoundError:
        found = None
    if found != source.version:
        raise WrongStateError(
            f"{source.location_id}/{source.key} is not there any more as it was: migrate the file back instead"
        )
