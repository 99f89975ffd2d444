import os

import pytest

from cloudflow_lib.adapters.stores.memory import checksums_of
from cloudflow_lib.domain.objects import ChecksumKind, ObjectTraits, UploadId
from cloudflow_lib.errors import (
    CorruptDataError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    UploadNotFoundError,
)
from tests.contract.steps import PLAIN, another_class, keys_of, parts_of, read_all, upload, write

MIB = 1024 * 1024


@pytest.fixture
def data(store):
    """Three parts' worth of bytes, the last one shorter."""
    return os.urandom(2 * max(store.capabilities.min_part_bytes, MIB) + 4711)


def test_parts_become_the_object(store, data):
    info = upload(store, "large", data)

    assert (len(data), data) == (info.size_bytes, read_all(store, info))
    assert info.version == store.stat("large").version


def test_parts_may_arrive_in_any_order_and_twice(store, data):
    name = store.begin_upload("large", PLAIN)
    cut = parts_of(store, data)
    store.put_part(name, "large", 2, os.urandom(len(cut[1])))
    sent = {number: store.put_part(name, "large", number, cut[number - 1]) for number in (3, 2, 1)}

    info = store.finish_upload(name, "large", [sent[number] for number in (1, 2, 3)], PLAIN)

    assert data == read_all(store, info)


def test_a_part_may_bring_the_checksums_its_sender_knows(store, data):
    name = store.begin_upload("large", PLAIN)
    sent = [
        store.put_part(name, "large", number, part, checksums=checksums_of(part))
        for number, part in enumerate(parts_of(store, data), 1)
    ]

    info = store.finish_upload(name, "large", sent, PLAIN)

    assert data == read_all(store, info)


def test_an_unfinished_upload_is_invisible(store):
    name = store.begin_upload("report.csv", PLAIN)
    store.put_part(name, "report.csv", 1, b"half a rep")

    with pytest.raises(ObjectNotFoundError):
        store.stat("report.csv")
    assert [] == keys_of(store)


def test_an_unfinished_upload_leaves_the_old_object_readable(store, data):
    old = write(store, "file", b"old")
    name = store.begin_upload("file", PLAIN)
    store.put_part(name, "file", 1, parts_of(store, data)[0])

    assert b"old" == read_all(store, old)


def test_an_aborted_upload_is_forgotten(store):
    name = store.begin_upload("file", PLAIN)
    part = store.put_part(name, "file", 1, b"half a rep")

    store.abort_upload(name, "file")

    with pytest.raises(UploadNotFoundError):
        store.list_parts(name, "file")
    with pytest.raises(UploadNotFoundError):
        store.finish_upload(name, "file", [part], PLAIN)
    assert [] == keys_of(store)


def test_aborting_a_finished_or_unknown_upload_is_no_error(store, data):
    name = store.begin_upload("file", PLAIN)
    parts = [store.put_part(name, "file", number, part) for number, part in enumerate(parts_of(store, data), start=1)]
    info = store.finish_upload(name, "file", parts, PLAIN)

    store.abort_upload(name, "file")
    store.abort_upload(UploadId("00000000-0000-0000-0000-000000000000"), "other")

    assert data == read_all(store, info)


def test_the_parts_that_arrived_are_listed(store, data):
    name = store.begin_upload("large", PLAIN)
    assert [] == list(store.list_parts(name, "large"))
    cut = parts_of(store, data)
    store.put_part(name, "large", 1, cut[0])
    store.put_part(name, "large", 3, cut[2])

    listed = store.list_parts(name, "large")

    assert [(1, len(cut[0])), (3, len(cut[2]))] == [(part.number, part.size_bytes) for part in listed]


def test_a_resumed_upload_finishes_with_listed_parts(store, data):
    name = store.begin_upload("large", PLAIN)
    cut = parts_of(store, data)
    for number in (1, 2):
        store.put_part(name, "large", number, cut[number - 1])

    kept = list(store.list_parts(name, "large"))
    info = store.finish_upload(name, "large", [*kept, store.put_part(name, "large", 3, cut[2])], PLAIN)

    assert data == read_all(store, info)


def test_an_unknown_upload_has_no_parts(store):
    with pytest.raises(UploadNotFoundError):
        store.list_parts(UploadId("00000000-0000-0000-0000-000000000000"), "file")


def test_a_finished_upload_is_unknown(store, data):
    name = store.begin_upload("large", PLAIN)
    parts = [store.put_part(name, "large", number, part) for number, part in enumerate(parts_of(store, data), start=1)]
    store.finish_upload(name, "large", parts, PLAIN)

    with pytest.raises(UploadNotFoundError):
        store.list_parts(name, "large")


