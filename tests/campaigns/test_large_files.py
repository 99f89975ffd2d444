"""Large files of a campaign: written down as they go, so that a kill costs little and leaves nothing for ever."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from cloudflow_lib.errors import StoreUnavailableError
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows.move_bundle import move_bundle
from cloudflow_lib.workflows.open_campaign import open_campaign
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers
from tests.migration.conftest import build_bench

RUN = "campaign__1"
MIB = 1024 * 1024
PARTS = 4
DATA = bytes(range(256)) * (PARTS * 8 * MIB // 256 - 1)
KEY = "raw/large.bin"


class KilledError(BaseException):
    """Nothing catches it: what a process does that is killed is not done."""


@pytest.fixture
def bench():
    return build_bench()


def begin(bench, **wish):
    bench.now = datetime.now(UTC)  # when a store says that an upload began
    file = bench.put_file(KEY, DATA)
    ways = {"source_location": "here", "destination_location": "there", **wish}
    open_campaign(RUN, "team-docs", ways, bench.services)
    return file


def move(bench, services=None):
    for bundle in bench.catalog.waiting_bundles(RUN):
        move_bundle(bundle, services or bench.services)


def uploads(bench):
    return [upload.key for upload in bench.stores["there"].list_uploads()]


def killed_at(bench, monkeypatch, number):
    """Kill the worker when it sends this part, and return the numbers of all that are sent."""
    real, sent = bench.stores["there"].put_part, []

    def put_part(upload, key, part, data, **how):
        sent.append(part)
        if len(sent) == number:
            raise KilledError
        return real(upload, key, part, data, **how)

    monkeypatch.setattr(bench.stores["there"], "put_part", put_part)
    with pytest.raises(KilledError):
        move(bench)
    return sent


def test_what_arrived_before_a_kill_is_not_sent_again(bench, monkeypatch):
    file = begin(bench, quarantine_days=0)
    sent = killed_at(bench, monkeypatch, 3)
    assert [KEY] == uploads(bench)

    move(bench)

    assert DATA == bench.content(file.file_id)
    assert [KEY] == bench.keys("there")
    assert len(sent) <= PARTS + 2  # a part of each stream
    assert [] == uploads(bench)
    assert [] == bench.keys("here")


def test_the_parts_of_a_killed_campaign_that_nobody_carries_on_are_swept(bench, monkeypatch):
    file = begin(bench)
    killed_at(bench, monkeypatch, 3)
    assert 0 == sweep_leftovers(bench.services).aborted_uploads

    bench.later(days=2)

    assert 1 == sweep_leftovers(bench.services).aborted_uploads
    assert [] == uploads(bench)
    assert DATA == bench.content(file.file_id)


def test_a_file_that_changes_on_the_way_leaves_no_parts(bench, monkeypatch):
    begin(bench)
    here, real = bench.stores["here"], bench.stores["there"].put_part

    def put_part(*about, **how):
        here.put(KEY, b"newer", here.traits(KEY))
        return real(*about, **how)

    monkeypatch.setattr(bench.stores["there"], "put_part", put_part)
    move(bench)

    assert 1 == bench.catalog.campaign_progress(RUN).failed.files
    assert [] == uploads(bench)
    assert () == tuple(bench.catalog.open_uploads())


def calls():
    bench, wire = build_bench(), Tripwire()
    begin(bench, quarantine_days=0)
    move(bench, bench.wired(wire))
    return len(wire.calls)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("broken_call", range(1, calls() + 1, 2))
def test_a_campaign_of_large_files_that_breaks_anywhere_is_carried_on(broken_call, moment):
    bench, wire = build_bench(), Tripwire(on_call=broken_call, moment=moment)
    file = begin(bench, quarantine_days=0)

    with suppress(StoreUnavailableError):
        move(bench, bench.wired(wire))
    assert DATA == bench.content(file.file_id)
    move(bench)
    bench.later(days=2)
    sweep_leftovers(bench.services)

    assert DATA == bench.content(file.file_id)
    assert [KEY] == bench.keys("there")
    assert ([], []) == (bench.keys("here"), uploads(bench))
