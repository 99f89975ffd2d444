"""A LocalExecutor whose workers are warm, and which outlives the death of any of its processes."""

from __future__ import annotations

import ctypes
import gc
import importlib
import multiprocessing
import os
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

from airflow.executors.local_executor import LocalExecutor, _run_worker

from cloudflow_plugin.doorbell import Doorbell

if TYPE_CHECKING:
    from collections.abc import Sequence

WARM = (
    # what Airflow's own task runner imports only in the task
    "airflow.dag_processing.bundles.local",
    "airflow.dag_processing.dagbag",
    "airflow.sdk._shared.logging.factory",
    "airflow.sdk._shared.logging.remote",
    "airflow.sdk.definitions.asset.metadata",
    "airflow.sdk.definitions.connection",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.standard.decorators.python",
    "airflow.sdk.definitions.decorators.task_group",
    "airflow.version",
    "jinja2.debug",
    "jinja2.ext",
    "cloudflow_plugin.campaigning",
    "cloudflow_plugin.cataloguing",
    "cloudflow_plugin.coordinator",
    "cloudflow_plugin.defaults",
    "cloudflow_plugin.forms",
    "cloudflow_plugin.migrating",
    # what the tasks of a migration import
    "pymongo",
    "pymongo.synchronous.auth",
    "boto3",
    "azure.storage.blob",
    "azure.core.rest._requests_basic",
    "google.cloud.storage",
    "obstore",
    "tomllib",
    "cloudflow_lib.adapters.access_logs.sources",
    "cloudflow_lib.adapters.catalogs.mongo",
    "cloudflow_lib.adapters.mail.smtp",
    "cloudflow_lib.adapters.secrets.keyring",
    "aiohttp",
    "uvloop",
    "cloudflow_lib.adapters.stores.azure_blob",
    "cloudflow_lib.adapters.stores.bulk_azure",
    "cloudflow_lib.adapters.stores.bulk_gcs",
    "cloudflow_lib.adapters.stores.bulk_s3",
    "cloudflow_lib.adapters.stores.build",
    "cloudflow_lib.adapters.stores.gcs",
    "cloudflow_lib.adapters.stores.s3",
    "cloudflow_lib.bootstrap",
    "cloudflow_lib.workflows.migrate_file",
    "cloudflow_lib.workflows.report_batch",
    "cloudflow_lib.workflows.move_bundle",
    "cloudflow_lib.workflows.request_migrations",
)
"""What every task imports. Nothing of it connects to anything or starts a thread at import."""

YOUNG_OBJECTS = 10_000
"""
Made since the last look for garbage, until the next one; Python's own number is 700.

A worker that moves a bundle makes hundreds of thousands that live for milliseconds: one part in six of its time went
into looking through them.
"""

LOOK_UP_SECONDS = 1.0
"""How often an idle worker looks whether its scheduler is still there."""

HELD_SECONDS = 1.0
"""How long a lock or a place in the list of workers is held at most by one that is dying."""

LONGEST_WAIT_SECONDS = 1.0
"""How late a scheduler may see what only the clock tells: a run that is due, a task that is to be tried again."""

NOTHING = object()

EMPTY = 0


class Inbox:
    """
    The queue of work as one worker sees it.

    Airflow's worker holds the queue's lock while it waits: killed then, it takes the lock with it, and
    no other worker gets work any more. This one locks the queue only for the moment of taking. Where
    Airflow's worker waits for ever when its scheduler was killed, this one ends. And *desk*, one integer
    in memory shared with the scheduler, always shows what the worker has: the `hash` of the work's key.
    """

    def __init__(self, queue: Any, scheduler: int, desk: Any) -> None:  # noqa: ANN401 - multiprocessing names no types for them
        self._reader = queue._reader  # noqa: SLF001 - SimpleQueue shows neither pipe nor lock
        self._lock = queue._rlock  # noqa: SLF001 - as above
        self._scheduler = scheduler
        self._desk = desk

    def get(self) -> Any:  # noqa: ANN401 - a workload, or None when there will be no more
        """Wait for work and take it."""
        self._desk.value = EMPTY
        while os.getppid() == self._scheduler:
            if self._reader.poll(LOOK_UP_SECONDS) and (work := self._take()) is not NOTHING:
                return work
        return None

    def _take(self) -> object:
        with self._lock:
            if not self._reader.poll(0):
                return NOTHING
            work = ForkingPickler.loads(self._reader.recv_bytes())
            self._desk.value = EMPTY if work is None else hash(work.key)
            return work


def free(lock: Any) -> None:  # noqa: ANN401 - multiprocessing names no type for its locks
    """
    Release *lock* if whoever held it is dead.

    A worker holds a queue's lock for the moment of one small message: one that is held for as long as
    `HELD_SECONDS` was taken along by a killed worker, and without this nobody would get through again.
    """
    lock.acquire(timeout=HELD_SECONDS)
    lock.release()


