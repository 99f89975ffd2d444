from xml.etree import ElementTree as ET

import pytest

from cloudflow_lib.adapters.stores.azure_blob import AzureBlobStore
from cloudflow_lib.adapters.stores.checksums import azure_crc64_of_hex, crc64nvme
from cloudflow_lib.domain.objects import ChecksumKind, ObjectTraits, UploadedPart, UploadId
from cloudflow_lib.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CorruptDataError,
    ObjectArchivedError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    UnsupportedError,
    UploadNotFoundError,
)
from tests.wire.answers import answer, azure_blocks, azure_error, azure_head

DATA = b"hello"
CRC = azure_crc64_of_hex(crc64nvme(DATA))
OTHER_CRC = azure_crc64_of_hex(crc64nvme(b"other"))
PLAIN = ObjectTraits(content_type="text/plain")
UPLOAD = UploadId("0" * 20)
BLOCK = f"cf-{UPLOAD}-00001"
PARTS = [UploadedPart(number=1, size_bytes=5, tag=BLOCK, checksums={ChecksumKind.CRC64NVME: crc64nvme(DATA)})]


def encoded(name):
    from base64 import b64encode

    return b64encode(name.encode()).decode()


def open_blocks():
    return azure_blocks(uncommitted=[(encoded(f"cf-{UPLOAD}-00000"), 1), (encoded(BLOCK), 5)])


def written(**headers):
    return answer(201, ETag='"v1"', **headers)


def test_the_crc64_of_azure_is_crc64nvme_with_its_bytes_reversed():
    assert "ae8b14860a799888" == crc64nvme(b"123456789")
    assert "iJh5CoYUi64=" == azure_crc64_of_hex(crc64nvme(b"123456789"))


def test_a_write_carries_its_crc64_and_traits(wire, azure):
    wire.will_answer(written(x_ms_content_crc64=CRC))
    traits = ObjectTraits(
        content_type="text/csv",
        metadata={"team": "docs", "with-dash": "x"},
        tags={"kind": "a report"},
        headers={"content-encoding": "gzip"},
        storage_class="Cold",
    )

    info = azure.put("a folder/100% +x?.csv", DATA, traits, if_absent=True)

    assert ["PUT /acc/b/a%20folder/100%25%20%2Bx%3F.csv"] == wire.sent
    expected = {
        "x-ms-content-crc64": CRC,
        "If-None-Match": "*",
        "x-ms-access-tier": "Cold",
        "x-ms-blob-content-type": "text/csv",
        "x-ms-blob-content-encoding": "gzip",
        "x-ms-meta-team": "docs",
        "x-ms-meta-cloudfloworiginals": '{"with-dash":"x"}',
        "x-ms-tags": "kind=a%20report",
    }
    assert expected == {name: wire.last.headers[name] for name in expected}
    assert {ChecksumKind.CRC64NVME: crc64nvme(DATA)} == dict(info.checksums)


def test_another_crc64_in_the_answer_is_corrupt_data(wire, azure):
    wire.will_answer(written(x_ms_content_crc64=OTHER_CRC))

    with pytest.raises(CorruptDataError):
        azure.put("file", DATA, PLAIN)


def test_a_create_whose_answer_was_lost_recognises_its_bytes(wire, azure):
    stored = answer(200, DATA, ETag='"v1"', x_ms_blob_type="BlockBlob")
    wire.will_answer(azure_error(500, "InternalError"), azure_error(409, "BlobAlreadyExists"), azure_head(), stored)

    assert "v1" == azure.put("file", DATA, PLAIN, if_absent=True).version


def test_a_repeated_create_does_not_claim_what_others_wrote(wire, azure):
    stored = answer(200, b"other", ETag='"v1"', x_ms_blob_type="BlockBlob")
    wire.will_answer(azure_error(500, "InternalError"), azure_error(409, "BlobAlreadyExists"), azure_head(), stored)

    with pytest.raises(ObjectExistsError):
        azure.put("file", DATA, PLAIN, if_absent=True)


def test_a_commit_names_its_blocks_and_its_condition(wire, azure):
    wire.will_answer(open_blocks(), written(), azure_head())

    info = azure.finish_upload(UPLOAD, "file", PARTS, PLAIN, if_absent=True)

    assert "PUT /acc/b/file?comp=blocklist" == wire.sent[1]
    assert "*" == wire.requests[1].headers["If-None-Match"]
    assert [encoded(BLOCK)] == [block.text for block in ET.fromstring(wire.requests[1].data)]
    assert {ChecksumKind.CRC64NVME: crc64nvme(DATA)} == dict(info.checksums)


