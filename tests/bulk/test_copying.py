"""What a bulk copy promises between real servers."""

from __future__ import annotations

import pytest

from cloudflow_lib.domain.objects import ChecksumKind
from cloudflow_lib.errors import ObjectChangedError, ObjectExistsError, ObjectNotFoundError
from cloudflow_lib.transfer.bulk import BulkTotals, copy_many
from cloudflow_lib.transfer.digest import digest_of
from tests.bulk.conftest import Side, copy_all

NAMES = [
    "plain.txt",
    "with space/and  two",
    "ünï/日本語/🦄.bin",
    "plus+and%20percent%",
    "a=b&c;d,e@f:g!$'()*~",
    "question?hash#",
]


def test_every_object_arrives_with_its_bytes_and_its_proof(source, target):
    data = {f"{number:03}.bin": bytes([number % 251]) * (number * 37) for number in range(40)}
    for key, content in data.items():
        source.put(key, content)

    outcomes = copy_all([source.item(key) for key in data], source.end(), target.end())

    assert data == {key: target.read(key) for key in data}
    assert set(data) == {key for key, outcome in outcomes.items() if outcome.is_copied}
    for key, outcome in outcomes.items():
        assert digest_of(data[key]) == outcome.digest
        assert "computed by the store" in outcome.proof
        assert (target.store.stat(key).version, len(data[key])) == (outcome.info.version, outcome.info.size_bytes)


@pytest.mark.parametrize("key", NAMES)
def test_names_survive(source, target, key):
    source.put(key, b"content of " + key.encode())

    outcome = copy_all([source.item(key)], source.end(), target.end())[key]

    assert outcome.error is None
    assert b"content of " + key.encode() == target.read(key)


def test_a_name_that_the_fast_path_cannot_say_goes_the_other_way(moto, target):
    source = Side(moto)
    source.put("a//b/", b"bytes")

    outcome = copy_all([source.item("a//b/", target_key="plain")], source.end(), target.end())["plain"]

    assert outcome.error is None
    assert target.read("plain") == b"bytes"


def test_from_every_server_metadata_and_headers_travel(side, versitygw):
    target = Side(versitygw)
    metadata = {"colour": "dark blue", "unicode": "grün", "Capital": "Yes"}
    side.put("report.csv", b"a,b", content_type="text/csv", metadata=metadata, headers={"cache-control": "max-age=60"})
    expected = side.store.traits("report.csv")

    outcome = copy_all([side.item("report.csv")], side.end(), target.end())["report.csv"]

    assert outcome.error is None
    found = target.store.traits("report.csv")
    assert (expected.metadata, expected.content_type) == (found.metadata, found.content_type)
    assert {"cache-control": "max-age=60"} == dict(found.headers)


def test_to_every_server_metadata_and_headers_travel(source, target):
    metadata = {"colour": "blue", "with-dash": "1", "unicode": "grün"}
    headers = {"content-language": "de", "content-disposition": 'attachment; filename="a b.csv"'}
    source.put("report.csv", b"a,b", content_type="text/csv", metadata=metadata, headers=headers)

    outcome = copy_all([source.item("report.csv")], source.end(), target.end())["report.csv"]

    assert outcome.error is None
    found = target.store.traits("report.csv")
    assert (metadata, "text/csv") == (found.metadata, found.content_type)
    assert headers.items() <= found.headers.items()


def test_what_is_stored_compressed_stays_compressed(source, target):
    source.put("page.html", b"\x1f\x8b not really gzip", headers={"content-encoding": "gzip"})

    outcome = copy_all([source.item("page.html")], source.end(), target.end())["page.html"]

    assert outcome.error is None
    assert target.read("page.html") == b"\x1f\x8b not really gzip"
    assert target.store.traits("page.html").headers["content-encoding"] == "gzip"


def test_tags_travel_or_are_reported(source, target):
    source.put("tagged", tags={"team": "docs"})

    outcome = copy_all([source.item("tagged")], source.end(), target.end())["tagged"]

    assert outcome.error is None
    if target.store.capabilities.has_tags:
        assert target.store.traits("tagged").tags == {"team": "docs"}
    else:
        assert outcome.notes == ("tags not carried, the destination has none: team",)


def test_tags_are_left_out_on_request_without_loading_an_sdk(source, target):
    source.put("tagged", tags={"team": "docs"})
    end = source.end()

    def refuse():
        raise AssertionError("the SDK was loaded")

    outcome = copy_all(
        [source.item("tagged")], type(end)(fast=end.fast, open_store=refuse), target.end(), carry_tags=False
    )

    assert outcome["tagged"].error is None


@pytest.mark.parametrize("storage_class", ["STANDARD_IA", "GLACIER_IR"])
def test_the_class_that_was_asked_for_is_the_one(source, moto, storage_class):
    target = Side(moto)
    source.put("cold")

    outcome = copy_all([source.item("cold", storage_class=storage_class)], source.end(), target.end())["cold"]

    assert outcome.error is None
    assert storage_class == target.store.stat("cold").storage_class == outcome.info.storage_class


def test_a_tier_of_azure_is_set_with_the_write(source, azurite):
    target = Side(azurite)
    source.put("cold")

    outcome = copy_all([source.item("cold", storage_class="Cool")], source.end(), target.end())["cold"]

    assert outcome.error is None
    assert target.store.stat("cold").storage_class == "Cool"


