"""Take one migration through its step table. After a crash, call it again: it carries on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from cloudflow_lib.domain.facts import migration_advanced
from cloudflow_lib.domain.migrations import ENDED, TAKEN_BACK, Migration, MigrationState
from cloudflow_lib.errors import PERMANENT_ERRORS, CatalogError, CloudFlowError, LostRaceError, NotAllowedError
from cloudflow_lib.workflows import migration_steps
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)

STALE_AFTER = timedelta(hours=24)
"""How long a worker gives no sign of life, a step or progress of its copy, until it is taken for dead."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table: in this state do that, and reach the next state."""

    leaves: MigrationState
    does: Callable[[Migration, Services], Migration]
    reaches: MigrationState
    writes: bool = False
    """Whether it makes an object at the destination, where the file changes its place."""


# The order is the safety argument: nothing is removed before it is verified elsewhere.
STEPS = (
    Step(MigrationState.QUEUED, migration_steps.validate, MigrationState.VALIDATED),
    Step(MigrationState.VALIDATED, migration_steps.copy, MigrationState.COPIED, writes=True),
    Step(MigrationState.COPIED, migration_steps.verify, MigrationState.VERIFIED),
    Step(MigrationState.VERIFIED, migration_steps.switch, MigrationState.SWITCHED),
    Step(MigrationState.SWITCHED, migration_steps.remove, MigrationState.DONE),
)


def take_steps(migration_id: str, upto: MigrationState, services: Services) -> Migration:
    """
    Bring the migration to *upto*, from wherever it stands; standing there already is no error.

    Raises:
        NotAllowedError: It has ended in another way (failed, cancelled, rolled back).
        StoreError, CatalogError: What broke; the migration stands where its last whole step left it.
    """
    migration = services.catalog.migration(migration_id)
    last = [step.reaches for step in STEPS].index(upto)
    for step in STEPS[: last + 1]:
        if step.leaves is migration.state:
            migration = _take(step, migration, services)
    if migration.state in ENDED and migration.state is not MigrationState.DONE:
        raise NotAllowedError(f"this migration is {migration.state}: {migration.error or 'nothing left to do'}")
    return migration


def _take(step: Step, migration: Migration, services: Services) -> Migration:
    writer = uuid4().hex
    try:
        _begin_write(step, migration, writer, services)
        acted = step.does(migration, services)
    except CloudFlowError:
        found = services.catalog.migration(migration.migration_id)
        if found.fence == migration.fence:
            _end_write(step, migration, writer, services)  # whoever ends this migration looks for what came of it
            raise
        # Somebody ended it, or went on, in the middle of our step: what hindered us may be their success.
    else:
        try:
            found = advance(acted, step.reaches, services)
        except LostRaceError:
            # Two workers on one file: the steps are idempotent, so whoever wrote it down first is right.
            log.warning("migration.race_lost migration=%s step=%s", migration.migration_id, step.reaches)
            found = services.catalog.migration(migration.migration_id)
            if found.state in TAKEN_BACK:
                migration_steps.discard_copy(acted, services)
    _end_write(step, migration, writer, services)
    if found.state in TAKEN_BACK:
        _let_go(found, services)
    return found


def _begin_write(step: Step, migration: Migration, writer: str, services: Services) -> None:
    """
    Have it known, before the first byte, that an object may appear at the destination.

    A worker that dies, or loses the catalogue, leaves that known: whoever ends the migration keeps its file held
    then, and a sweep looks later what came of the write.

    Raises:
        LostRaceError: Somebody else took this step meanwhile.
    """
    if step.writes and not migration.stays_in_place:
        services.catalog.begin_write(migration, writer, services.clock())


def _end_write(step: Step, migration: Migration, writer: str, services: Services) -> None:
    if not step.writes or migration.stays_in_place:
        return
    try:
        services.catalog.end_write(migration.migration_id, writer)
    except CatalogError as error:  # costs no more than that a failure holds the file until the next sweep
        log.warning("migration.write_not_ended migration=%s error=%s", migration.migration_id, error)


def advance(migration: Migration, state: MigrationState, services: Services) -> Migration:
    """Write the new state and its event in one update."""
    after = replace(
        migration,
        state=state,
        timestamps={**migration.timestamps, state: services.clock()},
    )
    return services.catalog.advance(migration, after, migration_advanced(after))


def fail(migration_id: str, reason: str, services: Services, *, batch_id: str | None = None) -> Migration:
    """
    End the migration as failed with one sentence for its owner, and let its file go.

    One that has ended already stays as it is. After the switch there is no failing: the copy is
    the file, and only the source still waits for its end, which the next try brings. With *batch_id*,
    only what still is of that run ends: a retry has a run of its own.
    """
    migration = services.catalog.migration(migration_id)
    if batch_id not in (None, migration.batch_id):
        return migration
    if migration.state in ENDED - TAKEN_BACK or migration.state is MigrationState.SWITCHED:
        return migration
    if migration.state not in TAKEN_BACK:
        if left := migration_steps.what_stays(migration, services):
            reason = f"{reason} ({left})"
        try:
            # First of all: a worker that is still at it must not switch to a copy that we discard.
            migration = advance(replace(migration, error=reason), MigrationState.FAILED, services)
        except LostRaceError:
            return services.catalog.migration(migration_id)
    _let_go(migration, services)
    return migration


def _let_go(migration: Migration, services: Services) -> None:
    """Take it back; what cannot be discarded now is left to a sweep, which comes here too."""
    try:
        take_back(migration, services)
    except PERMANENT_ERRORS as error:
        log.warning("migration.copy_left migration=%s error=%s", migration.migration_id, error)
    except CloudFlowError as error:
        log.warning("migration.copy_not_discarded migration=%s error=%s", migration.migration_id, error)
        if migration_steps.UNREACHED not in (migration.error or ""):
            return
    else:
        return
    services.catalog.release_file(migration)


def take_back(migration: Migration, services: Services) -> None:
    """
    Discard the copy of a migration that was ended before its switch, and let its file go.

    While another worker writes, the file stays held: that worker comes here behind its write, or a sweep, if it died.

    Raises:
        StoreError, CatalogError: Nobody knows whether the copy is gone; the file stays held.
    """
    if services.catalog.file(migration.file_id).migration_id == migration.migration_id:
        # Asked first: what lands behind our look is the business of the worker that was at it then.
        is_being_written = services.catalog.is_being_written(migration.migration_id, services.clock() - STALE_AFTER)
        migration_steps.discard_copy(migration, services)
        migration_steps.discard_unheard(migration, services)
        if is_being_written:
            log.warning("migration.still_written migration=%s", migration.migration_id)
            return
    # Else it was let go before: what lies at the destination now is not for us to judge.
    services.catalog.release_file(migration)
