"""Take one migration through its step table. After a crash, call it again: it carries on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from cloudflow_lib.domain.facts import migration_advanced
from cloudflow_lib.domain.migrations import ENDED, TAKEN_BACK, Migration, MigrationState
from cloudflow_lib.errors import PERMANENT_ERRORS, CloudFlowError, LostRaceError, NotAllowedError
from cloudflow_lib.workflows import migration_steps
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table: in this state do that, and reach the next state."""

    leaves: MigrationState
    does: Callable[[Migration, Services], Migration]
    reaches: MigrationState


# The order is the safety argument: nothing is removed before it is verified elsewhere.
STEPS = (
    Step(MigrationState.QUEUED, migration_steps.validate, MigrationState.VALIDATED),
    Step(MigrationState.VALIDATED, migration_steps.copy, MigrationState.COPIED),
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
    try:
        acted = step.does(migration, services)
    except CloudFlowError:
        found = services.catalog.migration(migration.migration_id)
        if found.fence == migration.fence:
            raise
        return found  # somebody ended it, or went on, in the middle of our step: what hindered us may be their success
    try:
        return advance(acted, step.reaches, services)
    except LostRaceError:
        # Two workers on one file: the steps are idempotent, so whoever wrote it down first is right.
        log.warning("migration.race_lost migration=%s step=%s", migration.migration_id, step.reaches)
        found = services.catalog.migration(migration.migration_id)
        if found.state in TAKEN_BACK:
            migration_steps.discard_copy(acted, services)
        return found


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
    """Discard the copy and release the file; what cannot be discarded now is left to a sweep, which comes here too."""
    if services.catalog.file(migration.file_id).migration_id != migration.migration_id:
        services.catalog.release_file(migration)
        return  # it was let go before: what lies at the destination now is not for us to judge
    try:
        migration_steps.discard_copy(migration, services)
        migration_steps.discard_unheard(migration, services)
    except PERMANENT_ERRORS as error:
        log.warning("migration.copy_left migration=%s error=%s", migration.migration_id, error)
    except CloudFlowError as error:
        log.warning("migration.copy_not_discarded migration=%s error=%s", migration.migration_id, error)
        if migration_steps.UNREACHED not in (migration.error or ""):
            return
    services.catalog.release_file(migration)
