"""Whichever call breaks, before or after it took effect, nothing is lost and a second run finishes."""

from contextlib import suppress

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import StoreUnavailableError
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows.migrate_file import take_steps
from cloudflow_lib.workflows.report_batch import report_batch

from .conftest import build_bench

PART, STREAMS = 64 * 1024, 3  # as on the bench
DATA = bytes(range(256)) * 1300  # six parts
WISHES = {
    "one request": (b"small", {"quarantine_days": 0}),
    "parts": (DATA, {"quarantine_days": 0}),
    "quarantine": (b"small", {"quarantine_days": 1}),
    "in place": (DATA, {"destination_location": None, "destination_tier": "cold"}),
}


def migrate(bench, data, wish):
    from cloudflow_lib.workflows.request_migrations import open_migrations

    file = bench.put_file("a", data)
    values = {"file_ids": [file.file_id], "destination_location": "there", **wish}
    return file, lambda world: [
        take_steps(move.migration_id, MigrationState.DONE, world)
        for move in open_migrations("run-1", "team-docs", values, world)
    ]


def calls_of(data, wish):
    """How many calls an untouched migration makes."""
    bench, wire = build_bench(), Tripwire()
    _, run = migrate(bench, data, wish)
    run(bench.wired(wire))
    return len(wire.calls)


CASES = [
    pytest.param(data, wish, number, moment, id=f"{name}-{number}-{moment}")
    for name, (data, wish) in WISHES.items()
    for number in range(1, calls_of(data, wish) + 1)
    for moment in ("before", "after")
]


@pytest.mark.parametrize(("data", "wish", "broken_call", "moment"), CASES)
def test_crash_anywhere_lose_nothing(data, wish, broken_call, moment):
    bench, wire = build_bench(), Tripwire(on_call=broken_call, moment=moment)
    file, run = migrate(bench, data, wish)

    with suppress(StoreUnavailableError):
        run(bench.wired(wire))
    assert wire.has_tripped
    assert data == bench.content(file.file_id)

    second = Tripwire()
    [done] = run(bench.wired(second))

    assert MigrationState.DONE is done.state
    assert len(DATA) // PART + 1 + STREAMS >= wire.calls.count("put_part") + second.calls.count("put_part")
    assert data == bench.content(file.file_id)
    is_moved = wish.get("destination_location", "there") is not None
    assert (["a"] if is_moved else []) == bench.keys("there")
    assert ([] if is_moved and wish["quarantine_days"] == 0 else ["a"]) == bench.keys("here")
    assert (
        [] == [u for store in bench.stores.values() for u in store.list_uploads()]
        or "begin_upload" == wire.calls[broken_call - 1]
    )


@pytest.mark.parametrize(("data", "wish", "broken_call", "moment"), CASES)
def test_every_state_is_told_once_whatever_breaks(data, wish, broken_call, moment):
    bench, wire = build_bench(), Tripwire(on_call=broken_call, moment=moment)
    _, run = migrate(bench, data, wish)
    with suppress(StoreUnavailableError):
        run(bench.wired(wire))
    run(bench.services)
    report_batch("run-1", bench.services)

    told = [event.data.state.value for event in bench.events() if event.type == "io.cloudflow.migration.advanced.v1"]

    assert ["queued", "validated", "copied", "verified", "switched", "done"] == told
