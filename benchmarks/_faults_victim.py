"""A worker in a process of its own that dies by SIGKILL at a call drawn by lot."""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Timer

from benchmarks._faults_buckets import Endpoint
from benchmarks._faults_case import Case
from benchmarks._faults_dag import Say, run_batch
from benchmarks._faults_world import World
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.testing.faults import FaultyWire, Killed

PATIENCE_SECONDS = 90.0
WITHIN_SECONDS = 0.02
PRELOADED = (
    "benchmarks._faults_victim",
    "cloudflow_lib.adapters.catalogs.mongo",
    "cloudflow_lib.adapters.stores.s3",
    "cloudflow_lib.adapters.stores.azure_blob",
    "cloudflow_lib.adapters.stores.gcs",
    "cloudflow_lib.workflows.report_batch",
)


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is to do, in words that cross a process border."""

    case: Case
    endpoints: Mapping[Provider, Endpoint]
    seen: Mapping[Provider, Endpoint]
    mongo_url: str
    mongo_database: str
    request: dict[str, object]


def load_before_forks() -> None:
    """Let the server of forks load once what every worker needs: a worker then starts in milliseconds."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(PRELOADED))


def run_and_kill(job: Job, say: Say) -> bool:
    """Run the worker and return whether it was killed; one that never gets to its fatal call ends by itself."""
    worker = multiprocessing.get_context("forkserver").Process(target=_work, args=(job,))
    worker.start()
    worker.join(PATIENCE_SECONDS)
    if worker.is_alive():
        worker.kill()
        worker.join()
        raise RuntimeError(f"the worker did not end within {PATIENCE_SECONDS:.0f} s")
    say(f"the worker ended with {worker.exitcode}")
    if worker.exitcode not in {0, -signal.SIGKILL}:
        raise RuntimeError(f"the worker ended with exit code {worker.exitcode}: its error is on the terminal")
    return worker.exitcode == -signal.SIGKILL


def _work(job: Job) -> None:
    import stamina

    from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog

    logging.disable(logging.CRITICAL)  # its faults are on purpose
    stamina.set_testing(True, attempts=3, cap=True)
    stamina.instrumentation.set_on_retry_hooks([])
    world = World(job.case, job.endpoints, job.seen, MongoCatalog(job.mongo_url, job.mongo_database))
    world.open()
    wire = FaultyWire(job.case.script, seed=job.case.name, die=lambda: _die(job.case.name))
    try:
        run_batch("run-1", job.request, world.services(wire), _be_quiet)
    except Killed:  # the timer has not struck yet
        signal.pause()


def _be_quiet(_line: str) -> None:
    """Say nothing: whoever dies tells nothing."""


def _die(name: str) -> None:
    """Die now, or a little later, while other threads are in the middle of something."""
    chance = random.Random(f"death/{name}")  # noqa: S311 - repeatable, not secret
    if chance.random() < 1 / 2:
        os.kill(os.getpid(), signal.SIGKILL)
    Timer(chance.uniform(0, WITHIN_SECONDS), os.kill, (os.getpid(), signal.SIGKILL)).start()
