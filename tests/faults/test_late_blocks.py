"""Blocks of a second worker that land behind a commit: no listing shows them, and they cost for a week."""

import pytest

from benchmarks._faults_buckets import Endpoint, bucket_at
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ObjectTraits

DATA = bytes(1000)


@pytest.mark.servers
def test_an_abort_empties_blocks_that_landed_behind_a_commit(azurite):
    store = azurite.open_fresh()
    upload = store.begin_upload("file", ObjectTraits())
    part = store.put_part(upload, "file", 1, DATA)
    info = store.finish_upload(upload, "file", [part], ObjectTraits())
    bucket = bucket_at(Endpoint(Provider.AZURE, azurite.url, azurite.account, azurite.secret), store.bucket)
    store.put_part(upload, "file", 2, DATA)
    assert 1 == bucket.unfinished()

    store.abort_upload(upload, "file")

    assert 0 == bucket.unfinished()
    assert DATA == b"".join(store.read("file", version=info.version))
    store.close()
