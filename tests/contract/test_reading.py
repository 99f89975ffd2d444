import os
from dataclasses import replace

import pytest

from cloudflow_lib.domain.objects import ByteSpan
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError, ObjectNotFoundError
from tests.contract.steps import PLAIN, read_all, upload, write

PIECE = 8 * 1024 * 1024


def test_what_was_written_is_read(store):
    info = write(store, "report.csv", b"a,b\n1,2\n")

    assert b"a,b\n1,2\n" == read_all(store, info)


def test_an_empty_object_is_an_object(store):
    info = write(store, "empty", b"")

    assert (0, b"") == (store.stat("empty").size_bytes, read_all(store, info))
    assert b"" == read_all(store, info, ByteSpan(0, 0))


def test_a_span_is_read_exactly(store):
    info = write(store, "digits", b"0123456789")

    assert b"2345" == read_all(store, info, ByteSpan(2, 6))
    assert b"9" == read_all(store, info, ByteSpan(9, 10))
    assert b"0123456789" == read_all(store, info, ByteSpan(0, 10))


def test_a_span_behind_the_end_is_an_error(store):
    info = write(store, "digits", b"0123456789")

    with pytest.raises(CorruptDataError):
        read_all(store, info, ByteSpan(5, 11))


def test_large_objects_come_in_pieces_of_at_most_8_mib(store):
    data = os.urandom(2 * PIECE + 1)
    info = upload(store, "large", data)

    pieces = [bytes(piece) for piece in store.read("large", version=info.version)]

    assert max(len(piece) for piece in pieces) <= PIECE
    assert data == b"".join(pieces)


def test_a_replaced_object_is_not_read_as_the_old_one(store):
    old = write(store, "file", b"old")
    write(store, "file", b"new")

    with pytest.raises(ObjectChangedError):
        read_all(store, old)
    with pytest.raises(ObjectChangedError):
        read_all(store, old, ByteSpan(0, 3))
    with pytest.raises(ObjectChangedError):
        read_all(store, old, ByteSpan(0, 0))


def test_a_deleted_object_is_not_found(store):
    info = write(store, "file")
    store.delete("file")

    with pytest.raises(ObjectNotFoundError):
        read_all(store, info)
    with pytest.raises(ObjectNotFoundError):
        store.stat("file")
    with pytest.raises(ObjectNotFoundError):
        store.traits("file")


def test_stat_tells_what_put_told(store):
    told = write(store, "report.csv", b"a,b\n")

    found = store.stat("report.csv")

    assert (told.key, told.size_bytes, told.version) == (found.key, found.size_bytes, found.version)
    assert told.storage_class == found.storage_class == store.capabilities.default_class
    assert "text/plain" == found.content_type
    assert abs((told.modified_at - found.modified_at).total_seconds()) <= 2
    assert found.modified_at.tzinfo is not None


def test_gzip_content_is_read_as_it_is_stored(store):
    packed = bytes.fromhex("1f8b08000000000000ff4b04000000") + b"not even a whole gzip stream"
    info = store.put("page.html", packed, replace(PLAIN, headers={"content-encoding": "gzip"}))

    assert packed == read_all(store, info)
    assert packed[1:4] == read_all(store, info, ByteSpan(1, 4))
    assert {"content-encoding": "gzip"} == dict(store.traits("page.html").headers)
