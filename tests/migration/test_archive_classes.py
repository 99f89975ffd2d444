"""Into a class whose objects cannot be read: the copy is proved first, and no kill on the way loses anything."""

from contextlib import suppress
from dataclasses import replace

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import StoreUnavailableError
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows.migrate_file import fail, take_steps

from .conftest import build_bench

PART = 64 * 1024
SIZES = {"one request": 12_345, "parts": 3 * PART + 12_345}
SOURCES = {"streamed": "versitygw", "on the server": "azurite"}
MOST_CALLS = 60

pytestmark = pytest.mark.servers


@pytest.fixture(params=SOURCES)
def world(request, azurite):
    """A bench whose destination is Azure; from there, with one credential, the store copies by itself."""
    is_on_server = request.param == "on the server"
    bench = build_bench(here=request.getfixturevalue(SOURCES[request.param]), there=azurite)
    if is_on_server:
        for name in ("here", "there"):
            place = bench.catalog.location(name)
            bucket = azurite.bucket_of(bench.stores[name])
            bench.catalog.save_location(replace(place, bucket=bucket, credential_id="there"))
    yield bench
    for store in bench.stores.values():
        store.close()


@pytest.fixture(params=SIZES)
def data(request):
    return bytes(range(256)) * (SIZES[request.param] // 256) + b"tail"


def moving(bench, data, number=0):
    file = bench.put_file(f"folder/{number}", data)
    [move] = bench.open(file, batch=f"run-{number}", quarantine_days=0, storage_class="Archive")
    return file, move


def wired(bench, wire):
    stores = {name: wire.wrap(store) for name, store in bench.stores.items()}
    return replace(bench.services, open_store=stores.__getitem__, catalog=wire.wrap(bench.catalog))


def restored(bench, key):
    """The bytes of an archived copy."""
    store = bench.stores["there"]
    found = store.change_class(key, "Hot", version=store.stat(key).version)
    return b"".join(store.read(key, version=found.version))


def test_a_file_that_goes_into_the_archive_is_proved_and_arrives(world, data):
    file, move = moving(world, data)

    done = take_steps(move.migration_id, MigrationState.DONE, world.services)

    there = world.stores["there"].stat(file.key)
    assert "Archive" == there.storage_class == done.destination.storage_class
    assert "Archive" == world.catalog.file(file.file_id).storage_class
    assert there.version == done.destination.version
    assert "read back" == done.proof
    assert [] == world.keys("here")
    assert data == restored(world, file.key)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_call_on_the_way_into_the_archive_loses_nothing(world, moment):
    data = b"once"
    for broken_call in range(1, MOST_CALLS):
        wire = Tripwire(on_call=broken_call, moment=moment)
        file, move = moving(world, data, broken_call)
        with suppress(StoreUnavailableError):
            take_steps(move.migration_id, MigrationState.DONE, wired(world, wire))
        if not wire.has_tripped:
            break
        where = f"{moment} call {broken_call}, {wire.calls[broken_call - 1]}"

        done = take_steps(move.migration_id, MigrationState.DONE, world.services)

        assert MigrationState.DONE is done.state, where
        assert "Archive" == world.stores["there"].stat(file.key).storage_class, where
        assert data == restored(world, file.key), where
        assert file.key not in world.keys("here"), where
    assert 10 < broken_call < MOST_CALLS - 1


def test_a_copy_that_does_not_prove_is_never_archived(world, data):
    file, move = moving(world, data)
    copied = take_steps(move.migration_id, MigrationState.COPIED, world.services)
    there, info = world.stores["there"], world.stores["there"].stat(file.key)

    assert "Hot" == info.storage_class
    assert ("Archive", info.version) == (copied.destination.storage_class, copied.destination.version)

    fail(move.migration_id, "because", world.services)

    assert [] == world.keys("there")
    assert data == world.content(file.file_id)
    assert [] == list(there.list_uploads())


def test_a_copy_replaced_before_it_is_archived_is_not_switched_to(world, data):
    from cloudflow_lib.domain.objects import ObjectTraits
    from cloudflow_lib.errors import ObjectChangedError

    file, move = moving(world, data)
    take_steps(move.migration_id, MigrationState.VERIFIED, world.services)
    world.stores["there"].put(file.key, b"somebody else's", ObjectTraits())

    with pytest.raises(ObjectChangedError):
        take_steps(move.migration_id, MigrationState.DONE, world.services)

    assert data == world.content(file.file_id)
    assert "Hot" == world.stores["there"].stat(file.key).storage_class


def test_a_migration_into_the_archive_that_failed_is_done_by_its_retry(world, data):
    from cloudflow_lib.workflows.retry_migration import retry_batch

    file, move = moving(world, data)
    take_steps(move.migration_id, MigrationState.VERIFIED, world.services)
    fail(move.migration_id, "because", world.services)

    [again] = retry_batch("again", [move.migration_id], "team-docs", world.services)
    done = take_steps(again.migration_id, MigrationState.DONE, world.services)

    assert MigrationState.DONE is done.state
    assert data == restored(world, file.key)
