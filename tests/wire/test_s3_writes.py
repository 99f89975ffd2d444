import base64
import time
from xml.etree import ElementTree as ET

import pytest

from cloudflow_lib.adapters.stores.checksums import base64_of_hex, crc64nvme
from cloudflow_lib.domain.objects import ChecksumKind, ObjectTraits, UploadedPart, UploadId
from cloudflow_lib.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CorruptDataError,
    InvalidNameError,
    ObjectArchivedError,
    ObjectChangedError,
    ObjectExistsError,
    StoreFullError,
    StoreUnavailableError,
    UnsupportedError,
    UploadNotFoundError,
)
from tests.wire.answers import answer, s3_error, s3_head, s3_xml

DATA = b"hello"
CRC = base64_of_hex(crc64nvme(DATA))
OTHER_CRC = base64_of_hex(crc64nvme(b"other"))
PLAIN = ObjectTraits(content_type="text/plain")
PARTS = [UploadedPart(number=1, size_bytes=5, tag="e1", checksums={ChecksumKind.CRC64NVME: crc64nvme(DATA)})]


def stored(crc=CRC, **headers):
    return answer(ETag='"v1"', x_amz_checksum_crc64nvme=crc, x_amz_checksum_type="FULL_OBJECT", **headers)


def head_of(crc=CRC, size=5):
    return s3_head(size=size, x_amz_checksum_crc64nvme=crc, x_amz_checksum_type="FULL_OBJECT")


def test_a_write_carries_its_checksum_and_traits(wire, s3):
    wire.will_answer(stored())
    traits = ObjectTraits(
        content_type="text/csv",
        metadata={"team": "docs", "Big": "Köln"},
        tags={"kind": "a report"},
        headers={"content-encoding": "gzip"},
        storage_class="GLACIER_IR",
    )

    info = s3.put("a folder/100% +x?.csv", DATA, traits, if_absent=True)

    assert ["PUT /b/a%20folder/100%25%20%2Bx%3F.csv"] == wire.sent
    headers = wire.last.headers
    assert (CRC, "*", "GLACIER_IR", "gzip", "text/csv") == (
        headers["x-amz-checksum-crc64nvme"],
        headers["If-None-Match"],
        headers["x-amz-storage-class"],
        headers["Content-Encoding"],
        headers["Content-Type"],
    )
    assert ("docs", '{"Big":"K\\u00f6ln"}') == (
        headers["x-amz-meta-team"],
        headers["x-amz-meta-cloudfloworiginals"],
    )
    assert "kind=a+report" == headers["x-amz-tagging"]
    assert {ChecksumKind.CRC64NVME: crc64nvme(DATA)} == dict(info.checksums)


@pytest.mark.parametrize("name", ["x//y", "/lead", "folder/", "p", "p/q"])
def test_names_that_are_no_file_names_are_sent_as_they_are(wire, s3, name):
    wire.will_answer(stored())

    s3.put(name, DATA, PLAIN)

    assert [f"PUT /b/{name}"] == wire.sent


def test_a_checksum_that_s3_refuses_is_corrupt_data(wire, s3):
    wire.will_answer(s3_error(400, "BadDigest"))

    with pytest.raises(CorruptDataError, match="b/file"):
        s3.put("file", DATA, PLAIN, checksums={ChecksumKind.CRC64NVME: crc64nvme(b"other")})

    assert OTHER_CRC == wire.last.headers["x-amz-checksum-crc64nvme"]


def test_another_checksum_in_the_answer_is_corrupt_data(wire, s3):
    wire.will_answer(stored(OTHER_CRC))

    with pytest.raises(CorruptDataError):
        s3.put("file", DATA, PLAIN)


def test_a_create_whose_answer_was_lost_recognises_itself(wire, s3):
    wire.will_answer(s3_error(500, "InternalError"), s3_error(412, "PreconditionFailed"), head_of())

    assert "v1" == s3.put("file", DATA, PLAIN, if_absent=True).version
    assert ["PUT", "PUT", "HEAD"] == [request.method for request in wire.requests]


def test_a_repeated_create_does_not_claim_what_others_wrote(wire, s3):
    wire.will_answer(s3_error(500, "InternalError"), s3_error(412, "PreconditionFailed"), head_of(OTHER_CRC))

    with pytest.raises(ObjectExistsError):
        s3.put("file", DATA, PLAIN, if_absent=True)


def test_a_first_refusal_is_never_taken_for_our_own_success(wire, s3):
    wire.will_answer(s3_error(412, "PreconditionFailed"))

    with pytest.raises(ObjectExistsError):
        s3.put("file", DATA, PLAIN, if_absent=True)


def test_a_finish_whose_answer_was_lost_recognises_itself(wire, s3):
    wire.will_answer(s3_error(500, "InternalError"), s3_error(404, "NoSuchUpload"), head_of())

    info = s3.finish_upload(UploadId("u"), "file", PARTS, PLAIN, if_absent=True)

    assert ("v1", ["POST", "POST", "HEAD"]) == (info.version, [request.method for request in wire.requests])


