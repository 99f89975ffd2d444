"""Large blocks of Azure over plain connections: servers that lie, hang up, refuse early or are busy."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import md5

import pytest

from cloudflow_lib.adapters.stores.azure_blob import AzureBlobStore
from cloudflow_lib.adapters.stores.checksums import azure_crc64_of_hex, crc64nvme
from cloudflow_lib.adapters.stores.plain import FROM_BYTES
from cloudflow_lib.adapters.stores.retries import Retrier
from cloudflow_lib.domain.objects import ChecksumKind, UploadId
from cloudflow_lib.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CorruptDataError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)
from tests.wire.raw import reply

BODY = bytes(range(256)) * (FROM_BYTES // 256) + b"hello"
UPLOAD = UploadId("0123456789" * 2)
CRC = crc64nvme(BODY)
MD5 = md5(BODY)
BLOCK = b64encode(f"cf-{UPLOAD}-00003".encode()).decode()


def store_at(url, **credential):
    store = AzureBlobStore(container="b", account="acc", endpoint_url=f"{url}/acc", **credential)
    store._retry = Retrier(3, first_wait_seconds=0.001)
    return store


@pytest.fixture
def imitation(server):
    store = store_at(server.url, account_key="a2V5")
    yield store
    store.close()


@pytest.fixture
def azure(imitation):
    """Azure itself, which it would know by the name of its host."""
    imitation._by_md5 = False
    return imitation


def put(store, data=BODY):
    return store.put_part(UPLOAD, "a folder/ü", 3, data, checksums={ChecksumKind.CRC64NVME: CRC})


def arrived(**headers):
    return reply("201 Created", **headers)


def refused(status, code, **headers):
    return reply(status, f"<Error><Code>{code}</Code></Error>".encode(), **headers)


@pytest.mark.parametrize("data", [BODY, memoryview(BODY)], ids=["bytes", "view"])
def test_a_block_carries_its_crc64_and_hears_it_back(server, azure, data):
    server.will_say(arrived(x_ms_content_crc64=azure_crc64_of_hex(CRC)))

    part = put(azure, data)

    assert (3, len(BODY), {ChecksumKind.CRC64NVME: CRC}) == (part.number, part.size_bytes, part.checksums)
    head = server.heads[0]
    block = BLOCK.replace("=", "%3D")
    assert head.startswith(f"PUT /acc/b/a%20folder/%C3%BC?comp=block&blockid={block} HTTP/1.1\r\n")
    assert f"x-ms-content-crc64: {azure_crc64_of_hex(CRC)}\r\n" in head
    assert f"content-length: {len(BODY)}\r\n" in head
    assert re.search(r"authorization: SharedKey acc:[\w+/]{43}=\r\n", head)
    assert "user-agent: cloudflow/" in head


def test_an_imitation_gets_an_md5_and_proves_by_it(server, imitation):
    server.will_say(arrived(Content_MD5=b64encode(MD5.digest()).decode()))

    assert {ChecksumKind.CRC64NVME: CRC, ChecksumKind.MD5: MD5.hexdigest()} == put(imitation).checksums
    assert f"content-md5: {b64encode(MD5.digest()).decode()}\r\n" in server.heads[0]
    assert "x-ms-content-crc64" not in server.heads[0]


def test_a_sas_travels_in_the_query_and_signs_nothing(server):
    store = store_at(server.url, sas="?sv=1&sig=a%2Bb%3D")
    server.will_say(arrived(Content_MD5=b64encode(MD5.digest()).decode()))

    put(store)
    store.close()

    line, _, rest = server.heads[0].partition("\r\n")
    assert line.endswith("&sv=1&sig=a%2Bb%3D HTTP/1.1")
    assert "authorization" not in rest.lower()


@pytest.mark.parametrize("hangs_up", [False, True], ids=["heard all", "hung up on the body"])
def test_a_block_is_sent_again_to_a_busy_store(server, azure, hangs_up):
    for _ in range(2):
        server.will_say(refused("503 Server Busy", "ServerBusy"), then_resets=hangs_up)
    server.will_say(arrived(x_ms_content_crc64=azure_crc64_of_hex(CRC)))

    assert {ChecksumKind.CRC64NVME: CRC} == put(azure).checksums


def test_a_busy_store_is_given_up_in_the_end_and_says_when_to_come_back(server, azure):
    for _ in range(3):
        server.will_say(refused("503 Server Busy", "ServerBusy", Retry_After="0.01"))

    with pytest.raises(StoreUnavailableError, match="ServerBusy") as found:
        put(azure)
    assert 0.01 == found.value.retry_after


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (arrived(x_ms_content_crc64=azure_crc64_of_hex(crc64nvme(b"other"))), CorruptDataError),
        (refused("400 Bad Request", "Crc64Mismatch"), CorruptDataError),
        (refused("403 Forbidden", "AuthenticationFailed"), AccessDeniedError),
        (refused("404 Not Found", "ContainerNotFound"), BucketNotFoundError),
        (reply("404 Not Found", x_ms_error_code="ContainerNotFound"), BucketNotFoundError),
        (reply("507 Insufficient Storage"), StoreFullError),
        (reply("400 Bad Request"), StoreError),
    ],
    ids=["other bytes came", "refused", "access", "container", "container, by a header", "full", "without a reason"],
)
def test_a_refused_block_says_why_and_is_not_sent_again(server, azure, answer, kind):
    server.will_say(answer)

    with pytest.raises(kind, match="b/a folder/ü"):
        put(azure)
    assert 1 == len(server.heads)


def test_a_block_that_nothing_is_told_of_is_not_taken_as_proved(server, azure):
    server.will_say(arrived())

    assert {} == put(azure).checksums


def test_behind_a_proxy_the_libraries_go(monkeypatch):
    place = {"container": "b", "account": "acc", "account_key": "a2V5"}
    assert not AzureBlobStore(**place, proxy="http://127.0.0.1:9")._plain.takes(len(BODY))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert not AzureBlobStore(**place)._plain.takes(len(BODY))
