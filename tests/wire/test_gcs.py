import json

import pytest

from cloudflow_lib.adapters.stores.checksums import base64_of_hex, crc32c
from cloudflow_lib.domain.objects import ChecksumKind, ObjectTraits, UploadedPart, UploadId
from cloudflow_lib.errors import (
    AccessDeniedError,
    BucketNotFoundError,
    CorruptDataError,
    ObjectChangedError,
    ObjectExistsError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    UnsupportedError,
)
from tests.wire.answers import answer, gcs_error, gcs_json, gcs_object

DATA = b"hello"
CRC = base64_of_hex(crc32c(DATA))
OTHER_CRC = base64_of_hex(crc32c(b"other"))
PLAIN = ObjectTraits(content_type="text/plain")
UPLOAD = UploadId("u")
PART = ".cloudflow-uploads/u/00001"
PARTS = [UploadedPart(number=1, size_bytes=5, tag="7", checksums={ChecksumKind.CRC32C: crc32c(DATA)})]

CALLS = {
    "check_access": lambda store: store.check_access(),
    "list": lambda store: list(store.list_pages()),
    "stat": lambda store: store.stat("file"),
    "traits": lambda store: store.traits("file"),
    "read": lambda store: b"".join(store.read("file", version="7")),
    "put": lambda store: store.put("file", DATA, PLAIN),
    "upload": lambda store: store.begin_upload("file", PLAIN),
    "copy": lambda store: store.copy_within("file", "to", version="7"),
    "delete": lambda store: store.delete("file", if_version="7"),
}


def listed_parts():
    manifest = {"name": ".cloudflow-uploads/u/manifest", "generation": "1", "size": "0", "metadata": {"key": "file"}}
    part = {"name": PART, "generation": "7", "size": "5", "crc32c": CRC}
    return gcs_json(items=[part, manifest])


def rewritten(**fields):
    resource = {"name": "file", "generation": "8", "size": "5", "updated": "2026-11-23T12:00:00Z", "crc32c": CRC}
    return gcs_json(done=True, totalBytesRewritten="5", objectSize="5", resource=resource | fields)


def body_of(request):
    return json.loads(request.data)


@pytest.fixture(autouse=True)
def _known_bucket(gcs):
    gcs._is_bucket_seen = True


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_named(wire, gcs, call, status):
    wire.will_answer(gcs_error(status, "forbidden"))

    with pytest.raises(AccessDeniedError, match="check the location's credential"):
        call(gcs)


def test_a_write_carries_its_crc32c_and_traits(wire, gcs):
    wire.will_answer(gcs_object(generation="8", crc32c=CRC, storageClass="NEARLINE"))
    traits = ObjectTraits(
        content_type="text/csv",
        metadata={"Any Key": " any välue "},
        headers={"content-encoding": "gzip"},
        storage_class="NEARLINE",
    )

    info = gcs.put("a folder/x?.csv", DATA, traits, if_absent=True)

    assert ("POST", "multipart", "0") == (
        wire.last.method,
        wire.last.args["uploadType"],
        wire.last.args["ifGenerationMatch"],
    )
    sent = json.loads(wire.last.data.split(b"\r\n\r\n")[1].split(b"\r\n--")[0])
    expected = {
        "name": "a folder/x?.csv",
        "crc32c": CRC,
        "metadata": {"Any Key": " any välue "},
        "contentEncoding": "gzip",
        "storageClass": "NEARLINE",
    }
    assert expected == {name: sent[name] for name in expected}
    assert {ChecksumKind.CRC32C: crc32c(DATA)} == dict(info.checksums)


def test_a_checksum_that_google_refuses_is_corrupt_data(wire, gcs):
    message = "Provided CRC32C doesn't match calculated CRC32C"
    wire.will_answer(gcs_error(400, "invalid", message))

    with pytest.raises(CorruptDataError):
        gcs.put("file", DATA, PLAIN)


def test_another_checksum_in_the_answer_is_corrupt_data_and_the_object_goes(wire, gcs):
    wire.will_answer(gcs_object(generation="8", crc32c=OTHER_CRC), answer(204))

    with pytest.raises(CorruptDataError):
        gcs.put("file", DATA, PLAIN)

    assert ("DELETE", "8") == (wire.last.method, wire.last.args["ifGenerationMatch"])


def test_a_create_whose_answer_was_lost_recognises_itself(wire, gcs):
    wire.will_answer(gcs_error(503), gcs_error(412), gcs_object(generation="8", crc32c=CRC))

    assert "8" == gcs.put("file", DATA, PLAIN, if_absent=True).version


