"""What Airflow does with a run of `migrate_files`: tasks in order, three tries each, and a report in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from benchmarks._faults_world import OWNER
from cloudflow_lib.domain.migrations import Migration, MigrationState
from cloudflow_lib.errors import PERMANENT_ERRORS, CloudFlowError
from cloudflow_lib.workflows.migrate_file import fail, take_steps
from cloudflow_lib.workflows.report_batch import report_batch
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.services import Services

T = TypeVar("T")

TRIES = 3
REPORT_TRIES = 6
TASKS = (MigrationState.VALIDATED, MigrationState.COPIED, MigrationState.VERIFIED, MigrationState.DONE)

Say = Callable[[str], None]


def run_batch(batch: str, request: dict[str, object], services: Services, say: Say) -> None:
    """
    Take one run to its end, as its tasks would; whatever they raise is told to *say* and ends their file alone.

    Only what is no error of the platform leaves: a bug, or the death of the process.
    """
    opened: Sequence[Migration] = ()
    try:
        opened = _tried(TRIES, lambda: open_migrations(batch, OWNER, request, services), say)
    except CloudFlowError as error:
        say(f"{batch}: not opened: {error}")
    for migration in opened:
        for upto in TASKS:
            try:
                _task(migration.migration_id, upto, services, say)
            except CloudFlowError as error:
                say(f"{batch}: {migration.source.key} not {upto}: {error}")
                break
    try:
        _tried(REPORT_TRIES, lambda: report_batch(batch, services, requested_by=OWNER), say)
    except CloudFlowError as error:
        say(f"{batch}: not reported: {error}")


def _task(migration_id: str, upto: MigrationState, services: Services, say: Say) -> None:
    """Take one task through Airflow's tries."""
    for number in range(1, TRIES + 1):
        try:
            _step(migration_id, upto, services, is_last_try=number == TRIES)
        except PERMANENT_ERRORS:
            raise
        except CloudFlowError as error:
            say(f"try {number} to {upto}: {error}")
            if number == TRIES:
                raise
        else:
            return


def _step(migration_id: str, upto: MigrationState, services: Services, *, is_last_try: bool) -> None:
    """As `cloudflow_plugin.migrating.step`."""
    try:
        take_steps(migration_id, upto, services)
    except PERMANENT_ERRORS as error:
        fail(migration_id, str(error), services)
        raise
    except CloudFlowError as error:
        if is_last_try:
            fail(migration_id, str(error), services)
        raise


def _tried(tries: int, call: Callable[[], T], say: Say) -> T:
    for number in range(1, tries + 1):
        try:
            return call()
        except PERMANENT_ERRORS:
            raise
        except CloudFlowError as error:
            say(f"try {number}: {error}")
            if number == tries:
                raise
    raise AssertionError("the last try returns or raises")
