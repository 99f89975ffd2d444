"""Large bodies of S3 over plain connections: servers that lie, hang up, refuse early or are busy."""

from __future__ import annotations

import os
import socket
from http.client import HTTPConnection
from select import select

import pytest

from cloudflow_lib.adapters.stores.checksums import base64_of_hex, crc64nvme
from cloudflow_lib.adapters.stores.obstore_reads import PIECE_BYTES
from cloudflow_lib.adapters.stores.plain import FROM_BYTES
from cloudflow_lib.adapters.stores.retries import Retrier
from cloudflow_lib.adapters.stores.s3 import S3Store
from cloudflow_lib.domain.objects import ByteSpan, ChecksumKind, UploadId
from cloudflow_lib.errors import (
    AccessDeniedError,
    CorruptDataError,
    ObjectChangedError,
    ObjectNotFoundError,
    StoreUnavailableError,
    UploadNotFoundError,
)
from tests.wire.raw import reply

SIZE = FROM_BYTES + 5
BODY = bytes(range(256)) * (FROM_BYTES // 256) + b"hello"
SPAN = ByteSpan(10, 10 + SIZE)
PINNED = {"ETag": '"7"'}
CRC = crc64nvme(BODY)
UPLOAD = UploadId("u+/=1")


@pytest.fixture
def store(server):
    store = S3Store(bucket="b", endpoint_url=server.url, access_key_id="k", secret_access_key="s")
    store._retry = Retrier(3, first_wait_seconds=0.001)
    yield store
    store.close()


def part_of(body=BODY, start=SPAN.start, **headers):
    where = f"bytes {start}-{start + len(body) - 1}/{10 * SIZE}"
    return reply("206 Partial Content", body, Content_Range=where, **{**PINNED, **headers})


def refused(status, code, **headers):
    return reply(status, f"<Error><Code>{code}</Code></Error>".encode(), **headers)


def read(store, span=SPAN):
    return b"".join(store.read("a folder/ü", version="7", span=span))


def test_a_range_is_pinned_and_comes_in_one_piece(server, store):
    server.will_say(part_of())

    assert [BODY] == [bytes(piece) for piece in store.read("a folder/ü", version="7", span=SPAN)]
    head = server.heads[0].lower()
    assert head.startswith("get /b/a%20folder/%c3%bc http/1.1")
    assert f"range: bytes={SPAN.start}-{SPAN.stop - 1}\r\n" in head
    assert 'if-match: "7"\r\n' in head
    assert "user-agent: cloudflow/" in head


def test_no_piece_is_larger_than_the_port_allows(server, store):
    body = b"x" * (PIECE_BYTES + SIZE)
    server.will_say(part_of(body))
    pieces = list(store.read("file", version="7", span=ByteSpan(10, 10 + len(body))))

    assert [PIECE_BYTES, SIZE] == [len(piece) for piece in pieces]
    assert body == b"".join(pieces)


@pytest.mark.parametrize("then_resets", [False, True], ids=["cut", "reset"])
def test_a_broken_range_is_read_again(server, store, then_resets):
    for _ in range(2):
        answer = part_of()
        server.will_say(answer[:-100], then_resets=then_resets)
    server.will_say(part_of())

    assert BODY == read(store)


def test_a_range_that_breaks_behind_a_piece_goes_on_there(server, store):
    body = b"x" * PIECE_BYTES + BODY
    server.will_say(part_of(body)[: -SIZE + 1])
    server.will_say(part_of(BODY, SPAN.start + PIECE_BYTES))

    assert body == read(store, ByteSpan(SPAN.start, SPAN.start + len(body)))
    assert f"range: bytes={SPAN.start + PIECE_BYTES}-" in server.heads[1].lower()


@pytest.mark.parametrize(
    "answer",
    [
        part_of(BODY[:-1]),
        part_of(BODY + b"!"),
        part_of(BODY, SPAN.start + 1),
        reply("206 Partial Content", BODY, **PINNED),
        reply("200 OK", BODY, **PINNED),
    ],
    ids=["too short", "too long", "from elsewhere", "from nowhere", "whole object"],
)
def test_other_bytes_than_asked_for_are_corrupt(server, store, answer):
    for _ in range(3):
        server.will_say(answer)

    with pytest.raises(CorruptDataError):
        read(store)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (part_of(ETag='"8"'), ObjectChangedError),
        (refused("412 Precondition Failed", "PreconditionFailed"), ObjectChangedError),
        (refused("404 Not Found", "NoSuchKey"), ObjectNotFoundError),
        (refused("403 Forbidden", "AccessDenied"), AccessDeniedError),
        (refused("416 Range Not Satisfiable", "InvalidRange"), CorruptDataError),
    ],
    ids=["other version", "412", "404", "403", "416"],
)
def test_a_refused_range_says_why(server, store, answer, kind):
    server.will_say(answer)

    with pytest.raises(kind, match="b/a folder/ü"):
        read(store)
    assert 1 == len(server.heads)


def test_a_busy_store_is_asked_again(server, store):
    server.will_say(refused("503 Slow Down", "SlowDown"))
    server.will_say(part_of())

    assert BODY == read(store)


