"""Try a failed migration again, from its first step and in a run of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.migrations import Address, Migration, MigrationState
from cloudflow_lib.errors import LostRaceError, WrongInputError, WrongStateError
from cloudflow_lib.ports.runs import StartedRun, StartRun
from cloudflow_lib.workflows.migrate_file import advance
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.undo_migration import migration_of

LET_GO_WITHIN = timedelta(minutes=15)
"""How long whoever failed a migration may take until its copy is gone and its file free."""


def retry(migration_id: str, user: str, services: Services, start_run: StartRun) -> tuple[Migration, StartedRun]:
    """
    Start a run that takes the migration from its beginning.

    The run is named after this failure: asked twice, it is started once.

    Raises:
        NotFoundError: There is no such migration among those that *user* may touch.
        WrongStateError: It cannot be tried again; the message says why.
    """
    migration = migration_of(migration_id, user, services)
    _from_the_start(migration, "", user, services)
    run_id = f"retry__{migration_id}_{migration.fence}"
    run = start_run("migrate_files", {"retry": [migration_id]}, user=user, run_id=run_id)
    [queued] = retry_batch(run_id, [migration_id], user, services)
    return queued, run


def retry_batch(batch_id: str, migration_ids: Sequence[str], user: str, services: Services) -> Sequence[Migration]:
    """Bring failed migrations to their first step, as a batch of their own; one that is in it already stays."""
    queued = []
    for migration_id in migration_ids:
        migration = migration_of(migration_id, user, services)
        while migration.batch_id != batch_id:
            again = _from_the_start(migration, batch_id, user, services)
            try:
                migration = advance(again, MigrationState.QUEUED, services)
            except LostRaceError as error:
                found = services.catalog.migration(migration_id)
                if found.fence == migration.fence:
                    raise WrongStateError(str(error)) from error  # another migration holds the file by now
                migration = found
        queued.append(migration)
    return queued


def _from_the_start(migration: Migration, batch_id: str, user: str, services: Services) -> Migration:
    """Return *migration* as if nothing had been done, from where its file lies now; its state is the caller's."""
    if migration.state is not MigrationState.FAILED:
        raise WrongStateError(f"this migration is {migration.state}: only a failed one is tried again")
    if migration.undoes is not None:
        raise WrongStateError(f"this was a way back: roll {migration.undoes} back again instead")
    file = services.catalog.file(migration.file_id)
    _require_worth_it(file, migration)
    if file.migration_id is not None and services.clock() - migration.timestamps[migration.state] < LET_GO_WITHIN:
        # Whoever does that would take a copy of the new try for what it looks for, and remove it.
        raise WrongStateError("what this migration left is being taken back: try again in some minutes")
    source = Address(location_id=file.location_id, key=file.key, version=file.version, storage_class=file.storage_class)
    destination = replace(migration.destination, version=None)
    if migration.stays_in_place:
        destination = replace(source, version=None, storage_class=migration.destination.storage_class)
    return replace(
        migration,
        batch_id=batch_id,
        requested_by=user,
        source=source,
        destination=destination,
        size_bytes=file.size_bytes,
        copied_bytes=0,
        digest=None,
        proof=None,
        notes=(),
        error=None,
        quarantined_until=None,
        timestamps={},
    )


def _require_worth_it(file: CatalogFile, migration: Migration) -> None:
    if file.state is not FileState.PRESENT:
        raise WrongStateError("the file is not there any more: scan its location, then look for it again")
    if file.migration_id not in (None, migration.migration_id):
        raise WrongStateError(f"another migration ({file.migration_id}) holds this file: wait for its end")
    target = migration.destination
    lies_there = (file.location_id, file.key) == (target.location_id, target.key)
    if lies_there and (not migration.stays_in_place or file.storage_class == target.storage_class):
        raise WrongInputError("the file lies there already: nothing is left to do")
