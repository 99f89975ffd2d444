"""Turn what a person asked for into migrations, or refuse it with a sentence that says what to do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.locations import Location
from cloudflow_lib.domain.migrations import Address, Migration, MigrationState
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import CloudFlowError, NotAllowedError, WrongInputError
from cloudflow_lib.workflows.services import Services

MOST_FILES = 200
"""One run of `migrate_files` maps one task group per file; the scheduler rereads every task of a run."""


class MigrationRequest(BaseModel):
    """What should move where: given by the form of the Airflow UI, its API, or the command line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_ids: tuple[str, ...] = ()
    """Exactly these files; empty: the filter below."""
    source_location: str | None = None
    prefix: str = ""
    source_tier: Tier | None = None
    limit: int = Field(default=MOST_FILES, ge=1, le=MOST_FILES)
    destination_location: str | None = None
    """None: the files stay where they are and change their storage class."""
    destination_prefix: str = ""
    destination_tier: Tier | None = None
    """None: each file's own class decides."""
    storage_class: str | None = None
    """A provider's own class name; goes before the tier."""
    quarantine_days: float = Field(default=7.0, ge=0, le=365)


def parse_request(values: object) -> MigrationRequest:
    """
    Check *values* and return the request; what is None (an empty field of a form) counts as not given.

    Raises:
        WrongInputError: One line that names the field and what is wrong with it.
    """
    if isinstance(values, Mapping):
        values = {name: value for name, value in values.items() if value is not None}
    try:
        return MigrationRequest.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "request"
        raise WrongInputError(f"{field}: {first['msg'].lower()}") from error


def open_migrations(batch_id: str, user: str | None, values: object, services: Services) -> Sequence[Migration]:
    """
    Store one migration per file and hold the files for them; calling it again returns the same ones.

    Raises:
        WrongInputError, NotAllowedError, NotFoundError: The whole request is refused; nothing was started.
    """
    stored = services.catalog.batch(batch_id)
    if stored and not _may_be_half_opened(stored):
        return stored
    try:
        if not user:
            raise NotAllowedError("nobody is named as the one who triggered this run: trigger it as a signed-in user")
        request = parse_request(values)
        files = _chosen_files(request, user, services)
        migrations = [_planned(file, request, batch_id, user, services) for file in files]
    except CloudFlowError as error:
        services.catalog.refuse_batch(batch_id, user or "nobody", str(error))
        raise
    return services.catalog.open_batch(batch_id, migrations)


def _may_be_half_opened(stored: Sequence[Migration]) -> bool:
    """Return whether a crash may have cut the opening short: then no step was taken, and planning again is the same."""
    states = {migration.state for migration in stored}
    return MigrationState.QUEUED in states and states <= {MigrationState.QUEUED, MigrationState.FAILED}


def _chosen_files(request: MigrationRequest, user: str, services: Services) -> Sequence[CatalogFile]:
    if len(request.file_ids) > MOST_FILES:
        raise WrongInputError(f"at most {MOST_FILES} files in one run, got {len(request.file_ids)}")
    if request.file_ids:
        files = services.catalog.files_by_id(request.file_ids)
        mine = {file.file_id for file in files if services.may_touch(user, file.owner)}
        if strangers := [file_id for file_id in request.file_ids if file_id not in mine]:
            # The same words for a missing file and for another user's: existence is not told.
            raise NotAllowedError(f"no such file among the files of {user}: {', '.join(strangers[:5])}")
    elif request.source_location:
        services.catalog.location(request.source_location)
        owner = None if user in services.admins else user
        files = _filtered(request, owner, services)
    else:
        raise WrongInputError("say which files: file_ids, or source_location with an optional prefix")
    present = [file for file in files if file.state is FileState.PRESENT]
    if not present:
        raise WrongInputError("no file matches: run a scan first, or widen the filter")
    return present


def _filtered(request: MigrationRequest, owner: str | None, services: Services) -> Sequence[CatalogFile]:
    found: list[CatalogFile] = []
    cursor: str | None = None
    while len(found) < request.limit:
        page = services.catalog.list_files(
            owner=owner,
            location_id=request.source_location,
            tier=request.source_tier,
            prefix=request.prefix or None,
            cursor=cursor,
            limit=request.limit,
        )
        found += [
            file for file in page.files if file.state is FileState.PRESENT and not _is_there(file, request, services)
        ]
        cursor = page.next_cursor
        if cursor is None:
            break
    return found[: request.limit]


def _is_there(file: CatalogFile, request: MigrationRequest, services: Services) -> bool:
    """Return whether *file* already lies where the request wants it: nothing to do, so nothing to start."""
    if request.destination_location not in (None, file.location_id):
        return False
    return file.storage_class == _wanted_class(file, services.catalog.location(file.location_id), request)


def _wanted_class(file: CatalogFile, destination: Location, request: MigrationRequest) -> str:
    return request.storage_class or destination.class_for(request.destination_tier or file.tier)


def _planned(file: CatalogFile, request: MigrationRequest, batch_id: str, user: str, services: Services) -> Migration:
    source = services.catalog.location(file.location_id)
    destination = services.catalog.location(request.destination_location or file.location_id)
    in_place = source.location_id == destination.location_id
    if not in_place and not services.may_touch(user, destination.owner) and user not in destination.owners.values():
        raise NotAllowedError(f"{user} may not put files into {destination.location_id}: ask {destination.owner}")
    storage_class = _wanted_class(file, destination, request)
    key = file.key
    if not in_place:
        key = destination.prefix + request.destination_prefix + file.key.removeprefix(source.prefix)
    elif storage_class == file.storage_class:
        raise WrongInputError(f"{file.key!r} already has the class {storage_class} in {source.location_id}")
    return Migration(
        migration_id=hashlib.blake2b(f"{batch_id}\0{file.file_id}".encode(), digest_size=16).hexdigest(),
        batch_id=batch_id,
        file_id=file.file_id,
        owner=file.owner,
        requested_by=user,
        source=Address(
            location_id=source.location_id,
            key=file.key,
            version=file.version,
            storage_class=file.storage_class,
        ),
        destination=Address(
            location_id=destination.location_id,
            key=key,
            version=None,
            storage_class=storage_class,
        ),
        size_bytes=file.size_bytes,
        quarantine_days=request.quarantine_days,
    )
