"""Starts DAG runs through Airflow's API, each as its user, and watches them to their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from cloudflow_cli.airflow_client import ENDED, AirflowClient
from cloudflow_cli.demo.routes import Run
from cloudflow_cli.demo.world import World
from cloudflow_lib.domain.migrations import ENDED as MIGRATION_ENDED
from cloudflow_lib.domain.migrations import Migration
from cloudflow_lib.errors import CloudFlowError, NotAllowedError, WrongInputError
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.settings import AirflowSettings

MIGRATE = "migrate_files"
WOKEN_SECONDS = 90.0
"""How long a run may take to begin when something else wakes its DAG."""
RUN_SECONDS = 600.0
LOOK_SECONDS = 0.5
YES = "Approve"
PUTS_DOWN_SECONDS = 2.0
"""Airflow takes a task for lost whose answer comes while its process still ends, and asks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run of `migrate_files` ended."""

    run: Run
    run_id: str
    state: str
    migrations: Sequence[Migration]
    refusal: str | None

    @property
    def is_as_wanted(self) -> bool:
        """Whether all was done; or, where the run had to be refused, whether it was, and nothing was touched."""
        if self.run.is_refused:
            return self.state == "failed" and self.refusal is not None and not self.migrations
        done = [migration for migration in self.migrations if migration.state == "done"]
        return self.state == "success" and len(done) == len(self.run.file_ids)


class Airflow:
    """Airflow as the demonstration's users see it."""

    def __init__(self, world: World, settings: AirflowSettings) -> None:
        self._world = world
        self._settings = settings

    def as_user(self, user: str) -> AirflowClient:
        """Return a client that signs in as *user*."""
        password = SecretStr(self._world.secrets.airflow_users[user])
        return AirflowClient(self._settings.model_copy(update={"user": user, "password": password}))

    def finish(self, dag_id: str) -> None:
        """
        Run a DAG to its end.

        Raises:
            CloudFlowError: It did not end well.
        """
        self.wait(dag_id, [self.start(dag_id, {})])

    def start(self, dag_id: str, params: Mapping[str, object]) -> str:
        """Start a run of a DAG and return its id."""
        with self.as_user("admin") as client:
            return client.trigger(dag_id, params)

    def wait(self, dag_id: str, run_ids: Sequence[str]) -> None:
        """
        Wait for runs of a DAG.

        Raises:
            CloudFlowError: One of them did not end well.
        """
        for run_id, state in self._watch(dag_id, run_ids, lambda: None).items():
            self._require(dag_id, run_id, state)

    def approve(self, dag_id: str, run_id: str) -> None:
        """
        Say yes to whatever the run asks, and wait for its end.

        Raises:
            CloudFlowError: It did not end well.
        """
        seen: dict[str, float] = {}

        def answer() -> str | None:
            for task in client.questions(dag_id, run_id):
                if time.monotonic() - seen.setdefault(task, time.monotonic()) > PUTS_DOWN_SECONDS:
                    client.answer(dag_id, run_id, task, YES)
                    return task
            return None

        with self.as_user("admin") as client:
            states = self._watch(dag_id, [run_id], lambda: _patiently(answer))
        self._require(dag_id, run_id, states[run_id])

    def _require(self, dag_id: str, run_id: str, state: str) -> None:
        if state != "success":
            raise CloudFlowError(f"{dag_id} failed: {self._settings.url}/dags/{dag_id}/runs/{run_id} shows why")

    def wait_woken(self, dag_id: str, since: datetime) -> None:
        """
        Wait for the run of a DAG that something else woke after *since*.

        Raises:
            CloudFlowError: None was woken, or it did not end well.
        """
        until = time.monotonic() + WOKEN_SECONDS
        with self.as_user("admin") as client:
            while (run_id := _patiently(lambda: client.woken(dag_id, since))) is None:
                if time.monotonic() > until:
                    raise CloudFlowError(f"nothing woke {dag_id}: {self._settings.url}/dags/{dag_id} shows more")
                time.sleep(LOOK_SECONDS)
        self.wait(dag_id, [run_id])

    def begin(self, runs: Iterable[Run]) -> Mapping[str, Run]:
        """Start *runs* of `migrate_files` side by side, each as its user, and return them by their ids."""
        begun = {}
        for run in runs:
            with self.as_user(run.route.user) as client:
                begun[client.trigger(MIGRATE, run.request())] = run
        return begun

    def end(self, begun: Mapping[str, Run], catalog: Catalog, tell: Callable[[int, int], None]) -> list[Outcome]:
        """Wait for all of them and return how they ended; *tell* hears files ended and files in all."""
        files = sum(len(run.file_ids) for run in begun.values() if not run.is_refused)

        def look() -> None:
            moves = (move for run_id in begun for move in catalog.batch(run_id))
            tell(sum(move.state in MIGRATION_ENDED for move in moves), files)

        states = self._watch(MIGRATE, list(begun), look)
        return [_outcome(run, run_id, states[run_id], catalog) for run_id, run in begun.items()]

    def _watch(self, dag_id: str, run_ids: Sequence[str], look: Callable[[], object]) -> Mapping[str, str]:
        """Return how each run ended; a busy Airflow that does not answer for a while is asked again."""
        states: dict[str, str] = {}
        until = time.monotonic() + RUN_SECONDS
        with self.as_user("admin") as client:
            while len(states) < len(run_ids):
                if time.monotonic() > until:
                    page = f"{self._settings.url}/dags/{dag_id}"
                    raise CloudFlowError(f"{dag_id} has not ended after {RUN_SECONDS:.0f} s: {page} shows why")
                for run_id in run_ids:
                    state = _state(client, dag_id, run_id) if run_id not in states else None
                    if state in ENDED:
                        states[run_id] = str(state)
                look()
                time.sleep(LOOK_SECONDS)
        return states


def _state(client: AirflowClient, dag_id: str, run_id: str) -> str | None:
    return _patiently(lambda: str(client.run(dag_id, run_id)["state"]))


def _patiently(ask: Callable[[], str | None]) -> str | None:
    """Return what Airflow says, or None when it is too busy to say."""
    try:
        return ask()
    except (NotAllowedError, WrongInputError):
        raise
    except CloudFlowError:
        return None


def _outcome(run: Run, run_id: str, state: str, catalog: Catalog) -> Outcome:
    refusal = catalog.refusal(run_id)
    return Outcome(
        run=run,
        run_id=run_id,
        state=state,
        migrations=catalog.batch(run_id),
        refusal=refusal.reason if refusal else None,
    )
