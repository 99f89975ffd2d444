"""What a bulk copy does when a store, or the way to it, lies, breaks or is busy."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from itertools import count

import pytest

from cloudflow_lib.adapters.stores.checksums import base64_of_hex, crc64nvme
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError, StoreUnavailableError
from cloudflow_lib.transfer.bulk import BulkOptions, BulkTotals, copy_many
from tests.bulk.conftest import Side, copy_all
from tests.bulk.lying_proxy import busy

KEY = "report.bin"
SHORT, LONG = 3_000, 300_000
"""On S3 the second one goes another way: see `s3_wire`."""


@pytest.fixture(params=[SHORT, LONG])
def data(request):
    return random.Random(7).randbytes(request.param)


def flipped(data):
    return bytes([data[0] ^ 1]) + data[1:]


def is_object(request):
    return KEY in request.path


def test_a_short_read_never_becomes_an_object(source, target, lying, data):
    source.put(KEY, data)
    proxy = lying(source)
    proxy.after = lambda request, reply: reply.with_body(reply.body[:-10]) if is_object(request) else reply

    outcome = copy_all([source.item(KEY)], source.end(proxy.url), target.end(), carry_tags=False)[KEY]

    assert isinstance(outcome.failure, CorruptDataError)
    assert [] == [page for page in target.store.list_pages() if page]


def test_a_byte_that_flips_once_on_the_way_here_is_read_again(source, target, lying, data):
    source.put(KEY, data)
    proxy, reads = lying(source), count()
    proxy.after = lambda request, reply: (
        reply.with_body(flipped(reply.body)) if is_object(request) and next(reads) == 0 else reply
    )

    outcome = copy_all([source.item(KEY)], source.end(proxy.url), target.end(), carry_tags=False)[KEY]

    assert outcome.error is None
    assert target.read(KEY) == data


def test_a_byte_that_flips_differently_each_time_ends_the_copy(source, target, lying, data):
    source.put(KEY, data)
    proxy, reads = lying(source), count()
    proxy.after = lambda request, reply: (
        reply.with_body(bytes([next(reads)]) + reply.body[1:]) if is_object(request) else reply
    )

    outcome = copy_all([source.item(KEY)], source.end(proxy.url), target.end(), carry_tags=False)[KEY]

    assert isinstance(outcome.failure, CorruptDataError)


@pytest.mark.parametrize("times", [1, 2])
def test_a_byte_that_flips_on_the_way_there_is_caught_and_the_wrong_copy_removed(source, target, lying, times, data):
    source.put(KEY, data)
    proxy, writes = lying(target), count()

    def flip(request):
        is_write = request.method in {"PUT", "POST"} and data in request.body
        if not is_write or next(writes) >= times:
            return request
        return type(request)(request.method, request.path, request.headers, request.body.replace(data, flipped(data)))

    proxy.before = flip
    outcome = copy_all([source.item(KEY)], source.end(), target.end(proxy.url), carry_tags=False)[KEY]

    if times == 1:
        assert outcome.error is None
        assert target.read(KEY) == data
    else:
        assert isinstance(outcome.failure, CorruptDataError)
        assert [] == [page for page in target.store.list_pages() if page]


def test_an_etag_that_is_no_md5_proves_nothing_and_the_copy_is_read_back(source, versitygw, data):
    target = Side(versitygw)
    source.put(KEY, data)
    end = target.end()
    put_new = end.fast.put_new

    async def put_encrypted(key, data, traits, **told):
        return replace(await put_new(key, data, traits, **told), perhaps_md5="0" * 32, checksums={})

    end.fast.put_new = put_encrypted
    outcome = copy_all([source.item(KEY)], source.end(), end, carry_tags=False)[KEY]

    assert (None, "read back") == (outcome.error, outcome.proof)


def test_an_etag_that_is_a_lie_proves_nothing(source, versitygw, lying, data):
    target = Side(versitygw)
    source.put(KEY, data)
    proxy = lying(target)
    proxy.after = lambda request, reply: reply.with_header("ETag", '"lie"') if request.method == "PUT" else reply

    outcome = copy_all([source.item(KEY)], source.end(), target.end(proxy.url), carry_tags=False)[KEY]

    assert isinstance(outcome.failure, ObjectChangedError)
    assert outcome.proof is None


def test_an_answer_that_was_lost_after_the_write_is_an_own_success(source, target, lying, data):
    source.put(KEY, data)
    proxy, writes = lying(target), count()
    proxy.after = lambda request, reply: busy() if request.method in {"PUT", "POST"} and next(writes) == 0 else reply

    outcome = copy_all([source.item(KEY)], source.end(), target.end(proxy.url), carry_tags=False)[KEY]

    assert (None, True) == (outcome.error, outcome.was_there)
    assert target.read(KEY) == data


def test_an_answer_that_was_lost_is_an_own_success_also_where_the_fast_path_cannot_read_the_copy(
    source, target, lying, data
):
    """Google's tells no names of metadata with capitals, so of an object that has any it says nothing."""
    source.put(KEY, data, metadata={"colour": "blue"})
    proxy, writes = lying(target), count()
    proxy.after = lambda request, reply: busy() if request.method in {"PUT", "POST"} and next(writes) == 0 else reply

    outcome = copy_all([source.item(KEY)], source.end(), target.end(proxy.url), carry_tags=False)[KEY]

    assert (None, True, True) == (outcome.error, outcome.is_copied, outcome.was_there)
    assert target.read(KEY) == data
    assert {"colour": "blue"} == dict(target.store.traits(KEY).metadata)


