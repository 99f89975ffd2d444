"""The servers of all runs, started once, and the processes that play runs on them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from benchmarks._faults_buckets import Endpoint
from benchmarks._faults_case import CLOUDS, plan_case
from benchmarks._faults_ledger import Ledger, MemoryLedger, MongoLedger
from benchmarks._faults_proxy import proxied
from benchmarks._faults_run import Ground, Outcome, play
from benchmarks._faults_victim import load_before_forks
from benchmarks._faults_wire import WireScript
from benchmarks._servers import running_mongo
from cloudflow_lib.domain.locations import Provider
from tests import servers

MEMORY = Endpoint(Provider.MEMORY)


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers of this benchmark listen."""

    endpoints: dict[Provider, Endpoint]
    mongo_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which runs to play."""

    seed: int
    numbers: tuple[int, ...]
    memory_share: float


@contextmanager
def running_servers(folder: Path) -> Iterator[Servers]:
    """Run one server per cloud and one for the catalogue over *folder*."""
    with ExitStack() as running:
        endpoints = {Provider.MEMORY: MEMORY}
        for start in (servers.versitygw, servers.azurite, servers.fake_gcs):
            place = folder / start.__name__
            place.mkdir()
            server = running.enter_context(start(place))
            endpoints[server.provider] = Endpoint(
                server.provider, server.url or "", server.account or "", dict(server.secret), server.single_class
            )
        yield Servers(endpoints, running.enter_context(running_mongo(folder)))


def play_all(plan: Plan, where: Servers, workers: int) -> Iterator[Outcome]:
    """Play every run, some at the same time, and yield each outcome when it is there."""
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_settle, initargs=(where,)) as pool:
        runs = [pool.submit(_play, plan.seed, number, plan.memory_share) for number in plan.numbers]
        for run in as_completed(runs):
            yield run.result()


_stage: tuple[Ground, MongoLedger] | None = None
"""What one playing process keeps from run to run."""


def _settle(where: Servers) -> None:
    """Lay the wires of this process to the servers, and open its database."""
    global _stage  # noqa: PLW0603 - how a pool's initializer hands on what it made
    import stamina

    load_before_forks()
    logging.disable(logging.CRITICAL)  # thousands of faults are on purpose
    stamina.instrumentation.set_on_retry_hooks([])
    stamina.set_testing(True, attempts=3, cap=True)
    scripts: dict[str, WireScript] = {}
    urls = [where.endpoints[cloud].url for cloud in CLOUDS]
    seen_urls = _kept.enter_context(proxied(urls, scripts))
    seen = {cloud: replace(where.endpoints[cloud], url=url) for cloud, url in zip(CLOUDS, seen_urls, strict=True)}
    database = f"faults-{os.getpid()}"
    ground = Ground(where.endpoints, {Provider.MEMORY: MEMORY} | seen, scripts, where.mongo_url, database)
    _stage = ground, MongoLedger(where.mongo_url, database)


_kept = ExitStack()
"""Open until the process ends."""


def _play(seed: int, number: int, memory_share: float) -> Outcome:
    if _stage is None:
        raise AssertionError("the pool settles each process first")
    ground, mongo = _stage
    case = plan_case(seed, number, memory_share)
    ledger: Ledger = MemoryLedger()
    if case.uses_mongo:
        mongo.clear()
        ledger = mongo
    return play(case, ground, ledger)
