"""The fast path hears what no store of its kind says: nothing counts as written that was not said to be."""

import asyncio
import base64
import json

import pytest

from cloudflow_lib.adapters.stores.bulk_azure import AzureBulk
from cloudflow_lib.adapters.stores.bulk_gcs import GcsBulk
from cloudflow_lib.adapters.stores.bulk_s3 import S3Bulk
from cloudflow_lib.adapters.stores.plain import FROM_BYTES
from cloudflow_lib.adapters.stores.s3 import S3Store
from cloudflow_lib.adapters.stores.s3_signing import S3Keys
from cloudflow_lib.domain.objects import ChecksumKind, ObjectTraits
from cloudflow_lib.errors import ObjectChangedError, StoreError
from tests.wire.answers import answer
from tests.wire.raw import reply
from tests.wire.test_listings import s3_page

DATA = bytes(FROM_BYTES)
MD5 = "5d41402abc4b2a76b9719d911017c592"
CRC64 = "AAAAAAAAAAE="
TOLD = json.dumps({"generation": "1"})


@pytest.fixture
def fast(wire, request):
    common = {"connections": 4, "open_lister": None}
    match request.param:
        case "s3":
            keys = S3Keys(access_key_id="k", secret_access_key="s")
            return S3Bulk(bucket="b", endpoint_url=wire.url, region=None, keys=keys, single_class=False, **common)
        case "azure":
            url = wire.url.rstrip("/") + "/acc"
            return AzureBulk(container="b", account="acc", account_key="a2V5", sas=None, endpoint_url=url, **common)
        case _:
            return GcsBulk(bucket="b", service_account=None, endpoint_url=wire.url, single_class=False, **common)


async def write(fast, **told):
    try:
        return await fast.put_new("file", DATA, ObjectTraits(), **told)
    finally:
        await fast.aclose()


@pytest.mark.parametrize(("fast", "status"), [("s3", 201), ("azure", 200), ("gcs", 201)], indirect=["fast"])
def test_a_write_worked_only_if_its_store_says_so_in_its_own_way(wire, fast, status):
    wire.will_answer(answer(status, TOLD, ETag='"v1"'))

    with pytest.raises(StoreError, match=f"HTTP {status}"):
        asyncio.run(write(fast))


@pytest.mark.parametrize("fast", ["s3"], indirect=True)
def test_where_s3_answers_the_md5_of_the_source_it_is_asked_for_nothing_else(wire, fast):
    wire.will_answer(answer(ETag=f'"{MD5}"'))

    stored = asyncio.run(write(fast, source_md5=MD5))

    assert (MD5, MD5) == (stored.version, stored.perhaps_md5)
    [put] = wire.requests
    assert "PUT" == put.method
    assert not {"content-md5", "x-amz-checksum-crc64nvme"} & {name.lower() for name, _ in put.headers}


@pytest.mark.parametrize("fast", ["s3"], indirect=True)
@pytest.mark.parametrize("source_md5", [MD5, None])
def test_where_s3_answers_something_else_it_is_asked_for_the_checksum_it_keeps(wire, fast, source_md5):
    etag = "0" * 32
    wire.will_answer(answer(ETag=f'"{etag}"'), answer(ETag=f'"{etag}"', x_amz_checksum_crc64nvme=CRC64))

    stored = asyncio.run(write(fast, source_md5=source_md5))

    assert {ChecksumKind.CRC64NVME: base64.b64decode(CRC64).hex()} == stored.checksums
    put, head = wire.requests
    assert ("PUT", "HEAD", f'"{etag}"') == (put.method, head.method, head.headers["If-Match"])
    assert (source_md5 is None) == ("x-amz-checksum-crc64nvme" in put.headers)


@pytest.mark.parametrize("fast", ["s3"], indirect=True)
@pytest.mark.parametrize("source_md5", [MD5, None])
@pytest.mark.parametrize("told", [{"ETag": f'"{MD5}"'}, {}], ids=["another", "none"])
def test_what_s3_tells_of_another_version_is_not_taken_for_what_was_written(wire, fast, source_md5, told):
    """A server that does not mind the condition of a HEAD tells whatever lies there by now."""
    wire.will_answer(answer(ETag=f'"{"0" * 32}"'), answer(x_amz_checksum_crc64nvme=CRC64, **told))

    with pytest.raises(ObjectChangedError, match=r"b/file.*0{32}"):
        asyncio.run(write(fast, source_md5=source_md5))


def test_a_listing_that_breaks_off_goes_on_with_the_sdk(server):
    first, second = (
        s3_page(names, token=token).get_data() for names, token in ((("a", "STANDARD"), "t"), (("b", "STANDARD"), None))
    )
    keys = {"access_key_id": "k", "secret_access_key": "s"}
    server.will_say(reply("200 OK", first, keeps=True))
    server.will_say(reply("200 OK", second, length=len(second) + 1))
    server.will_say(reply("200 OK", second))
    sdk = S3Store(bucket="b", endpoint_url=server.url, **keys)
    fast = S3Bulk(
        bucket="b",
        endpoint_url=server.url,
        region=None,
        keys=S3Keys(**keys),
        single_class=False,
        connections=4,
        open_lister=lambda: sdk,
    )

    assert ["a", "b"] == [info.key for page in fast.list_pages() for info in page]
    assert "start-after=a" in server.heads[2]
    sdk.close()