def test_a_commit_whose_answer_was_lost_recognises_its_blocks(wire, azure):
    lost = azure_error(500, "OperationTimedOut")
    ours = azure_blocks(committed=[(encoded(BLOCK), 5)])
    wire.will_answer(open_blocks(), lost, azure_error(409, "BlobAlreadyExists"), ours, azure_head(), azure_head())

    assert "v1" == azure.finish_upload(UPLOAD, "file", PARTS, PLAIN, if_absent=True).version


def test_a_repeated_commit_does_not_claim_what_others_committed(wire, azure):
    theirs = azure_blocks(committed=[(encoded("somebody-elses"), 5)])
    refused = azure_error(409, "BlobAlreadyExists")
    wire.will_answer(open_blocks(), azure_error(500, "OperationTimedOut"), refused, theirs)

    with pytest.raises(ObjectExistsError):
        azure.finish_upload(UPLOAD, "file", PARTS, PLAIN, if_absent=True)


def test_a_block_that_got_lost_is_found_before_the_commit(wire, azure):
    wire.will_answer(azure_blocks(uncommitted=[(encoded(f"cf-{UPLOAD}-00000"), 1)]))

    with pytest.raises(CorruptDataError, match="parts"):
        azure.finish_upload(UPLOAD, "file", PARTS, PLAIN)


def test_an_upload_whose_blocks_were_dropped_is_unknown(wire, azure):
    wire.will_answer(azure_blocks(), open_blocks(), azure_error(400, "InvalidBlockList"))

    for _ in range(2):
        with pytest.raises(UploadNotFoundError):
            azure.finish_upload(UPLOAD, "file", PARTS, PLAIN)


def test_a_delete_names_the_version_it_means(wire, azure):
    wire.will_answer(
        answer(202), azure_error(412, "ConditionNotMet"), azure_head("v2"), azure_error(404, "BlobNotFound")
    )

    assert azure.delete("file", if_version="v1") is True
    assert ("DELETE /acc/b/file", '"v1"') == (wire.sent[0], wire.last.headers["If-Match"])
    with pytest.raises(ObjectChangedError):
        azure.delete("file", if_version="v1")
    assert azure.delete("file", if_version="v1") is False


def test_a_delete_whose_answer_was_lost_is_done(wire, azure):
    gone = [azure_error(404, "BlobNotFound"), azure_error(404, "BlobNotFound")]
    wire.will_answer(azure_error(503, "ServerBusy"), *gone)

    assert azure.delete("file", if_version="v1") is True


def test_another_tier_keeps_the_version(wire, azure):
    wire.will_answer(azure_head(), answer(200), azure_head(x_ms_access_tier="Cool", **{"x-ms-access-tier": "Cool"}))

    info = azure.change_class("file", "Cool", version="v1")

    assert ("PUT /acc/b/file?comp=tier", "Cool") == (wire.sent[1], wire.requests[1].headers["x-ms-access-tier"])
    assert ("v1", "Cool") == (info.version, info.storage_class)


def test_an_object_that_changes_under_a_tier_change_is_noticed(wire, azure):
    wire.will_answer(azure_head("v1"), answer(200), azure_head("v2"))

    with pytest.raises(ObjectChangedError):
        azure.change_class("file", "Cool", version="v1")


def test_a_copy_is_pinned_and_waited_for(wire, azure):
    pending = {"x-ms-copy-id": "c", "x-ms-copy-status": "pending", "x-ms-copy-source": "u"}
    done = pending | {"x-ms-copy-status": "success"}
    wire.will_answer(
        azure_head("v1"),
        answer(202, ETag='"v2"', x_ms_copy_id="c", x_ms_copy_status="pending"),
        azure_head("v2", **pending),
        azure_head("v2", **done),
    )

    info = azure.copy_within("a b+c", "to", version="v1", source_bucket="other", storage_class="Cool", if_absent=True)

    headers = wire.requests[1].headers
    assert "PUT /acc/b/to" == wire.sent[1]
    assert headers["x-ms-copy-source"].endswith("/acc/other/a%20b%2Bc")
    assert ('"v1"', "*", "Cool") == (
        headers["x-ms-source-if-match"],
        headers["If-None-Match"],
        headers["x-ms-access-tier"],
    )
    assert "v2" == info.version


