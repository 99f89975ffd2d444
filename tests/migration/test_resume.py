"""A large object that broke off: only what is missing is sent, and never a mixture."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.objects import ByteSpan, ObjectTraits
from cloudflow_lib.errors import (
    CorruptDataError,
    LostRaceError,
    ObjectChangedError,
    ObjectExistsError,
    StoreUnavailableError,
)
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.transfer.copy import Job, Page, stream_object
from cloudflow_lib.transfer.digest import digest_of
from cloudflow_lib.transfer.ledger import parts_to_keep
from cloudflow_lib.transfer.plan import CopyPlan, Route, cut
from cloudflow_lib.workflows.migrate_file import fail, take_steps

PART = 64 * 1024
PARTS = 12
DATA = bytes(range(256)) * 256 * PARTS
STREAMS = 3


def no_progress(_copied):
    pass


def plan(part_bytes=PART):
    return CopyPlan(route=Route.PARTS, parts=cut(len(DATA), part_bytes))


def open_page(bench, migration_id="m1"):
    return Page(ledger=bench.catalog, migration_id=migration_id, location_id="there", clock=lambda: bench.now)


def job_of(bench, **changes):
    here = bench.stores["here"]
    job = Job(
        source=here,
        source_key="big",
        source_version=here.stat("big").version,
        target=bench.stores["there"],
        target_key="big",
        traits=ObjectTraits(content_type="text/plain"),
        streams=STREAMS,
    )
    return replace(job, **changes)


def broken(bench, on_call, moment="before", **changes):
    """Send until a call to the destination breaks."""
    wire = Tripwire(on_call=on_call, moment=moment)
    with pytest.raises(StoreUnavailableError):
        stream_object(
            plan(), job_of(bench, target=wire.wrap(bench.stores["there"]), **changes), no_progress, open_page(bench)
        )
    return wire


def resumed(bench, page=None, **changes):
    """Send the rest and return the names of the calls to the destination."""
    wire = Tripwire()
    info, digest = stream_object(
        plan(), job_of(bench, target=wire.wrap(bench.stores["there"]), **changes), no_progress, page or open_page(bench)
    )
    assert digest_of(DATA) == digest
    assert DATA == b"".join(bench.stores["there"].read("big", version=info.version))
    return wire.calls


@pytest.fixture
def big(bench):
    bench.stores["here"].put("big", DATA, ObjectTraits())
    return bench


def test_what_arrived_is_not_sent_again(big):
    first, second = broken(big, on_call=8).calls, resumed(big)

    assert 7 <= first.count("put_part")
    assert PARTS + 1 == first.count("put_part") + second.count("put_part")  # one of them never arrived
    assert ("list_parts", "finish_upload") == (second[0], second[-1])


def test_a_part_whose_answer_got_lost_is_the_only_one_sent_twice(big):
    wire = broken(big, on_call=8, moment="after", streams=1)

    assert PARTS + 1 == wire.calls.count("put_part") + resumed(big).count("put_part")


def test_progress_counts_what_was_there_already(big):
    broken(big, on_call=8, streams=1)
    told = []

    stream_object(plan(), job_of(big, streams=1), told.append, open_page(big))

    assert list(range(7 * PART, len(DATA) + 1, PART)) == told


def test_a_part_that_the_store_lost_is_sent_again(big):
    broken(big, on_call=8, streams=1)
    [upload] = big.stores["there"]._uploads.values()
    del upload.parts[3]

    assert 7 == resumed(big).count("put_part")


def test_a_part_that_is_not_what_we_sent_is_sent_again(big):
    broken(big, on_call=8, streams=1)
    there = big.stores["there"]
    [upload] = there.list_uploads()
    there.put_part(upload.upload_id, "big", 2, bytes(PART))

    assert 7 == resumed(big).count("put_part")


def test_an_upload_that_is_gone_begins_anew(big):
    broken(big, on_call=8)
    there = big.stores["there"]
    [upload] = there.list_uploads()
    there.abort_upload(upload.upload_id, "big")

    assert PARTS == resumed(big).count("put_part")


def test_a_finished_upload_is_recognised_without_sending_anything(big):
    broken(big, on_call=PARTS + 2, moment="after")

    assert ["list_parts", "stat"] == resumed(big)


def test_an_object_that_somebody_else_put_there_meanwhile_is_not_replaced(big):
    broken(big, on_call=8)
    there = big.stores["there"]
    [upload] = there.list_uploads()
    there.abort_upload(upload.upload_id, "big")
    info = there.put("big", b"theirs", ObjectTraits())

    with pytest.raises(ObjectExistsError, match="choose another prefix"):
        resumed(big)

    assert info == there.stat("big")


def test_parts_of_two_source_versions_never_meet(big):
    broken(big, on_call=8)
    [first] = big.stores["there"].list_uploads()
    big.stores["here"].put("big", DATA, ObjectTraits())  # the same bytes are another version all the same

    assert PARTS == resumed(big).count("put_part")
    assert first.upload_id not in [upload.upload_id for upload in big.stores["there"].list_uploads()]
    assert [] == list(big.stores["there"].list_uploads())


def test_a_source_that_changed_is_said_and_not_copied(big):
    version = big.stores["here"].stat("big").version
    broken(big, on_call=8)
    big.stores["here"].put("big", DATA[::-1], ObjectTraits())

    with pytest.raises(ObjectChangedError):
        resumed(big, source_version=version)

    assert [] == big.keys("there")


def test_other_cuts_begin_anew(big):
    broken(big, on_call=8)
    wire = Tripwire()

    stream_object(plan(2 * PART), job_of(big, target=wire.wrap(big.stores["there"])), no_progress, open_page(big))

    assert PARTS // 2 == wire.calls.count("put_part")
    assert [] == list(big.stores["there"].list_uploads())


def test_without_a_page_a_break_leaves_nothing(big):
    wire = Tripwire(on_call=8)
    with pytest.raises(StoreUnavailableError):
        stream_object(plan(), job_of(big, target=wire.wrap(big.stores["there"])), no_progress)

    assert [] == list(big.stores["there"].list_uploads())
    assert 0 == len(big.catalog.open_uploads())


def test_a_wrong_whole_is_not_resumed_from_the_same_parts(big):
    there = big.stores["there"]
    original = there.finish_upload

    def refuse(*_args, **_named):
        raise CorruptDataError("another checksum")

    there.finish_upload = refuse
    with pytest.raises(CorruptDataError):
        resumed(big)
    there.finish_upload = original

    assert [] == list(there.list_uploads())
    assert PARTS == resumed(big).count("put_part")


def test_two_workers_at_once_make_one_whole_object(big):
    barrier, outcomes = Barrier(2), []

    def work():
        barrier.wait()
        try:
            info, digest = stream_object(plan(), job_of(big), no_progress, open_page(big))
            outcomes.append(info.version)
            assert digest_of(DATA) == digest
        except (LostRaceError, CorruptDataError):
            outcomes.append("lost")

    for _ in range(2):
        workers = [Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    info, digest = stream_object(plan(), job_of(big), no_progress, open_page(big))
    assert digest_of(DATA) == digest
    assert DATA == b"".join(big.stores["there"].read("big", version=info.version))
    assert 4 == len(outcomes)
    assert {info.version, "lost"} >= set(outcomes)
    assert [] == list(big.stores["there"].list_uploads())


def test_a_second_worker_in_the_middle_is_no_harm(big):
    """It adopts the upload, sends everything that is missing, and finishes; the first one finds its own success."""
    there = big.stores["there"]
    original, count = there.put_part, []

    def interrupted(*args, **named):
        count.append(1)
        if len(count) == 5:
            there.put_part = original
            stream_object(plan(), job_of(big), no_progress, open_page(big))
        return original(*args, **named)

    there.put_part = interrupted
    info, digest = stream_object(plan(), job_of(big, streams=1), no_progress, open_page(big))

    assert digest_of(DATA) == digest
    assert DATA == b"".join(there.read("big", version=info.version))
    assert [] == list(there.list_uploads())


def test_a_worker_whose_upload_was_closed_stops(big):
    there = big.stores["there"]
    original, count = there.put_part, []

    def interrupted(*args, **named):
        count.append(1)
        if len(count) == 5:
            page = open_page(big)
            page.abort(there, page.open_entry())
        return original(*args, **named)

    there.put_part = interrupted
    with pytest.raises(LostRaceError, match="ended by somebody else"):
        resumed(big)

    assert ([], []) == (big.keys("there"), list(there.list_uploads()))


def test_memory_holds_no_more_parts_than_streams(big):
    here, at_once, most = big.stores["here"], [], []

    class Counting:
        capabilities = here.capabilities

        def read(self, *args, **named):
            at_once.append(1)
            most.append(len(at_once))
            return here.read(*args, **named)

    there = big.stores["there"]
    original = there.put_part

    def put_part(*args, **named):
        at_once.pop()
        return original(*args, **named)

    there.put_part = put_part
    resumed(big, source=Counting())

    assert STREAMS >= max(most)


def test_a_store_that_takes_parts_in_order_keeps_those_without_a_gap(big):
    broken(big, on_call=8, streams=1)
    entry = open_page(big).open_entry()
    [upload] = big.stores["there"].list_uploads()
    arrived = [part for part in big.stores["there"].list_parts(upload.upload_id, "big") if part.number != 3]

    assert [1, 2, 4, 5, 6] == list(parts_to_keep(entry.parts, arrived, plan().parts, parallel=True))
    assert [1, 2] == list(parts_to_keep(entry.parts, arrived, plan().parts, parallel=False))
    assert [] == list(parts_to_keep(entry.parts, arrived, [ByteSpan(0, 5)], parallel=True))


class TestMigrations:
    def broken_off(self, bench, on_call=20):
        file = bench.put_file("big", DATA)
        [move] = bench.open(file, quarantine_days=0)
        store, wire = bench.stores["there"], Tripwire(on_call=on_call)
        bench.stores["there"] = wire.wrap(store)
        with pytest.raises(StoreUnavailableError):
            take_steps(move.migration_id, MigrationState.DONE, bench.services)
        bench.stores["there"] = store
        return file, move

    def test_a_failed_migration_aborts_its_upload(self, bench):
        file, move = self.broken_off(bench, on_call=9)
        assert 1 == len(list(bench.stores["there"].list_uploads()))

        fail(move.migration_id, "because", bench.services)

        assert [] == list(bench.stores["there"].list_uploads())
        assert 0 == len(bench.catalog.open_uploads())
        assert DATA == bench.content(file.file_id)

    def test_a_copy_whose_end_nobody_heard_of_goes_when_its_migration_fails(self, bench):
        file = bench.put_file("big", DATA)
        [move] = bench.open(file, quarantine_days=0)
        store = bench.stores["there"]
        original = store.finish_upload

        def lost(*args, **named):
            original(*args, **named)
            raise StoreUnavailableError("the answer got lost")

        store.finish_upload = lost
        with pytest.raises(StoreUnavailableError):
            take_steps(move.migration_id, MigrationState.DONE, bench.services)
        assert ["big"] == bench.keys("there")

        fail(move.migration_id, "because", bench.services)

        assert (["big"], []) == (bench.keys("here"), bench.keys("there"))

    def test_a_done_migration_has_no_open_page(self, bench):
        file = bench.put_file("big", DATA)
        [move] = bench.open(file)
        take_steps(move.migration_id, MigrationState.DONE, bench.services)

        assert [] == list(bench.catalog.open_uploads())
        assert 1 == len(bench.catalog.closed_uploads(bench.now + timedelta(days=2)))
