from xml.etree import ElementTree as ET

import pytest

from cloudflow_lib.adapters.stores.checksums import base64_of_hex, crc64nvme
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import ObjectChangedError, ObjectExistsError, UnsupportedError
from tests.wire.answers import answer, s3_error, s3_head, s3_tags, s3_xml


def copied():
    return s3_xml("CopyObjectResult", ETag='"v2"', LastModified="2026-11-23T12:00:00Z")


def test_a_delete_names_the_version_it_means(wire, s3):
    wire.will_answer(s3_head("v1"), answer(204))

    assert s3.delete("file", if_version="v1") is True
    assert ["HEAD /b/file", "DELETE /b/file"] == wire.sent
    assert '"v1"' == wire.last.headers["If-Match"]


def test_a_delete_that_meets_another_version_is_refused(wire, s3):
    wire.will_answer(s3_head("v1"), s3_error(412, "PreconditionFailed"), s3_head("v2"))

    with pytest.raises(ObjectChangedError):
        s3.delete("file", if_version="v1")


def test_a_delete_whose_answer_was_lost_is_done(wire, s3):
    s3._is_bucket_seen = True
    lost, gone = s3_error(500, "InternalError"), s3_error(404, "")
    wire.will_answer(s3_head("v1"), lost, s3_error(412, "PreconditionFailed"), gone)

    assert s3.delete("file", if_version="v1") is True


def test_another_class_is_a_copy_onto_itself_under_two_conditions(wire, s3):
    cold = s3_head("v2", x_amz_storage_class="GLACIER_IR")
    wire.will_answer(s3_head("v1"), s3_head("v1"), copied(), cold)

    info = s3.change_class("a b", "GLACIER_IR", version="v1")

    request = wire.requests[2]
    assert "PUT /b/a%20b" == wire.sent[2]
    expected = {
        "x-amz-copy-source": "b/a%20b",
        "x-amz-copy-source-if-match": '"v1"',
        "If-Match": '"v1"',
        "x-amz-storage-class": "GLACIER_IR",
        "x-amz-metadata-directive": "COPY",
        "x-amz-tagging-directive": "COPY",
        "x-amz-checksum-algorithm": "CRC64NVME",
    }
    assert expected == {name: request.headers[name] for name in expected}
    assert ("v2", "GLACIER_IR") == (info.version, info.storage_class)


def test_an_object_that_changes_under_a_class_change_survives(wire, s3):
    wire.will_answer(s3_head("v1"), s3_head("v1"), s3_error(412, "PreconditionFailed"))

    with pytest.raises(ObjectChangedError):
        s3.change_class("file", "GLACIER_IR", version="v1")


def test_a_store_that_keeps_the_old_class_is_not_believed(wire, s3):
    wire.will_answer(s3_head("v1"), s3_head("v1"), copied(), s3_head("v2"))

    with pytest.raises(UnsupportedError, match="STANDARD"):
        s3.change_class("file", "GLACIER_IR", version="v1")


def test_a_create_only_copy_carries_both_conditions(wire, s3):
    wire.will_answer(s3_error(404, ""), s3_head("v1"), copied(), s3_head("v2"))

    s3._is_bucket_seen = True
    s3.copy_within("from", "to", version="v1", source_bucket="other", if_absent=True)

    assert ["HEAD /b/to", "HEAD /other/from", "PUT /b/to", "HEAD /b/to"] == wire.sent
    headers = wire.requests[2].headers
    assert ("other/from", '"v1"', "*") == (
        headers["x-amz-copy-source"],
        headers["x-amz-copy-source-if-match"],
        headers["If-None-Match"],
    )


@pytest.mark.parametrize(("source", "expected"), [("v1", ObjectExistsError), ("v9", ObjectChangedError)])
def test_a_refused_create_only_copy_tells_which_condition_failed(wire, s3, source, expected):
    refused = s3_error(412, "PreconditionFailed")
    s3._is_bucket_seen = True
    wire.will_answer(s3_error(404, ""), s3_head("v1"), refused, s3_head(source))

    with pytest.raises(expected):
        s3.copy_within("from", "to", version="v1", if_absent=True)


def test_a_copy_above_the_limit_goes_in_parts_with_its_traits(wire, s3):
    s3.largest_copy_bytes, s3.copy_part_bytes = 8, 6
    crcs = [base64_of_hex(crc64nvme(part)) for part in (b"012345", b"6789")]
    parts = [s3_xml("CopyPartResult", ETag=f'"e{n}"', ChecksumCRC64NVME=crc) for n, crc in enumerate(crcs)]
    wire.will_answer(
        s3_head("v1", 10),
        s3_head("v1", 10, x_amz_meta_team="docs", Cache_Control="no-cache"),
        s3_tags(kind="report"),
        s3_xml("InitiateMultipartUploadResult", UploadId="u"),
        *parts,
        s3_xml("CompleteMultipartUploadResult", ETag='"v2"'),
        s3_head("v2", 10),
    )

    info = s3.copy_within("from", "to", version="v1", storage_class="STANDARD_IA")

    assert ("v2", 10) == (info.version, info.size_bytes)
    begun = wire.requests[3].headers
    assert ("docs", "kind=report", "STANDARD_IA", "no-cache", "text/plain") == (
        begun["x-amz-meta-team"],
        begun["x-amz-tagging"],
        begun["x-amz-storage-class"],
        begun["Cache-Control"],
        begun["Content-Type"],
    )
    sent = [(request.args["partNumber"], request.headers["x-amz-copy-source-range"]) for request in wire.requests[4:6]]
    assert [("1", "bytes=0-5"), ("2", "bytes=6-9")] == sent
    assert {'"v1"'} == {request.headers["x-amz-copy-source-if-match"] for request in wire.requests[4:6]}
    whole = base64_of_hex(crc64nvme(b"0123456789"))
    assert whole == wire.requests[6].headers["x-amz-checksum-crc64nvme"]
    assert 2 == len(ET.fromstring(wire.requests[6].data))


def test_a_copy_in_parts_that_fails_leaves_nothing_behind(wire, s3):
    s3.largest_copy_bytes, s3.copy_part_bytes = 8, 10
    wire.will_answer(
        s3_head("v1", 10),
        s3_head("v1", 10),
        s3_tags(),
        s3_xml("InitiateMultipartUploadResult", UploadId="u"),
        s3_error(412, "PreconditionFailed"),
        answer(204),
        s3_error(404, "NoSuchUpload"),
    )

    with pytest.raises(ObjectChangedError):
        s3.copy_within("from", "to", version="v1")

    assert ["DELETE /b/to?uploadId=u", "GET /b/to?uploadId=u"] == wire.sent[-2:]


def test_the_traits_of_an_archived_object_are_read_without_restoring_it(wire, s3):
    wire.will_answer(s3_head(x_amz_storage_class="GLACIER"), s3_tags(kind="report"))

    expected = ObjectTraits(content_type="text/plain", tags={"kind": "report"}, storage_class="GLACIER")
    assert expected == s3.traits("file")


def test_tags_that_the_server_does_not_know_are_none(wire, s3):
    wire.will_answer(s3_head(), s3_error(501, "NotImplemented"))

    assert {} == dict(s3.traits("file").tags)