def has_ended(worker: Any) -> bool:  # noqa: ANN401 - a process of multiprocessing's, or what behaves like one
    """Tell whether *worker* is dead: a dying one closes its sentinel, which ends a wait, before it counts so."""
    if wait([worker.sentinel], 0):
        worker.join(HELD_SECONDS)
    return not worker.is_alive()


def _work(scheduler: int, desk: Any, queue: Any, **given: Any) -> None:  # noqa: ANN401 - handed on to Airflow's worker
    gc.set_threshold(YOUNG_OBJECTS)
    # Airflow counts unread messages under a lock that a killed worker would take along; we do not need the count
    inbox: Any = Inbox(queue, scheduler, desk)  # all that Airflow does with a queue of work is `get`
    _run_worker(**given, input=inbox, unread_messages=multiprocessing.Value("I"))


class WarmLocalExecutor(LocalExecutor):
    """
    Import once what every task needs, before the workers are forked.

    The SDKs of three clouds take two seconds of processor time to import; a migration has four tasks
    for each file. Forked workers, and the tasks they fork, inherit the modules for nothing.
    """

    def start(self) -> None:
        """Warm up, then start as always."""
        from airflow.sdk.api.client import Client
        from airflow.sdk.plugins_manager import integrate_macros_plugins

        from cloudflow_lib.adapters.stores.s3_client import load_service_model
        from cloudflow_lib.bootstrap import build_services
        from cloudflow_lib.settings import read_settings

        for name in WARM:
            importlib.import_module(name)
        integrate_macros_plugins()  # each task's first act; it is done once a process, forked ones included
        load_service_model()
        build_services(read_settings())  # for what its first time leaves behind; each task builds its own
        Client(base_url="http://127.0.0.1", token="").close()  # reads the machine's certificates, once per process
        self._desks: dict[int, Any] = {}
        self._given_out: dict[int, Any] = {}
        self._bell = Doorbell(_connect)
        super().start()

    def sync(self) -> None:
        """Do as always; when nothing has ended, wait for work for the scheduler, a worker's report, or its death."""
        super().sync()
        if not self.event_buffer:
            ends = [worker.sentinel for worker in self.workers.values()]
            self._bell.wait(LONGEST_WAIT_SECONDS, *ends, self.result_queue._reader)  # type: ignore[attr-defined]  # noqa: SLF001 - as in Inbox
            self._read_results()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped

    def _check_workers(self) -> None:
        """
        Put new workers in the place of dead ones, and tell Airflow at once which tasks died with them.

        Left alone, Airflow notices a killed task when its heartbeats stay away (half a minute here), and
        one that was taken but not started after `task_queued_timeout`, ten minutes.
        """
        dead = {pid: worker for pid, worker in self.workers.items() if has_ended(worker)}
        if dead:
            self._read_results()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
            for pid, worker in dead.items():
                self._give_up(pid, worker.exitcode)
                self.workers.pop(pid).close()
            for lock in (self.activity_queue._rlock, self.result_queue._wlock):  # type: ignore[attr-defined]  # noqa: SLF001 - as in Inbox
                free(lock)
        if missing := self.parallelism - len(self.workers):
            self._spawn_workers_with_gc_freeze(missing)  # type: ignore[no-untyped-call]  # as above

    def _give_up(self, pid: int, exit_code: int | None) -> None:
        if key := self._given_out.get(self._desks.pop(pid).value):
            self.log.warning("the worker %s ended with %s while it had %s", pid, exit_code, key)
            self.fail(key, f"its worker {pid} ended with {exit_code}")

    def _process_workloads(self, workload_list: Sequence[Any]) -> None:
        self._given_out.update({hash(work.key): work.key for work in workload_list})
        super()._process_workloads(workload_list)  # type: ignore[no-untyped-call]  # as above

    def change_state(self, key: Any, *args: Any, **given: Any) -> None:  # noqa: ANN401 - handed on as it came
        """Note that a piece of work has ended, then do as always."""
        self._given_out.pop(hash(key), None)
        super().change_state(key, *args, **given)

    def _spawn_worker(self) -> None:
        desk = multiprocessing.RawValue(ctypes.c_longlong, EMPTY)
        worker = multiprocessing.Process(
            target=_work,
            kwargs={
                "scheduler": os.getpid(),
                "desk": desk,
                "queue": self.activity_queue,
                "logger_name": self.log.name,
                "output": self.result_queue,
                "team_conf": self.conf,
            },
        )
        worker.start()
        self.workers[worker.pid or 0] = worker  # a started process has a number
        self._desks[worker.pid or 0] = desk


def _connect() -> Any:  # noqa: ANN401 - psycopg2's connection, which ships no types
    """Open a connection of our own to Airflow's database."""
    from airflow.settings import get_engine

    pooled = get_engine().raw_connection()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
    own = pooled.driver_connection
    pooled.detach()
    return own