def test_a_repeated_create_does_not_claim_what_others_wrote(wire, gcs):
    wire.will_answer(gcs_error(503), gcs_error(412), gcs_object(generation="8", crc32c=OTHER_CRC))

    with pytest.raises(ObjectExistsError):
        gcs.put("file", DATA, PLAIN, if_absent=True)


def test_a_delete_names_the_generation_it_means(wire, gcs):
    wire.will_answer(gcs_object(), answer(204))

    assert gcs.delete("a/b c", if_version="7") is True
    assert "DELETE" == wire.last.method
    assert "/o/a%2Fb%20c?" in wire.sent[-1]
    assert "7" == wire.last.args["ifGenerationMatch"]


def test_a_repeated_create_that_finds_nothing_keeps_its_own_error(wire, gcs):
    wire.will_answer(gcs_error(503), gcs_error(412), gcs_error(404))

    with pytest.raises(ObjectExistsError):
        gcs.put("file", DATA, PLAIN, if_absent=True)


def test_a_delete_whose_answer_was_lost_is_done(wire, gcs):
    wire.will_answer(gcs_object(), gcs_error(503), gcs_error(412), gcs_error(404))

    assert gcs.delete("file", if_version="7") is True


def test_a_delete_that_meets_another_generation_is_refused(wire, gcs):
    wire.will_answer(gcs_object(), gcs_error(412), gcs_object(generation="8"))

    with pytest.raises(ObjectChangedError):
        gcs.delete("file", if_version="7")


def test_another_class_is_a_rewrite_under_two_conditions(wire, gcs):
    moving = gcs_json(done=False, rewriteToken="t", totalBytesRewritten="2", objectSize="5")
    found = gcs_object(crc32c=CRC, metadata={"team": "docs"}, contentEncoding="gzip")
    wire.will_answer(found, moving, rewritten(storageClass="COLDLINE"))

    info = gcs.change_class("file", "COLDLINE", version="7")

    first, second = wire.requests[1:]
    assert "/o/file/rewriteTo/b/b/o/file" in wire.sent[1]
    for request in (first, second):
        assert ("7", "7") == (request.args["ifGenerationMatch"], request.args["ifSourceGenerationMatch"])
        sent = body_of(request)
        assert ("COLDLINE", {"team": "docs"}, "gzip") == (
            sent["storageClass"],
            sent["metadata"],
            sent["contentEncoding"],
        )
    assert "t" == second.args["rewriteToken"]
    assert ("8", "COLDLINE") == (info.version, info.storage_class)


def test_an_object_that_changes_under_a_class_change_survives(wire, gcs):
    wire.will_answer(gcs_object(crc32c=CRC), gcs_error(412))

    with pytest.raises(ObjectChangedError):
        gcs.change_class("file", "COLDLINE", version="7")


def test_a_class_change_whose_answer_was_lost_recognises_itself(wire, gcs):
    changed = gcs_object(generation="8", crc32c=CRC, storageClass="COLDLINE")
    wire.will_answer(gcs_object(crc32c=CRC), gcs_error(503), gcs_error(412), changed)

    assert "8" == gcs.change_class("file", "COLDLINE", version="7").version


def test_a_store_that_keeps_the_old_class_is_not_believed(wire, gcs):
    wire.will_answer(gcs_object(crc32c=CRC), rewritten(storageClass="STANDARD"))

    with pytest.raises(UnsupportedError, match="STANDARD"):
        gcs.change_class("file", "COLDLINE", version="7")


def test_a_copy_into_another_class_sends_all_metadata(wire, gcs):
    found = gcs_object("from", crc32c=CRC, metadata={"team": "docs"}, cacheControl="no-cache")
    wire.will_answer(found, gcs_error(404), rewritten(name="to", storageClass="NEARLINE"))

    info = gcs.copy_within("from", "to", version="7", source_bucket="other", storage_class="NEARLINE", if_absent=True)

    assert "/b/other/o/from/rewriteTo/b/b/o/to" in wire.sent[2]
    assert ("0", "7") == (wire.last.args["ifGenerationMatch"], wire.last.args["ifSourceGenerationMatch"])
    sent = body_of(wire.last)
    assert ("NEARLINE", {"team": "docs"}, "no-cache", "text/plain") == (
        sent["storageClass"],
        sent["metadata"],
        sent["cacheControl"],
        sent["contentType"],
    )
    assert "NEARLINE" == info.storage_class


@pytest.mark.parametrize(("generation", "expected"), [("7", ObjectExistsError), ("9", ObjectChangedError)])
def test_a_refused_create_only_copy_tells_which_condition_failed(wire, gcs, generation, expected):
    wire.will_answer(gcs_object("from"), gcs_error(404), gcs_error(412), gcs_object("from", generation))

    with pytest.raises(expected):
        gcs.copy_within("from", "to", version="7", if_absent=True)


