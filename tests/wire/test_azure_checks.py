from base64 import b64encode
from hashlib import md5

import pytest

from cloudflow_lib.adapters.stores.azure_checks import wants_md5
from cloudflow_lib.adapters.stores.checksums import crc64nvme
from cloudflow_lib.domain.objects import ChecksumKind, ObjectTraits, UploadId
from cloudflow_lib.errors import CorruptDataError
from tests.wire.answers import answer, azure_error

DATA = b"hello"
UPLOAD = UploadId("0" * 20)
PLAIN = ObjectTraits(content_type="text/plain")
CRC = {ChecksumKind.CRC64NVME: crc64nvme(DATA)}


def md5_of(data):
    return b64encode(md5(data).digest()).decode()


def hex_md5(data):
    return {ChecksumKind.MD5: md5(data).hexdigest()}


def staged(**headers):
    return answer(201, ETag='"v1"', **headers)


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (None, False),
        ("https://acc.blob.core.windows.net", False),
        ("https://acc.blob.core.chinacloudapi.cn", False),
        ("http://127.0.0.1:10000/devstoreaccount1", True),
        ("https://blobs.example.org/acc?x=.blob.core.windows.net", True),
    ],
)
def test_azure_is_known_by_its_hosts(endpoint, expected):
    assert wants_md5(endpoint) is expected


def test_a_block_carries_its_md5_and_no_crc64(wire, imitated_azure):
    wire.will_answer(staged(Content_MD5=md5_of(DATA)))

    imitated_azure.put_part(UPLOAD, "file", 1, DATA)

    assert md5_of(DATA) == wire.last.headers["Content-MD5"]
    assert "x-ms-content-crc64" not in wire.last.headers


def test_a_block_whose_md5_the_server_answers_has_the_crc64_of_its_bytes(wire, imitated_azure):
    wire.will_answer(staged(Content_MD5=md5_of(DATA)))

    assert CRC | hex_md5(DATA) == dict(imitated_azure.put_part(UPLOAD, "file", 1, DATA).checksums)


def test_a_block_of_another_md5_is_corrupt(wire, imitated_azure):
    wire.will_answer(staged(Content_MD5=md5_of(b"other")))

    with pytest.raises(CorruptDataError):
        imitated_azure.put_part(UPLOAD, "file", 1, DATA)


def test_a_silent_server_that_refuses_a_wrong_md5_vouches_for_blocks(wire, imitated_azure):
    wire.will_answer(staged(), azure_error(400, "Md5Mismatch"), staged())

    first, second = (imitated_azure.put_part(UPLOAD, "file", number, DATA) for number in (1, 2))

    assert first.checksums == second.checksums == CRC | hex_md5(DATA)
    assert 3 == len(wire.sent)  # it is asked once
    assert md5_of(wire.requests[1].data) != wire.requests[1].headers["Content-MD5"]


def test_a_silent_server_that_takes_a_wrong_md5_vouches_for_nothing(wire, imitated_azure):
    wire.will_answer(staged(), staged(), staged())

    first, second = (imitated_azure.put_part(UPLOAD, "file", number, DATA) for number in (1, 2))

    assert first.checksums == second.checksums == {}


def test_a_whole_blob_is_known_by_the_md5_the_server_answers(wire, imitated_azure):
    wire.will_answer(staged(Content_MD5=md5_of(DATA)))

    assert CRC | hex_md5(DATA) == dict(imitated_azure.put("file", DATA, PLAIN).checksums)


def test_a_whole_blob_of_another_md5_is_corrupt(wire, imitated_azure):
    wire.will_answer(staged(Content_MD5=md5_of(b"other")))

    with pytest.raises(CorruptDataError):
        imitated_azure.put("file", DATA, PLAIN)
