from dataclasses import replace

import pytest

from cloudflow_lib.adapters.stores.memory import checksums_of
from cloudflow_lib.domain.objects import ChecksumKind, ObjectTraits
from cloudflow_lib.errors import (
    CorruptDataError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    UnsupportedError,
)
from tests.contract.steps import PLAIN, read_all, write


def test_put_replaces(store):
    old = write(store, "file", b"old")
    new = write(store, "file", b"newer")

    assert old.version != new.version
    assert b"newer" == read_all(store, new)


def test_a_create_only_write_leaves_what_is_there(store):
    there = write(store, "file", b"first")

    with pytest.raises(ObjectExistsError, match="file"):
        store.put("file", b"second", PLAIN, if_absent=True)

    assert b"first" == read_all(store, there)


def test_a_create_only_write_creates(store):
    info = store.put("file", b"first", PLAIN, if_absent=True)

    assert b"first" == read_all(store, info)


def test_a_version_is_replaced_by_its_successor(store):
    old = write(store, "file", b"old")

    new = store.put("file", b"newer", PLAIN, if_version=old.version)

    assert b"newer" == read_all(store, new)


def test_only_the_version_that_was_meant_is_replaced(store):
    old = write(store, "file", b"old")
    there = write(store, "file", b"somebody was faster")

    with pytest.raises(ObjectChangedError, match="file"):
        store.put("file", b"newer", PLAIN, if_version=old.version)

    assert b"somebody was faster" == read_all(store, there)


def test_what_is_gone_is_replaced_by_nothing(store):
    old = write(store, "file", b"old")
    store.delete("file")

    with pytest.raises(ObjectChangedError, match="file"):
        store.put("file", b"newer", PLAIN, if_version=old.version)
    with pytest.raises(ObjectNotFoundError):
        store.stat("file")


def test_put_answers_the_checksums_the_store_promises(store):
    info = store.put("file", b"some bytes", PLAIN)

    assert store.capabilities.full_checksums <= set(info.checksums)


def test_every_answered_checksum_is_right(store):
    expected = checksums_of(b"some bytes")

    answers = [dict(store.put("file", b"some bytes", PLAIN).checksums), dict(store.stat("file").checksums)]
    answers += [dict(info.checksums) for page in store.list_pages() for info in page]

    for answer in answers:
        assert {kind: expected[kind] for kind in answer} == answer


def test_right_checksums_are_accepted(store):
    info = store.put("file", b"some bytes", PLAIN, checksums=checksums_of(b"some bytes"))

    assert b"some bytes" == read_all(store, info)


def test_a_wrong_checksum_is_refused_and_nothing_is_there(store):
    sent = checksums_of(b"some bytes")
    checksums = {kind: sent[kind] for kind in (ChecksumKind.CRC64NVME, ChecksumKind.CRC32C)}

    with pytest.raises(CorruptDataError, match="file"):
        store.put("file", b"other bytes", PLAIN, checksums=checksums)

    assert [] == list(store.list_pages())


def test_an_object_is_written_into_the_class_asked_for(store):
    for storage_class in store.capabilities.storage_classes:
        info = store.put(f"in {storage_class}", b"x", ObjectTraits(storage_class=storage_class))

        assert storage_class == info.storage_class
        assert storage_class == store.stat(f"in {storage_class}").storage_class


def test_the_traits_of_an_archived_object_are_known(store):
    for storage_class in store.capabilities.archive_classes:
        traits = replace(PLAIN, storage_class=storage_class)
        store.put("file", b"x", traits)

        assert traits == store.traits("file")


def test_an_unknown_class_is_refused(store):
    with pytest.raises(UnsupportedError, match="LUKEWARM"):
        store.put("file", b"x", ObjectTraits(storage_class="LUKEWARM"))