def test_a_join_pins_its_parts_and_creates_only(wire, gcs):
    joined = gcs_object(generation="9", crc32c=CRC, componentCount=1)
    empty = gcs_json(items=[])
    wire.will_answer(listed_parts(), gcs_error(404), joined, empty)

    gcs.finish_upload(UPLOAD, "file", PARTS, PLAIN, if_absent=True)

    request = wire.requests[2]
    assert "/o/file/compose" in wire.sent[2]
    assert "0" == request.args["ifGenerationMatch"]
    (source,) = body_of(request)["sourceObjects"]
    assert (PART, "7") == (source["name"], str(source["objectPreconditions"]["ifGenerationMatch"]))


def test_a_join_that_meets_an_object_is_refused(wire, gcs):
    wire.will_answer(listed_parts(), gcs_error(404), gcs_error(412))

    with pytest.raises(ObjectExistsError):
        gcs.finish_upload(UPLOAD, "file", PARTS, PLAIN, if_absent=True)


@pytest.mark.parametrize("storage_class", ["STANDARD", "NEARLINE"])
def test_a_join_names_the_generation_that_it_replaces(wire, gcs, storage_class):
    whole = [gcs_object(".cloudflow-uploads/u/whole", "9", crc32c=CRC)] if storage_class == "NEARLINE" else []
    wire.will_answer(listed_parts(), *whole, gcs_error(412))

    with pytest.raises(ObjectChangedError):
        gcs.finish_upload(UPLOAD, "file", PARTS, ObjectTraits(storage_class=storage_class), if_version="3")

    assert "3" == wire.last.args["ifGenerationMatch"]


def test_a_join_whose_answer_was_lost_recognises_itself(wire, gcs):
    joined = gcs_object(generation="9", crc32c=CRC)
    wire.will_answer(listed_parts(), gcs_error(404), gcs_error(503), gcs_error(412), joined, gcs_json(items=[]))

    assert "9" == gcs.finish_upload(UPLOAD, "file", PARTS, PLAIN, if_absent=True).version


def test_a_join_into_another_class_is_composed_first_and_rewritten_then(wire, gcs):
    whole = gcs_object(".cloudflow-uploads/u/whole", "9", crc32c=CRC)
    wire.will_answer(listed_parts(), whole, gcs_error(404), rewritten(storageClass="NEARLINE"), gcs_json(items=[]))
    traits = ObjectTraits(content_type="text/csv", metadata={"team": "docs"}, storage_class="NEARLINE")

    info = gcs.finish_upload(UPLOAD, "file", PARTS, traits, if_absent=True)

    assert "whole/compose" in wire.sent[1].replace("%2F", "/")
    assert "rewriteTo/b/b/o/file" in wire.sent[3]
    assert ("0", "9") == (
        wire.requests[3].args["ifGenerationMatch"],
        wire.requests[3].args["ifSourceGenerationMatch"],
    )
    sent = body_of(wire.requests[3])
    assert ("NEARLINE", {"team": "docs"}, "text/csv") == (sent["storageClass"], sent["metadata"], sent["contentType"])
    assert "NEARLINE" == info.storage_class


def test_parts_of_uploads_are_no_objects(wire, gcs):
    wire.will_answer(
        gcs_json(items=[{"name": PART, "generation": "7", "size": "5", "updated": "2026-11-23T12:00:00Z"}])
    )

    assert [] == list(gcs.list_pages())


def test_a_busy_store_is_asked_again(wire, gcs):
    wire.will_answer(gcs_error(503), gcs_error(429, "rateLimitExceeded", Retry_After="0"), gcs_object(crc32c=CRC))

    assert "7" == gcs.put("file", DATA, PLAIN).version


def test_a_store_that_stays_busy_is_given_up(wire, gcs):
    wire.will_answer(*[gcs_error(403, "rateLimitExceeded") for _ in range(3)])

    with pytest.raises(StoreUnavailableError):
        gcs.stat("file")


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (403, "quotaExceeded", StoreFullError),
        (403, "forbidden", AccessDeniedError),
        (507, "because", StoreFullError),
        (400, "invalid", StoreError),
    ],
)
def test_a_permanent_refusal_is_named_and_not_repeated(wire, gcs, status, reason, expected):
    wire.will_answer(gcs_error(status, reason))

    with pytest.raises(expected, match=r"^b/file: ") as caught:
        gcs.put("file", DATA, PLAIN)

    assert type(caught.value) is expected
    assert 1 == len(wire.requests)


def test_a_missing_bucket_is_told_from_a_missing_object(wire, gcs):
    wire.will_answer(gcs_error(404, "notFound", "The specified bucket does not exist."))

    with pytest.raises(BucketNotFoundError):
        gcs.put("file", DATA, PLAIN)