def test_an_answer_that_was_lost_is_an_own_success_in_an_archive_class_of_s3(source, moto, lying, data):
    source.put(KEY, data)
    target = Side(moto)
    proxy, writes = lying(target), count()
    # S3 computes it unasked, moto does not.
    crc = {"x-amz-sdk-checksum-algorithm": "CRC64NVME", "x-amz-checksum-crc64nvme": base64_of_hex(crc64nvme(data))}
    proxy.before = lambda request: replace(request, headers=request.headers | crc) if request.body else request
    proxy.after = lambda request, reply: busy() if request.method == "PUT" and next(writes) == 0 else reply

    item = source.item(KEY, storage_class="GLACIER")
    outcome = copy_all([item], source.end(), target.end(proxy.url), carry_tags=False)[KEY]

    assert (None, True, True) == (outcome.error, outcome.is_copied, outcome.was_there)
    assert "GLACIER" == target.store.stat(KEY).storage_class == outcome.info.storage_class


def test_a_storm_of_refusals_is_weathered_without_a_storm_of_our_own(source, target, lying):
    keys = [f"{number:03}" for number in range(200)]
    for key in keys:
        source.put(key, key.encode())
    items = [source.item(key) for key in keys]
    proxy, chance = lying(target), random.Random(11)
    proxy.before = lambda request: busy() if chance.random() < 0.3 else request
    totals = BulkTotals()

    outcomes = list(copy_many(items, source.end(), target.end(proxy.url), BulkOptions(carry_tags=False), totals=totals))

    assert [] == [outcome.error for outcome in outcomes if outcome.error]
    assert all(target.read(key) == key.encode() for key in keys)
    assert totals.refusals > 0
    assert totals.requests < 2 * len(keys) * 1.5


@pytest.mark.parametrize("which", ["source", "target"])
def test_what_a_busy_store_asks_to_wait_is_waited(source, target, lying, which, data):
    source.put(KEY, data)
    proxy = lying({"source": source, "target": target}[which])
    opened_at = time.monotonic() + 1.5
    early = []

    def refuse(request):
        left = opened_at - time.monotonic()
        if left <= 0:
            return request
        early.append(request)
        return busy(1.5)

    proxy.before = refuse
    urls = {"source": None, "target": None} | {which: proxy.url}
    ends = source.end(urls["source"]), target.end(urls["target"])
    outcome = copy_all([source.item(KEY)], *ends, carry_tags=False)[KEY]

    assert outcome.error is None
    assert len(early) <= 2


def test_patience_ends(source, target, lying, data):
    source.put(KEY, data)
    proxy = lying(target)
    proxy.before = lambda _request: busy()

    outcome = copy_all([source.item(KEY)], source.end(), target.end(proxy.url), carry_tags=False, patience_seconds=0.5)

    assert isinstance(outcome[KEY].failure, StoreUnavailableError)


def test_leaving_early_ends_the_work_in_flight(source, target):
    for number in range(100):
        source.put(f"{number:03}", b"x" * 1000)
    items = [source.item(f"{number:03}") for number in range(100)]
    before = threading.active_count()

    outcomes = copy_many(iter(items), source.end(), target.end(), BulkOptions(carry_tags=False, most_objects=8))
    first = next(outcomes)
    outcomes.close()

    assert first.error is None
    assert threading.active_count() <= before + 1  # obstore's own never end
    again = copy_all(items, source.end(), target.end(), carry_tags=False)
    assert [] == [outcome.error for outcome in again.values() if outcome.error]
    assert any(outcome.was_there for outcome in again.values())


def test_a_stop_finishes_what_was_begun_and_begins_nothing_more(source, target):
    for number in range(60):
        source.put(f"{number:03}", b"x")
    stop = threading.Event()

    def items():
        for number in range(60):
            if number == 20:
                stop.set()
            yield source.item(f"{number:03}")

    outcomes = list(copy_many(items(), source.end(), target.end(), BulkOptions(carry_tags=False), stop=stop))

    assert len(outcomes) < 60
    arrived = [info.key for page in target.store.list_pages() for info in page]
    assert sorted(outcome.item.target_key for outcome in outcomes if outcome.is_copied) == sorted(arrived)


def test_an_error_of_the_list_is_the_callers(source, target, data):
    source.put(KEY, data)

    def items():
        yield source.item(KEY)
        raise StoreUnavailableError("the listing broke off")

    with pytest.raises(StoreUnavailableError, match="listing"):
        list(copy_many(items(), source.end(), target.end(), BulkOptions(carry_tags=False)))
