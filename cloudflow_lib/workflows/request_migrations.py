"""Turn what a person asked for into migrations, or refuse it with a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from pydantic import Field

from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.migrations import Address, Migration, MigrationState, migration_id_in
from cloudflow_lib.errors import CloudFlowError, NotAllowedError, NotFoundError, WrongInputError
from cloudflow_lib.workflows.apply_recommendations import mark_applied
from cloudflow_lib.workflows.plan_moves import MoveRequest, Planner, parse
from cloudflow_lib.workflows.retry_migration import retry_batch
from cloudflow_lib.workflows.services import Services

MOST_FILES = 200
"""One run of `migrate_files` maps one task group per file; the scheduler rereads every task of a run."""


class MigrationRequest(MoveRequest):
    """What one run of `migrate_files` moves."""

    file_ids: tuple[str, ...] = ()
    """Exactly these files, without those that lie where they should; empty: the filter."""
    recommendation_ids: tuple[str, ...] = ()
    """What the run was recommended by; noted as applied."""
    retry: tuple[str, ...] = ()
    """Failed migrations that are tried again; goes before everything else."""
    limit: int = Field(default=MOST_FILES, ge=1, le=MOST_FILES)


def open_migrations(batch_id: str, user: str | None, values: object, services: Services) -> Sequence[Migration]:
    """
    Store one migration per file and hold the files for them; calling it again returns the same ones.

    Raises:
        WrongInputError, NotAllowedError, NotFoundError: The whole request is refused; nothing was started.
    """
    stored = services.catalog.batch(batch_id)
    if stored and not _may_be_half_opened(stored):
        return stored
    # A run that nobody triggered goes on for whoever opened its batch beforehand, as policies do.
    user = user or (stored[0].requested_by if stored else None)
    try:
        if not user:
            raise NotAllowedError("nobody is named as the one who triggered this run: trigger it as a signed-in user")
        request = parse(MigrationRequest, values)
        if request.retry:
            return retry_batch(batch_id, request.retry, user, services)
        planner = Planner(request, user, services)
        files = _chosen_files(request, planner, user, services)
        migrations = [_planned(file, planner, request, batch_id, user) for file in files]
    except CloudFlowError as error:
        services.catalog.refuse_batch(batch_id, user or "nobody", str(error))
        raise
    opened = services.catalog.open_batch(batch_id, migrations)
    taken = {migration.file_id for migration in opened}
    mark_applied(batch_id, user, request.recommendation_ids, services, moving=taken)
    return opened


def _may_be_half_opened(stored: Sequence[Migration]) -> bool:
    """Return whether a crash may have cut the opening short: then no step was taken, and planning again is the same."""
    states = {migration.state for migration in stored}
    return MigrationState.QUEUED in states and states <= {MigrationState.QUEUED, MigrationState.FAILED}


def _chosen_files(request: MigrationRequest, planner: Planner, user: str, services: Services) -> Sequence[CatalogFile]:
    if len(request.file_ids) > MOST_FILES:
        raise WrongInputError(f"at most {MOST_FILES} files in one run, got {len(request.file_ids)}")
    if request.file_ids:
        named = files_named(request.file_ids, user, services)
        present = [file for file in named if file.state is FileState.PRESENT]
    else:
        present = list(islice(planner.matching(), request.limit))
    if not present:
        raise planner.nothing_matches()
    # One that went there since it was chosen is no reason to leave the others where they are.
    return [file for file in present if not planner.is_there(file)] or present


def files_named(file_ids: Sequence[str], user: str, services: Services) -> Sequence[CatalogFile]:
    """
    Return the files, those that are gone as well.

    Raises:
        NotFoundError: One is unknown, or not for this user: existence is not told.
    """
    files = services.catalog.files_by_id(file_ids)
    mine = {file.file_id for file in files if services.may_touch(user, file.owner)}
    if strangers := [file_id for file_id in file_ids if file_id not in mine]:
        raise NotFoundError(f"no such file among the files of {user}: {', '.join(strangers[:5])}")
    return files


def _planned(file: CatalogFile, planner: Planner, request: MigrationRequest, batch_id: str, user: str) -> Migration:
    return Migration(
        migration_id=migration_id_in(batch_id, file.file_id),
        batch_id=batch_id,
        file_id=file.file_id,
        owner=file.owner,
        requested_by=user,
        source=Address(
            location_id=file.location_id,
            key=file.key,
            version=file.version,
            storage_class=file.storage_class,
        ),
        destination=planner.destination(file),
        size_bytes=file.size_bytes,
        quarantine_days=request.quarantine_days,
    )
