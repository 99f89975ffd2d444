"""A worker process that is killed in the middle of a large object, on a real server and a real ledger."""

import filecmp
import time

import pytest

from benchmarks._moving import running_platform
from cloudflow_lib.domain.migrations import MigrationState

MIB = 1024 * 1024
PART, STREAMS, SIZE = 5 * MIB, 3, 64 * MIB + 4321
HEADERS = MIB
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.servers


@pytest.fixture
def platform(tmp_path):
    with running_platform(tmp_path, part_bytes=PART, streams=STREAMS) as running:
        yield running


def test_a_killed_worker_costs_each_stream_one_part_at_most(platform):
    platform.put_object("big.bin", SIZE)
    move = platform.open_move("big.bin")
    ledger, relay = platform.services.catalog, platform.relay
    before = relay.received_bytes

    worker = platform.start_worker(move.migration_id)
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while relay.received_bytes - before < SIZE // 2 and worker.poll() is None and time.monotonic() < give_up_at:
        time.sleep(0.002)
    worker.kill()

    assert -9 == worker.wait()
    noted = ledger.last_upload(move.migration_id).parts
    assert 1 <= len(noted) < SIZE // PART
    assert MigrationState.VALIDATED is ledger.migration(move.migration_id).state
    assert 1 == platform.open_uploads()
    assert not platform.stored("target", "big.bin").exists()

    assert 0 == platform.start_worker(move.migration_id).wait(PATIENCE_SECONDS)

    assert MigrationState.DONE is ledger.migration(move.migration_id).state
    assert filecmp.cmp(platform.stored("source", "big.bin"), platform.stored("target", "big.bin"), shallow=False)
    assert STREAMS * PART + HEADERS >= relay.received_bytes - before - SIZE
    assert 0 == platform.open_uploads()
