"""
A doorbell at Airflow's tables: whoever changes what a scheduler acts on rings, and the scheduler need not look.

Airflow's scheduler finds work by looking. A look takes some 20 ms of a processor here and as long as half of that
at the database: looking often costs almost half a core day and night, looking seldom makes every step of every run
wait. PostgreSQL tells who listens when a run or a task changes its state, with the commit that changes it.
"""

from __future__ import annotations

import logging
import time
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

import psycopg2  # type: ignore[import-untyped]  # it ships no types
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection  # type: ignore[import-untyped]  # as above
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

BELL = "cloudflow_scheduler"

RINGING = ("task_instance", "dag_run", "asset_dag_run_queue")
"""The tables in which a new row is work for the scheduler."""
WITH_STATE = ("task_instance", "dag_run")
"""Those in which a new state is, if it is not one that the scheduler gave or that tells of work taken up."""

FUNCTION = """
CREATE OR REPLACE FUNCTION {bell}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY {bell}; RETURN NULL; END $$
"""
NEW_ROW = "CREATE OR REPLACE TRIGGER {bell}_new AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {bell}()"
NEW_STATE = """
CREATE OR REPLACE TRIGGER {bell}_state AFTER UPDATE OF state ON {table} FOR EACH ROW
WHEN (OLD.state IS DISTINCT FROM NEW.state AND coalesce(NEW.state, '') NOT IN ('queued', 'running'))
EXECUTE FUNCTION {bell}()
"""
PATIENCE = "SET lock_timeout = '2s'"
"""A trigger needs its table for a moment: somebody who holds it for long must not stop the scheduler."""
HANG_UP = (
    PATIENCE,
    FUNCTION.format(bell=BELL),
    *(NEW_ROW.format(bell=BELL, table=table) for table in RINGING),
    *(NEW_STATE.format(bell=BELL, table=table) for table in WITH_STATE),
    f"LISTEN {BELL}",
)

WITHOUT_A_BELL_SECONDS = 0.03
"""How long a wait takes that nobody can end early."""


class Doorbell:
    """
    Waits until somebody rings.

    *connect* opens a connection to Airflow's PostgreSQL. One that breaks is opened anew at the next wait, and until
    it is, every wait is short: work is found later then, and never not at all.
    """

    def __init__(self, connect: Callable[[], connection]) -> None:
        self._connect = connect
        self._line: connection | None = None
        self._is_out_of_order = False

    def wait(self, seconds: float, *others: Any) -> None:  # noqa: ANN401 - whatever has a file number
        """Return when it rings, rang since the last call, one of *others* can be read, or after so many seconds."""
        try:
            line = self._open()
            if not line.notifies:
                wait([line, *others], seconds)
                line.poll()
            line.notifies.clear()
        except (psycopg2.Error, SQLAlchemyError) as error:
            if not self._is_out_of_order:
                log.warning("doorbell.out_of_order error=%s", error)
            self._line, self._is_out_of_order = None, True
            time.sleep(WITHOUT_A_BELL_SECONDS)

    def _open(self) -> connection:
        if self._line is None:
            line = self._connect()
            line.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with line.cursor() as cursor:
                for statement in HANG_UP:
                    cursor.execute(statement)
            line.notifies.append(None)  # what changed before it listened did not ring
            self._line, self._is_out_of_order = line, False
        return self._line