def test_a_source_that_changed_is_not_copied(side, versitygw):
    target = Side(versitygw)
    side.put("moving", b"as planned")
    item = side.item("moving")
    side.put("moving", b"overwritten")

    outcome = copy_all([item], side.end(), target.end())["moving"]

    assert isinstance(outcome.failure, ObjectChangedError)
    assert [] == [page for page in target.store.list_pages() if page]


def test_a_source_that_is_gone_says_so(side, versitygw):
    target = Side(versitygw)
    side.put("gone", b"as planned")
    item = side.item("gone")
    side.store.delete("gone")

    outcome = copy_all([item], side.end(), target.end())["gone"]

    assert isinstance(outcome.failure, ObjectNotFoundError)


@pytest.mark.parametrize("data", [b"same bytes", bytes(300_000)], ids=["small", "long"])
def test_the_same_bytes_at_the_destination_are_an_own_success(source, target, data):
    source.put("twice", data)
    target.put("twice", data)
    there = target.store.stat("twice")

    outcome = copy_all([source.item("twice")], source.end(), target.end())["twice"]

    assert (None, True, "read back") == (outcome.error, outcome.was_there, outcome.proof)
    assert there.version == outcome.info.version == target.store.stat("twice").version
    assert there.modified_at.replace(microsecond=0) == outcome.info.modified_at.replace(microsecond=0)


@pytest.mark.parametrize("data", [b"same bytes", bytes(300_000)], ids=["small", "long"])
def test_what_an_earlier_run_copied_is_an_own_success_with_metadata_too(source, target, data):
    """That run died before anybody wrote down what it had done."""
    source.put("twice", data, metadata={"colour": "blue"})
    first = copy_all([source.item("twice")], source.end(), target.end())["twice"]

    second = copy_all([source.item("twice")], source.end(), target.end())["twice"]

    assert (None, True, True) == (second.error, second.is_copied, second.was_there)
    assert first.info.version == second.info.version == target.store.stat("twice").version


@pytest.mark.parametrize("other", [b"other_size", b"SAME BYTES"])
def test_other_bytes_with_metadata_are_never_replaced(source, target, other):
    source.put("taken", b"same bytes", metadata={"colour": "blue"})
    target.put("taken", other, metadata={"colour": "blue"})

    outcome = copy_all([source.item("taken")], source.end(), target.end())["taken"]

    assert isinstance(outcome.failure, ObjectExistsError)
    assert other == target.read("taken")


@pytest.mark.parametrize("other", [None, b"DATA"])
def test_what_an_earlier_run_archived_in_s3_is_known_by_its_checksum(source, moto, other):
    """Put by the SDK, which asks for a checksum: S3 computes one of whatever comes, moto only then."""
    source.put("twice")
    target, item = Side(moto), source.item("twice", storage_class="GLACIER")
    there = target.put("twice", other or b"data", storage_class="GLACIER")

    second = copy_all([item], source.end(), target.end())["twice"]

    if other:
        assert isinstance(second.failure, ObjectExistsError)
    else:
        assert (None, True, True) == (second.error, second.is_copied, second.was_there)
        assert there.version == second.info.version
    assert there.version == target.store.stat("twice").version


def test_what_azure_archived_cannot_be_told_from_another_object(source, azurite):
    """It keeps no checksum of what lies there and lets nobody read it: so it stays, and the word says what helps."""
    source.put("twice")
    target, item = Side(azurite), source.item("twice", storage_class="Archive")
    first = copy_all([item], source.end(), target.end())["twice"]

    second = copy_all([item], source.end(), target.end())["twice"]

    assert first.is_copied
    assert isinstance(second.failure, ObjectExistsError)
    assert "archive class" in second.error
    assert first.info.version == target.store.stat("twice").version


@pytest.mark.parametrize("other", [b"other_size", b"SAME BYTES"])
def test_other_bytes_at_the_destination_are_never_replaced(source, target, other):
    source.put("taken", b"same bytes")
    target.put("taken", other)

    outcome = copy_all([source.item("taken")], source.end(), target.end())["taken"]

    assert isinstance(outcome.failure, ObjectExistsError)
    assert "\n" not in outcome.error
    assert other == target.read("taken")


def test_large_objects_travel_in_parts_beside_small_ones(source, target):
    large = bytes(range(256)) * 4096 * 21 + b"end"
    source.put("large", large)
    for number in range(20):
        source.put(f"small-{number}", b"s")
    keys = ["large", *(f"small-{number}" for number in range(20))]

    outcomes = copy_all([source.item(key) for key in keys], source.end(), target.end(), memory_bytes=48 * 1024 * 1024)

    assert [] == [outcome.error for outcome in outcomes.values() if outcome.error]
    assert large == target.read("large")
    assert digest_of(large).checksums[ChecksumKind.CRC32C] == outcomes["large"].digest.checksums[ChecksumKind.CRC32C]


def test_items_are_a_stream_and_totals_count(source, target):
    for number in range(300):
        source.put(f"{number:04}", b"x" * number)
    totals, end = BulkTotals(), source.end()
    items = (source.item(info.key) for page in end.fast.list_pages() for info in page[:50])

    outcomes = list(copy_many(items, end, target.end(), totals=totals))

    assert (50, 50, 0) == (len(outcomes), totals.copied, totals.failed)
    assert sum(range(50)) == totals.copied_bytes
    per_object = 2 + end.fast.tells_tags
    assert 50 * per_object <= totals.requests <= 50 * per_object + 5
