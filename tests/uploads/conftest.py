"""A place where users may send files to: on every store the platform knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.domain.incoming import UploadLimits
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.workflows.services import Services
from tests.conftest import SERVERS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PART = 5 * 1024 * 1024
"""The smallest that S3 takes."""


@dataclass
class Place:
    catalog: MemoryCatalog
    services: Services
    store: object

    def keys(self):
        return [info.key for page in self.store.list_pages() for info in page]

    def content(self, file):
        return b"".join(self.store.read(file.key, version=file.version))

    def events(self):
        found = []
        while self.catalog.drain_outbox(found.extend):
            pass
        return found

    def open_uploads(self):
        return [*self.store.list_uploads(), *self.catalog.open_uploads()]


def place_on(server, catalog=None, *, now=lambda: NOW, wrap=lambda store: store):
    catalog = catalog or MemoryCatalog()
    catalog.save_credential(Credential(credential_id="c", provider=server.provider, owner="admin", sealed=b""))
    catalog.save_location(
        Location(
            location_id="main",
            provider=server.provider,
            bucket="b",
            prefix="in/",
            credential_id="c",
            owner="team-data",
            owners={"in/docs/": "team-docs", "in/docs/open/": "team-docs"},
            single_class=server.single_class,
        )
    )
    store = server.open_fresh()
    services = Services(
        catalog=catalog,
        open_store=lambda _name: wrap(store),
        mailer=None,
        clock=now,
        admins=frozenset({"admin"}),
        upload_limits=UploadLimits(max_bytes=4 * PART, max_resumable_bytes=5 * PART, part_bytes=PART),
    )
    return Place(catalog, services, store)


@pytest.fixture(params=[pytest.param(name, marks=[] if name == "memory" else pytest.mark.servers) for name in SERVERS])
def place(request):
    return place_on(request.getfixturevalue(SERVERS[request.param]))


@pytest.fixture
def memory_place(memory_server):
    return place_on(memory_server)