def test_two_uploads_of_one_key_do_not_mix(store, data):
    other = bytes(reversed(data))
    first, second = store.begin_upload("file", PLAIN), store.begin_upload("file", PLAIN)
    pairs = zip(parts_of(store, data), parts_of(store, other), strict=True)
    sent = [
        (store.put_part(first, "file", number, mine), store.put_part(second, "file", number, theirs))
        for number, (mine, theirs) in enumerate(pairs, start=1)
    ]

    info = store.finish_upload(first, "file", [mine for mine, _ in sent], PLAIN)

    assert data == read_all(store, info)


def test_a_create_only_finish_leaves_what_is_there(store, data):
    there = write(store, "file", b"first")

    with pytest.raises(ObjectExistsError):
        upload(store, "file", data, if_absent=True)

    assert b"first" == read_all(store, there)


def test_a_create_only_finish_creates(store, data):
    assert data == read_all(store, upload(store, "file", data, if_absent=True))


def test_a_finish_replaces_its_predecessor(store, data):
    old = write(store, "file", b"old")

    assert data == read_all(store, upload(store, "file", data, if_version=old.version))


def test_a_finish_replaces_only_the_version_that_was_meant(store, data):
    old = write(store, "file", b"old")
    there = write(store, "file", b"somebody was faster")

    with pytest.raises(ObjectChangedError, match="file"):
        upload(store, "file", data, if_version=old.version)

    assert b"somebody was faster" == read_all(store, there)


def test_a_finish_replaces_nothing_where_its_predecessor_is_gone(store, data):
    old = write(store, "file", b"old")
    store.delete("file")

    with pytest.raises(ObjectChangedError, match="file"):
        upload(store, "file", data, if_version=old.version)

    with pytest.raises(ObjectNotFoundError):
        store.stat("file")


def test_open_uploads_are_listed(store):
    name = store.begin_upload("folder/file", PLAIN)
    store.put_part(name, "folder/file", 1, b"half a rep")
    store.begin_upload("elsewhere/file", PLAIN)

    assert [(name, "folder/file")] == [(found.upload_id, found.key) for found in store.list_uploads("folder/")]

    store.abort_upload(name, "folder/file")

    assert [] == list(store.list_uploads("folder/"))


def test_right_checksums_of_the_whole_are_accepted(store, data):
    info = upload(store, "large", data, checksums=_crcs(data))

    assert data == read_all(store, info)


def test_a_wrong_checksum_of_the_whole_is_refused(store, data):
    with pytest.raises(CorruptDataError):
        upload(store, "large", data, checksums=_crcs(b"other bytes"))

    assert [] == keys_of(store)


def test_checksums_of_parts_and_whole_are_right(store, data):
    name = store.begin_upload("large", PLAIN)
    cut = parts_of(store, data)
    parts = [store.put_part(name, "large", number, part) for number, part in enumerate(cut, start=1)]
    info = store.finish_upload(name, "large", parts, PLAIN, checksums=_crcs(data))

    for part, expected in zip(parts, cut, strict=True):
        assert part.checksums
        assert {kind: checksums_of(expected)[kind] for kind in part.checksums} == dict(part.checksums)
    for answer in (info.checksums, store.stat("large").checksums):
        assert {kind: checksums_of(data)[kind] for kind in answer} == dict(answer)


def test_a_finished_upload_has_its_traits(store, data):
    traits = ObjectTraits(
        content_type="text/csv",
        metadata={"team": "docs"},
        tags={"kind": "report"} if store.capabilities.has_tags else {},
        headers={"cache-control": "no-cache"},
        storage_class=another_class(store),
    )

    info = upload(store, "large", data, traits)

    assert traits == store.traits("large")
    assert (traits.storage_class, "text/csv") == (info.storage_class, info.content_type)


def test_many_parts_become_one_object(store):
    """More than 32 where parts are small: a store that composes them takes 32 at a time."""
    size, how_many = (1000, 70) if store.capabilities.min_part_bytes <= 1000 else (store.capabilities.min_part_bytes, 4)
    cut = [os.urandom(size) for _ in range(how_many)]
    name = store.begin_upload("large", PLAIN)
    parts = [store.put_part(name, "large", number, part) for number, part in enumerate(cut, start=1)]

    info = store.finish_upload(name, "large", parts, PLAIN)

    assert b"".join(cut) == read_all(store, info)
    assert ["large"] == keys_of(store)


def _crcs(data):
    computed = checksums_of(data)
    return {kind: computed[kind] for kind in (ChecksumKind.CRC64NVME, ChecksumKind.CRC32C)}