def test_a_busy_store_is_given_up_in_the_end_and_says_when_to_come_back(server, store):
    for _ in range(3):
        server.will_say(refused("503 Slow Down", "SlowDown", Retry_After="0.01"))

    with pytest.raises(StoreUnavailableError, match="SlowDown") as found:
        read(store)
    assert 0.01 == found.value.retry_after


def test_who_stops_in_the_middle_leaves_no_half_answer_to_the_next(server, store):
    server.will_say(part_of(b"x" * 2 * PIECE_BYTES))
    server.will_say(part_of())
    pieces = store.read("file", version="7", span=ByteSpan(10, 10 + 2 * PIECE_BYTES))
    next(pieces)
    pieces.close()

    assert BODY == read(store)


def test_many_ranges_come_by_one_connection(server, store):
    for _ in range(5):
        server.will_say(part_of(keeps=True))

    assert [BODY] * 5 == [read(store) for _ in range(5)]
    assert 1 == server.connections


@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "ended"])
@pytest.mark.parametrize("body", [BODY, b"x" * PIECE_BYTES + BODY], ids=["in one piece", "in two"])
def test_more_bytes_than_asked_for_are_noticed_where_no_length_was_told(server, store, body, keeps):
    span = ByteSpan(SPAN.start, SPAN.start + len(body))
    server.will_say(chunked(body, keeps=keeps))
    server.will_say(chunked(body + b"!", keeps=keeps))

    assert body == read(store, span)
    with pytest.raises(CorruptDataError, match="more than bytes"):
        read(store, span)


def chunked(body, *, keeps):
    told = reply("206 Partial Content", Content_Range=f"bytes {SPAN.start}-", keeps=keeps, **PINNED)
    head = told.replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def arrived(crc=CRC, **headers):
    return reply("200 OK", ETag='"e1"', x_amz_checksum_crc64nvme=base64_of_hex(crc), **headers)


def put(store, data=BODY):
    return store.put_part(UPLOAD, "a folder/ü", 3, data, checksums={ChecksumKind.CRC64NVME: CRC})


@pytest.mark.parametrize("data", [BODY, memoryview(BODY)], ids=["bytes", "view"])
def test_a_part_carries_its_checksum_and_hears_it_back(server, store, data):
    server.will_say(arrived())

    part = put(store, data)

    assert (3, SIZE, "e1", {ChecksumKind.CRC64NVME: CRC}) == (part.number, part.size_bytes, part.tag, part.checksums)
    head = server.heads[0]
    assert head.startswith("PUT /b/a%20folder/%C3%BC?partNumber=3&uploadId=u%2B%2F%3D1 HTTP/1.1")
    assert f"x-amz-checksum-crc64nvme: {base64_of_hex(CRC)}\r\n" in head
    assert f"content-length: {SIZE}\r\n" in head
    assert "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n" in head


@pytest.mark.parametrize("hangs_up", [False, True], ids=["heard all", "hung up on the body"])
def test_a_part_is_sent_again_to_a_busy_store(server, store, hangs_up):
    for _ in range(2):
        server.will_say(refused("503 Slow Down", "SlowDown"), then_resets=hangs_up)
    server.will_say(arrived())

    assert "e1" == put(store).tag


class ResetWhileConnecting(HTTPConnection):
    """Hears of a reset before it knows that it is connected: a longer way than loopback leaves time for that."""

    def connect(self):
        with socket.create_connection((self.host, self.port)) as made:
            made.sendall(b"\r\n\r\n")
            select([made], [], [], 5)
            code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        raise OSError(code, os.strerror(code))


def test_a_reset_while_connecting_is_worth_another_try(server, store):
    for _ in range(3):
        server.will_say(b"", then_resets=True)
    store._plain._connect = ResetWhileConnecting

    with pytest.raises(StoreUnavailableError, match="ConnectionResetError"):
        put(store)
    assert 3 == server.connections


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (arrived(crc64nvme(b"other")), CorruptDataError),
        (refused("400 Bad Request", "BadDigest"), CorruptDataError),
        (refused("404 Not Found", "NoSuchUpload"), UploadNotFoundError),
    ],
    ids=["other bytes came", "refused", "no such upload"],
)
def test_a_refused_part_says_why(server, store, answer, kind):
    for _ in range(3):
        server.will_say(answer)

    with pytest.raises(kind, match="b/a folder/ü"):
        put(store, BODY)


def test_a_bucket_in_another_region_is_left_to_the_sdk(server, store):
    server.will_say(refused("301 Moved Permanently", "PermanentRedirect"))
    server.will_say(arrived())

    assert "e1" == put(store).tag
    assert ["python" in head.lower() or "boto" in head.lower() for head in server.heads] == [False, True]


def test_behind_a_proxy_the_libraries_go(monkeypatch):
    assert not S3Store(bucket="b", access_key_id="k", secret_access_key="s", proxy="http://127.0.0.1:9")._plain.takes(
        SIZE
    )
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert not S3Store(bucket="b", access_key_id="k", secret_access_key="s")._plain.takes(SIZE)