def test_a_copy_that_failed_says_so(wire, azure):
    failed = {"x-ms-copy-id": "c", "x-ms-copy-status": "failed", "x-ms-copy-status-description": "500 no disk"}
    started = answer(202, ETag='"v2"', x_ms_copy_id="c", x_ms_copy_status="pending")
    wire.will_answer(azure_head("v1"), started, azure_head("v2", **failed))

    with pytest.raises(StoreError, match="no disk"):
        azure.copy_within("from", "to", version="v1")


def test_a_sas_travels_in_the_query_also_to_the_source_of_a_copy(wire):
    url = wire.url.rstrip("/") + "/acc"
    store = AzureBlobStore(container="b", account="acc", sas="?sv=2026&sig=abc%3D", endpoint_url=url)
    started = answer(202, ETag='"v2"', x_ms_copy_id="c", x_ms_copy_status="success")
    wire.will_answer(azure_head("v1"), started, azure_head("v2"), answer(200, DATA, ETag='"v1"'))

    store.copy_within("from", "to", version="v1")
    assert DATA == b"".join(store.read("from", version="v1"))

    assert all("sig=abc%3D" in line for line in wire.sent)
    assert wire.requests[1].headers["x-ms-copy-source"].endswith("/acc/b/from?sv=2026&sig=abc%3D")


def test_a_busy_store_is_asked_again(wire, azure):
    busy = [azure_error(503, "ServerBusy", Retry_After="0"), azure_error(429, "TooManyRequests")]
    wire.will_answer(*busy, written(x_ms_content_crc64=CRC))

    assert "v1" == azure.put("file", DATA, PLAIN).version


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "AuthenticationFailed", AccessDeniedError),
        (403, "AuthorizationPermissionMismatch", AccessDeniedError),
        (409, "AccountIsDisabled", AccessDeniedError),
        (404, "ContainerNotFound", BucketNotFoundError),
        (404, "BlobNotFound", ObjectNotFoundError),
        (400, "Crc64Mismatch", CorruptDataError),
        (409, "BlobArchived", ObjectArchivedError),
        (409, "AccountLimitExceeded", StoreFullError),
        (507, "", StoreFullError),
        (400, "MetadataTooLarge", UnsupportedError),
        (412, "LeaseIdMissing", StoreError),
    ],
)
def test_a_permanent_refusal_is_named_and_not_repeated(wire, azure, status, code, expected):
    wire.will_answer(azure_error(status, code))

    with pytest.raises(expected, match=f"^b/file: .*{code}") as caught:
        azure.put("file", DATA, PLAIN)

    assert type(caught.value) is expected
    assert 1 == len(wire.requests)


def test_a_store_that_stays_busy_is_given_up(wire, azure):
    wire.will_answer(*[azure_error(503, "ServerBusy") for _ in range(3)])

    with pytest.raises(StoreUnavailableError):
        azure.stat("file")


@pytest.mark.parametrize("name", ["back\\slash", "control\x01", "dot.", "a/dot./b", "x" * 1025, "../up"])
def test_names_that_azure_would_change_are_refused_before_any_request(wire, azure, name):
    with pytest.raises(StoreError, match="choose another name"):
        azure.put(name, DATA, PLAIN)

    assert [] == wire.requests


def test_tags_that_azure_does_not_hold_are_refused_before_any_request(wire, azure):
    with pytest.raises(UnsupportedError, match="tags"):
        azure.put("file", DATA, ObjectTraits(tags={"who": "team@docs"}))

    assert [] == wire.requests


def test_what_a_late_abort_left_of_an_upload_does_not_stay_as_its_object(wire, azure):
    """Between our look at the blocks and their commit, another worker's abort left one byte of each."""
    wire.will_answer(open_blocks(), written(), azure_head("v1", size=1), answer(202))

    with pytest.raises(CorruptDataError, match="1 bytes instead of 5"):
        azure.finish_upload(UPLOAD, "file", PARTS, PLAIN, if_absent=True)

    assert "DELETE /acc/b/file" == wire.sent[-1]
    assert '"v1"' == wire.last.headers["If-Match"]