def test_a_finish_sends_the_checksum_and_size_of_the_whole(wire, s3):
    wire.will_answer(s3_xml("CompleteMultipartUploadResult", ETag='"v1"', ChecksumCRC64NVME=CRC), head_of())

    s3.finish_upload(UploadId("u"), "file", PARTS, PLAIN, if_absent=True)

    request = wire.requests[0]
    assert "POST /b/file?uploadId=u" == wire.sent[0]
    assert (CRC, "FULL_OBJECT", "5", "*") == (
        request.headers["x-amz-checksum-crc64nvme"],
        request.headers["x-amz-checksum-type"],
        request.headers["x-amz-mp-object-size"],
        request.headers["If-None-Match"],
    )
    named = {entry.tag.rpartition("}")[2]: entry.text for entry in ET.fromstring(request.data)[0]}
    assert {"ETag": '"e1"', "PartNumber": "1", "ChecksumCRC64NVME": CRC} == named


def test_a_finish_that_fails_inside_a_200_is_repeated(wire, s3):
    inside = answer(
        200, "<Error><Code>InternalError</Code><Message>x</Message></Error>", Content_Type="application/xml"
    )
    done = s3_xml("CompleteMultipartUploadResult", ETag='"v1"', ChecksumCRC64NVME=CRC)
    wire.will_answer(inside, done, head_of())

    assert "v1" == s3.finish_upload(UploadId("u"), "file", PARTS, PLAIN).version


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "NoSuchUpload", UploadNotFoundError),
        (409, "ConditionalRequestConflict", UploadNotFoundError),
        (412, "PreconditionFailed", ObjectExistsError),
        (400, "BadDigest", CorruptDataError),
        (400, "InvalidPart", CorruptDataError),
    ],
)
def test_a_refused_finish_says_why(wire, s3, status, code, expected):
    wire.will_answer(s3_error(status, code))

    with pytest.raises(expected):
        s3.finish_upload(UploadId("u"), "file", PARTS, PLAIN, if_absent=True)


@pytest.mark.parametrize(("status", "code"), [(412, "PreconditionFailed"), (404, "NoSuchKey")])
@pytest.mark.parametrize(
    "write",
    [
        lambda s3: s3.put("file", DATA, PLAIN, if_version="v0"),
        lambda s3: s3.finish_upload(UploadId("u"), "file", PARTS, PLAIN, if_version="v0"),
    ],
    ids=["whole", "in parts"],
)
def test_a_write_names_the_version_that_it_replaces(wire, s3, write, status, code):
    wire.will_answer(s3_error(status, code))

    with pytest.raises(ObjectChangedError):
        write(s3)

    assert '"v0"' == wire.last.headers["If-Match"]


def test_a_replacement_whose_answer_was_lost_recognises_itself(wire, s3):
    wire.will_answer(s3_error(500, "InternalError"), s3_error(412, "PreconditionFailed"), head_of())

    assert "v1" == s3.put("file", DATA, PLAIN, if_version="v0").version


def test_a_replaced_result_is_noticed(wire, s3):
    wire.will_answer(s3_xml("CompleteMultipartUploadResult", ETag='"v1"'), s3_head(etag="v2"))

    with pytest.raises(Exception, match="replaced right after"):
        s3.finish_upload(UploadId("u"), "file", PARTS, PLAIN)


def test_a_busy_store_is_asked_again_when_it_says(wire, s3):
    wire.will_answer(s3_error(503, "SlowDown", Retry_After="1"), stored())

    started = time.monotonic()
    s3.put("file", DATA, PLAIN)

    assert time.monotonic() - started >= 1.0
    assert 2 == len(wire.requests)


def test_a_store_that_asks_for_an_hour_is_given_up(wire, s3):
    wire.will_answer(s3_error(503, "SlowDown", Retry_After="3600"))

    with pytest.raises(StoreUnavailableError):
        s3.put("file", DATA, PLAIN)


def test_a_busy_store_is_given_up_after_all_attempts(wire, s3):
    wire.will_answer(*[s3_error(503, "SlowDown")] * 3)

    with pytest.raises(StoreUnavailableError, match=r"b/file.*SlowDown"):
        s3.put("file", DATA, PLAIN)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "AccessDenied", AccessDeniedError),
        (403, "InvalidAccessKeyId", AccessDeniedError),
        (403, "SignatureDoesNotMatch", AccessDeniedError),
        (400, "ExpiredToken", AccessDeniedError),
        (403, "QuotaExceeded", StoreFullError),
        (507, "InsufficientStorage", StoreFullError),
        (507, "XMinioStorageFull", StoreFullError),
        (404, "NoSuchBucket", BucketNotFoundError),
        (400, "KeyTooLongError", InvalidNameError),
        (403, "InvalidObjectState", ObjectArchivedError),
        (501, "NotImplemented", UnsupportedError),
        (400, "MetadataTooLarge", UnsupportedError),
    ],
)
def test_a_permanent_refusal_is_named_and_not_repeated(wire, s3, status, code, expected):
    wire.will_answer(s3_error(status, code))

    with pytest.raises(expected, match=f"^b/file: .*{code}") as caught:
        s3.put("file", DATA, PLAIN)

    assert type(caught.value) is expected
    assert 1 == len(wire.requests)
    assert caught.value.__cause__ is not None


def test_base64_and_hexadecimal_are_the_same_bytes():
    assert base64.b64decode(CRC).hex() == crc64nvme(DATA)
    assert "ae8b14860a799888" == crc64nvme(b"123456789")
