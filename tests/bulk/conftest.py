"""Bulk copies between real servers, and a proxy that lies in front of one of them."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from cloudflow_lib.adapters.stores.build import build_bulk_store, build_store
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.transfer.bulk import BulkEnd, BulkItem, BulkOptions, copy_many
from tests.bulk.lying_proxy import LyingProxy
from tests.conftest import SERVERS

REMOTE = [name for name in SERVERS if name != "memory"]
FAST = ["s3-versitygw", "azure-azurite", "gcs-fake"]


class Side:
    """A fresh bucket on a server, opened both ways."""

    def __init__(self, server, bucket=None):
        self.server = server
        self.bucket = bucket or f"t{uuid4().hex}"
        if bucket is None:
            server.make_bucket(self.bucket)
        self.location = Location(
            location_id=server.name,
            provider=server.provider,
            bucket=self.bucket,
            credential_id="test",
            owner="team-docs",
            single_class=server.single_class,
        )
        self.store = self.open()

    def open(self):
        return build_store(self.location, self.credential(), self.server.secret, attempts=2)

    def credential(self, url=None):
        return Credential(
            credential_id="test",
            provider=self.server.provider,
            owner="team-docs",
            endpoint_url=url or self.server.url,
            region="us-east-1",
            account=self.server.account,
            sealed=b"",
        )

    def end(self, url=None):
        """The bucket as a bulk copy takes it; *url* leads there through a proxy."""
        credential = self.credential(url)

        def open_store():
            return build_store(self.location, credential, self.server.secret, attempts=2)

        fast = build_bulk_store(self.location, credential, self.server.secret, connections=64, open_store=open_store)
        return BulkEnd(fast=fast, open_store=open_store)

    def put(self, key, data=b"data", **traits):
        return self.store.put(key, data, ObjectTraits(**traits))

    def item(self, key, **changes):
        found = self.store.stat(key)
        item = BulkItem(source_key=key, source_version=found.version, size_bytes=found.size_bytes, target_key=key)
        return replace(item, **changes)

    def read(self, key):
        return b"".join(self.store.read(key, version=self.store.stat(key).version))


def copy_all(items, source, target, **options):
    """Copy and return the outcomes by the key of their copy."""
    outcomes = copy_many(items, source, target, BulkOptions(**options))
    return {outcome.item.target_key: outcome for outcome in outcomes}


def params(names):
    return [pytest.param(name, id=name, marks=[pytest.mark.servers]) for name in names]


@pytest.fixture(params=params(REMOTE))
def side(request):
    """A fresh bucket on each kind of server."""
    opened = Side(request.getfixturevalue(SERVERS[request.param]))
    yield opened
    opened.store.close()


@pytest.fixture(params=params(FAST))
def target(request):
    opened = Side(request.getfixturevalue(SERVERS[request.param]))
    yield opened
    opened.store.close()


@pytest.fixture
def source(versitygw):
    opened = Side(versitygw)
    yield opened
    opened.store.close()


@pytest.fixture
def lying():
    """Put a lying proxy in front of a side."""
    proxies = []

    def start(side):
        proxy = LyingProxy(side.server.url, keeps_host=side.server.provider is Provider.S3)
        proxies.append(proxy)
        return proxy

    yield start
    for proxy in proxies:
        proxy.close()
