"""Finish what was left: sources past their quarantine, migrations nobody works on, uploads nobody will finish."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.migrations import Migration, MigrationState
from cloudflow_lib.errors import (
    CatalogUnavailableError,
    CloudFlowError,
    NotFoundError,
    ObjectChangedError,
    ObjectNotFoundError,
)
from cloudflow_lib.ports.catalogs import QuarantinedSource
from cloudflow_lib.workflows.migrate_file import STALE_AFTER, fail, take_steps
from cloudflow_lib.workflows.migration_uploads import discard_upload, sweep_uploads
from cloudflow_lib.workflows.patience import Patience, going_on
from cloudflow_lib.workflows.resumable_uploads import sweep_resumable
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)

ABANDONED_AFTER = timedelta(days=7)
"""Longer than any run may take: of thousands of large files, the last one waits for days."""
STOOD_STILL = "nobody went on with it for a day or longer: trigger a new run for this file"
AT_ONCE = 1000
"""Sources read from the catalogue at a time."""
FORGOTTEN_AT_ONCE = 50
"""Each time, what is left of a campaign's group is written anew; after a crash so many are looked at once more."""
MOST_PROBLEMS = 100
"""Sources of one sweep that are named with what was in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What a sweep did."""

    removed: int
    """Sources deleted after their quarantine."""
    kept: int
    """Sources that were overwritten meanwhile, whose copy is not what it was, or that a later move keeps: they stay."""
    finished: int
    """Migrations that only lacked their last step."""
    failed: int
    """Migrations that stood still before the switch, while no run was to go on with them, and were ended."""
    aborted_uploads: int
    """Unfinished uploads that nobody would have finished."""
    announced: int
    """Events that no relay would have found: they are on their way now."""
    problems: tuple[str, ...]


def sweep_leftovers(services: Services) -> SweepReport:
    """Sweep once; doing it again finds nothing."""
    patience = Patience()
    removed, kept, problems = _end_quarantines(patience, services)
    finished = failed = aborted = 0
    now = services.clock()
    for migration in services.catalog.stale_migrations(now - STALE_AFTER, abandoned=now - ABANDONED_AFTER):
        is_switched, destination = migration.state is MigrationState.SWITCHED, migration.destination.location_id
        both = f"{migration.source.location_id} > {destination}"
        if patience.is_over("last step", both) if is_switched else patience.is_over("upload", destination):
            continue
        with going_on(problems, f"{migration.source.location_id}/{migration.source.key}"):
            if is_switched:
                with patience.asking("last step", both):
                    take_steps(migration.migration_id, MigrationState.DONE, services)
                finished += 1
            else:
                aborted += _abort_upload(migration, patience, services)
                fail(migration.migration_id, STOOD_STILL, services, batch_id=migration.batch_id)
                failed += 1
    ended, upload_problems = sweep_resumable(patience, services)
    left, more_problems = sweep_uploads(patience, services, before=services.clock() - STALE_AFTER)
    return SweepReport(
        removed=removed,
        kept=kept,
        finished=finished,
        failed=failed,
        aborted_uploads=aborted + ended + left,
        announced=services.catalog.announce_forgotten(),
        problems=(*problems, *upload_problems, *more_problems),
    )


def _end_quarantines(patience: Patience, services: Services) -> tuple[int, int, list[str]]:
    """Give each source that is due one turn; return how many went, how many stay, and what was in the way."""
    removed = kept = failed = 0
    problems: list[str] = []
    ended: list[QuarantinedSource] = []
    for source in _due(services):
        if patience.is_over("removal", source.location_id):
            continue
        try:
            is_gone = _end_quarantine(source, patience, services)
        except CatalogUnavailableError:
            raise  # no other source will fare better
        except CloudFlowError as error:
            failed += 1
            if failed <= MOST_PROBLEMS:
                problems.append(f"{source.location_id}/{source.key}: {error}")
        else:
            removed, kept = removed + (is_gone is True), kept + (is_gone is False)
            ended += [] if is_gone is None else [source]
        if len(ended) >= FORGOTTEN_AT_ONCE:
            services.catalog.forget_quarantines(ended)
            ended.clear()
    services.catalog.forget_quarantines(ended)
    if failed > MOST_PROBLEMS:
        problems.append(f"and {failed - MOST_PROBLEMS} more sources that could not be looked at or removed")
    return removed, kept, problems


def _due(services: Services) -> Iterator[QuarantinedSource]:
    after = None
    while found := services.catalog.expired_quarantine(services.clock(), AT_ONCE, after=after):
        yield from found
        after = found[-1]


def _abort_upload(migration: Migration, patience: Patience, services: Services) -> bool:
    """Abort the upload of a migration that is about to fail; what fails here, `fail` tells."""
    there = migration.destination
    with suppress(CloudFlowError), patience.asking("upload", there.location_id):
        if discard_upload(migration, services):
            return True
        services.open_store(there.location_id).stat(there.key)  # `fail` keeps it to itself if nobody answers
    return False


def _end_quarantine(source: QuarantinedSource, patience: Patience, services: Services) -> bool | None:
    """
    Remove the source or leave it for good, and return whether it went: then its quarantine is to be forgotten.

    None: another time, as its file is on a way, maybe back, or lies where nobody answers.
    """
    try:
        # Held, the file cannot be rolled back to the source between the last look and the end of it.
        file = services.catalog.hold_file(source.file_id, source.migration_id)
    except NotFoundError:
        is_removed = False
    else:
        if file is None:
            return None
        try:
            if patience.is_over("look", file.location_id):
                return None
            is_removed = _remove_source(source, file, patience, services)
        finally:
            services.catalog.let_file_go(source.file_id, source.migration_id)
    log.info("quarantine.ended migration=%s removed=%s", source.migration_id, is_removed)
    return is_removed


def _remove_source(source: QuarantinedSource, file: CatalogFile, patience: Patience, services: Services) -> bool:
    """Delete the source if it still is what was verified and its *file* is safe elsewhere; return whether it went."""
    latest = services.catalog.quarantined_until(source.location_id, source.key)
    if latest is not None and latest > source.until:
        return False  # this entry was left over: the file has moved away again since, and may be rolled back
    with patience.asking("look", file.location_id):
        if not _is_safe_elsewhere(source, file, services):
            return False
    try:
        with patience.asking("removal", source.location_id):
            services.open_store(source.location_id).delete(source.key, if_version=source.version)
    except ObjectChangedError:
        return False
    return True


def _is_safe_elsewhere(source: QuarantinedSource, file: CatalogFile, services: Services) -> bool:
    try:
        found = services.open_store(file.location_id).stat(file.key)
    except (NotFoundError, ObjectNotFoundError):
        return False  # also where its location was taken out
    is_elsewhere = (file.location_id, file.key) != (source.location_id, source.key)
    return is_elsewhere and found.version == file.version  # else nobody knows yet what lies there
