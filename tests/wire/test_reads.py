"""Reads from servers that lie, hang up or are busy: the same promises for all three clouds."""

from __future__ import annotations

import json

import pytest

from cloudflow_lib.adapters.stores.azure_blob import AzureBlobStore
from cloudflow_lib.adapters.stores.gcs import GcsStore
from cloudflow_lib.adapters.stores.retries import Retrier
from cloudflow_lib.adapters.stores.s3 import S3Store
from cloudflow_lib.domain.objects import ByteSpan
from cloudflow_lib.errors import (
    AccessDeniedError,
    CorruptDataError,
    ObjectArchivedError,
    ObjectChangedError,
    StoreError,
    StoreUnavailableError,
)
from tests.wire.raw import reply

VERSION = "7"
PINNED = {"ETag": '"7"', "x_goog_generation": "7"}
OTHER = {"ETag": '"8"', "x_goog_generation": "8"}
OPENERS = {
    "s3": lambda url: S3Store(bucket="b", endpoint_url=url, access_key_id="k", secret_access_key="s"),
    "azure": lambda url: AzureBlobStore(container="b", account="a", account_key="a2V5", endpoint_url=f"{url}/a"),
    "gcs": lambda url: GcsStore(bucket="b", endpoint_url=url),
}
ALL = pytest.mark.parametrize("store", OPENERS, indirect=True)


@pytest.fixture
def store(server, request):
    store = OPENERS[request.param](server.url)
    store._retry = Retrier(3, first_wait_seconds=0.001)
    store._is_bucket_seen = True
    yield store
    store.close()


def read(store, key="file", span=None):
    return b"".join(store.read(key, version=VERSION, span=span))


def partial(body, start, stop, size, **headers):
    return reply("206 Partial Content", body, Content_Range=f"bytes {start}-{stop - 1}/{size}", **{**PINNED, **headers})


@ALL
def test_every_read_is_pinned(server, store):
    server.will_say(reply("200 OK", b"hello", **PINNED))

    assert b"hello" == read(store)
    head = server.heads[0].lower()
    assert 'if-match: "7"' in head or "generation=7" in head.splitlines()[0]
    assert "user-agent: cloudflow/" in head


@ALL
@pytest.mark.parametrize("then_resets", [False, True], ids=["cut", "reset"])
def test_a_broken_read_goes_on_where_it_broke(server, store, then_resets):
    server.will_say(reply("200 OK", b"hel", length=10, **PINNED), then_resets=then_resets)
    server.will_say(reply("200 OK", b"hel", length=10, **PINNED), then_resets=then_resets)
    server.will_say(reply("200 OK", b"hello you!", **PINNED))

    assert b"hello you!" == read(store)


@ALL
def test_a_read_that_breaks_behind_the_first_piece_resumes_by_range(server, store):
    piece, rest = b"x" * 8 * 1024 * 1024, b"the rest"
    size = len(piece) + len(rest)
    server.will_say(reply("200 OK", piece, length=size, **PINNED))
    server.will_say(partial(rest, len(piece), size, size))

    assert piece + rest == read(store)
    resumed = server.heads[1].lower()
    assert f"range: bytes={len(piece)}-" in resumed
    assert 'if-match: "7"' in resumed or "generation=7" in resumed.splitlines()[0]


@ALL
def test_an_answer_that_is_too_short_is_corrupt(server, store):
    server.will_say(partial(b"hel", 0, 3, 3))

    with pytest.raises(CorruptDataError):
        read(store, span=ByteSpan(0, 5))


@ALL
def test_a_range_that_answers_with_other_bytes_is_refused(server, store):
    server.will_say(partial(b"hello", 5, 10, 10))

    with pytest.raises(StoreError):
        read(store, span=ByteSpan(0, 5))


@ALL
@pytest.mark.parametrize("name", ["file", "x//file"], ids=["obstore", "sdk"])
def test_the_whole_object_instead_of_a_range_is_refused(server, store, name):
    for _ in range(9):  # an SDK may ask more than once before it gives up
        server.will_say(reply("200 OK", b"0123456789", **PINNED))

    with pytest.raises(StoreError):
        read(store, name, span=ByteSpan(5, 8))


@ALL
@pytest.mark.parametrize("name", ["file", "x//file"], ids=["obstore", "sdk"])
def test_another_version_in_the_answer_is_refused(server, store, name):
    server.will_say(reply("200 OK", b"hello", **OTHER))
    server.will_say(reply("200 OK", b"hello", **OTHER))

    with pytest.raises(StoreError):
        read(store, name)


@ALL
def test_a_busy_store_is_asked_again(server, store):
    server.will_say(reply("503 Service Unavailable"))
    server.will_say(reply("429 Too Many Requests"))
    server.will_say(reply("200 OK", b"hello", **PINNED))

    assert b"hello" == read(store)


@ALL
def test_a_busy_store_is_given_up_in_the_end(server, store):
    for _ in range(3):
        server.will_say(reply("503 Service Unavailable"))

    with pytest.raises(StoreUnavailableError, match="try again later"):
        read(store)


@ALL
@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_refused_credential_is_named(server, store, status):
    server.will_say(reply(status))

    with pytest.raises(AccessDeniedError, match="b/file"):
        read(store)


@pytest.mark.parametrize(
    ("store", "status", "code"),
    [("s3", "403 Forbidden", "InvalidObjectState"), ("azure", "409 Conflict", "BlobArchived")],
    indirect=["store"],
)
def test_an_archived_object_is_named(server, store, status, code):
    server.will_say(reply(status, f"<Error><Code>{code}</Code></Error>".encode()))

    with pytest.raises(ObjectArchivedError, match="restore it first"):
        read(store)


@pytest.mark.parametrize("store", ["s3", "azure"], indirect=True)
def test_an_unmet_condition_is_another_version(server, store):
    server.will_say(reply("412 Precondition Failed"))
    server.will_say(reply("200 OK", length=5, x_ms_blob_type="BlockBlob", **OTHER))

    with pytest.raises(ObjectChangedError):
        read(store)


@pytest.mark.parametrize("store", ["gcs"], indirect=True)
def test_a_missing_generation_of_an_object_that_is_there_is_another_version(server, store):
    found = {"name": "file", "generation": "8", "size": "5", "updated": "2026-11-23T12:00:00Z"}
    server.will_say(reply("404 Not Found"))
    server.will_say(reply("200 OK", json.dumps(found).encode(), Content_Type="application/json"))

    with pytest.raises(ObjectChangedError, match="8, not 7"):
        read(store)


@pytest.mark.parametrize("store", ["azure"], indirect=True)
def test_metadata_that_obstore_cannot_parse_is_no_obstacle(server, store):
    whole = reply("200 OK", b"hello", **PINNED)
    ranged = partial(b"hello", 0, 5, 5, x_ms_blob_type="BlockBlob")
    for answer in (whole, ranged):
        server.will_say(answer.replace(b"\r\n\r\n", b"\r\nx-ms-meta-city: K\xf6ln\r\n\r\n", 1))

    assert b"hello" == read(store)
