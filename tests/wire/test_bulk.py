"""The fast path hears what no store of its kind says: nothing counts as written that was not said to be."""

import asyncio
import json

import pytest

from cloudflow_lib.adapters.stores.bulk_azure import AzureBulk
from cloudflow_lib.adapters.stores.bulk_gcs import GcsBulk
from cloudflow_lib.adapters.stores.bulk_s3 import S3Bulk
from cloudflow_lib.adapters.stores.s3_signing import S3Keys
from cloudflow_lib.adapters.stores.s3_wire import FROM_BYTES
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import StoreError
from tests.wire.answers import answer

DATA = bytes(FROM_BYTES)
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


async def write(fast):
    try:
        return await fast.put_new("file", DATA, ObjectTraits())
    finally:
        await fast.aclose()


@pytest.mark.parametrize(("fast", "status"), [("s3", 201), ("azure", 200), ("gcs", 201)], indirect=["fast"])
def test_a_write_worked_only_if_its_store_says_so_in_its_own_way(wire, fast, status):
    wire.will_answer(answer(status, TOLD, ETag='"v1"'))

    with pytest.raises(StoreError, match=f"HTTP {status}"):
        asyncio.run(write(fast))
