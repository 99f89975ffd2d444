"""Whichever call to a real store breaks, before or after it took effect, the file stays readable and arrives."""

from contextlib import suppress
from dataclasses import replace
from itertools import product
from threading import Barrier, Thread
from uuid import uuid4

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import CloudFlowError, StoreUnavailableError
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows.migrate_file import take_steps
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers

from .conftest import build_bench

SERVERS = {"s3": "versitygw", "azure": "azurite", "gcs": "fake_gcs"}
PAIRS = list(product(SERVERS, repeat=2))
PARTS = 3
STREAMS = 3
PIECE = bytes(range(256)) * 256
MOST_CALLS = 60

pytestmark = pytest.mark.servers


@pytest.fixture(params=PAIRS, ids=["-to-".join(pair) for pair in PAIRS])
def world(request):
    """A bench on two real servers; its parts are as small as the destination takes them."""
    here, there = (request.getfixturevalue(SERVERS[name]) for name in request.param)
    bench = build_bench(here=here, there=there)
    bench.part_bytes = max(bench.part_bytes, bench.stores["there"].capabilities.min_part_bytes)
    yield bench
    for store in bench.stores.values():
        store.close()


def moving(bench):
    """Put a new file of three parts and return it with its bytes and its migration."""
    size = bench.part_bytes * (PARTS - 1) + 12_345
    data = uuid4().bytes + (PIECE * (size // len(PIECE) + 1))[: size - 16]
    file = bench.put_file(f"folder/{uuid4()}", data)
    [move] = bench.open(file, batch=f"run-{file.file_id}", quarantine_days=0)
    return file, data, move


def wired(bench, wire):
    """Wire the stores alone: `test_crash_anywhere` breaks the catalogue's calls."""
    stores = {name: wire.wrap(store) for name, store in bench.stores.items()}
    return replace(bench.services, open_store=stores.__getitem__)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_call_loses_nothing_and_sends_little_again(world, moment):
    for broken_call in range(1, MOST_CALLS):
        wire = Tripwire(on_call=broken_call, moment=moment)
        file, data, move = moving(world)
        with suppress(StoreUnavailableError):
            take_steps(move.migration_id, MigrationState.DONE, wired(world, wire))
        if not wire.has_tripped:
            break
        where = f"{moment} call {broken_call}, {wire.calls[broken_call - 1]}"
        assert data == world.content(file.file_id), where

        second = Tripwire()
        done = take_steps(move.migration_id, MigrationState.DONE, wired(world, second))

        assert MigrationState.DONE is done.state, where
        assert "there" == world.catalog.file(file.file_id).location_id, where
        assert data == world.content(file.file_id), where
        assert file.key not in world.keys("here"), where
        assert PARTS + STREAMS >= wire.calls.count("put_part") + second.calls.count("put_part"), where
        unheard = 1 if "begin_upload" in where and moment == "after" else 0
        left = [upload for upload in world.stores["there"].list_uploads(file.key) if upload.key == file.key]
        assert unheard >= len(left), where
    assert PARTS * 2 < broken_call < MOST_CALLS - 1


@pytest.mark.parametrize("world", [pair for pair in PAIRS if pair[1] != "gcs"], indirect=True, ids="-to-".join)
def test_two_workers_at_once_make_one_whole_object(world):
    """
    Whoever loses may fail, but neither spoils the object, and whoever comes next finishes.

    Not to Google: its emulator ignores the condition of a join, so that the second one replaces the first.
    """
    for _ in range(2):
        file, data, move = moving(world)
        start, outcomes = Barrier(2), []

        def work(move=move, start=start, outcomes=outcomes):
            start.wait()
            try:
                outcomes.append(take_steps(move.migration_id, MigrationState.DONE, world.services).state)
            except CloudFlowError as error:
                outcomes.append(type(error))

        workers = [Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        done = take_steps(move.migration_id, MigrationState.DONE, world.services)

        assert 2 == len(outcomes)
        assert MigrationState.DONE is done.state, outcomes
        assert data == world.content(file.file_id)
    world.later(hours=25)
    assert () == sweep_leftovers(world.services).problems
    assert [] == list(world.stores["there"].list_uploads())
