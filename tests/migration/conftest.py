"""A bench: two places in memory, a catalogue, a clock that stands still, and a mailbox."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.stores.bulk_sdk import SdkBulk
from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.events import FileDiscovered
from cloudflow_lib.domain.facts import file_data
from cloudflow_lib.domain.files import CatalogFile, file_id_at
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.transfer.bulk import BulkEnd
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.services import Services

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Mailbox:
    mails: list = field(default_factory=list)

    def send(self, mail):
        self.mails.append(mail)


@dataclass
class Bench:
    catalog: MemoryCatalog
    stores: dict
    mailbox: Mailbox
    now: datetime = NOW
    part_bytes: int = 64 * 1024

    @property
    def services(self):
        return Services(
            catalog=self.catalog,
            open_store=self.stores.__getitem__,
            open_end=lambda name: end_of(self.stores[name]),
            patience_seconds=0.0,
            mailer=self.mailbox,
            clock=lambda: self.now,
            admins=frozenset({"admin"}),
            mail_domain="example.test",
            part_bytes=self.part_bytes,
            streams_per_object=3,
        )

    def wired(self, tripwire):
        """The same world behind a wire that breaks."""
        stores = {name: tripwire.wrap(store) for name, store in self.stores.items()}
        return replace(
            self.services,
            catalog=tripwire.wrap(self.catalog),
            open_store=stores.__getitem__,
            open_end=lambda name: end_of(stores[name]),
        )

    def put_file(self, key, data, *, location="here", owner="team-docs", traits=None):
        info = self.stores[location].put(
            key, data, traits or ObjectTraits(content_type="text/plain", metadata={"a": "b"})
        )
        file = CatalogFile(
            file_id=file_id_at(location, key),
            owner=owner,
            location_id=location,
            key=key,
            size_bytes=len(data),
            version=info.version,
            storage_class=info.storage_class,
            modified_at=info.modified_at,
            tier_since=self.now,
            first_seen_at=self.now,
        )
        event = FileDiscovered(subject=file.file_id, user=owner, data=file_data(file))
        self.catalog.insert_files([(file, event)])
        return file

    def open(self, *files, batch="run-1", user="team-docs", **request):
        values = {"file_ids": [file.file_id for file in files], "destination_location": "there", **request}
        return open_migrations(batch, user, values, self.services)

    def content(self, file_id):
        """What a reader of the file gets now, wherever the catalogue says it lies."""
        file = self.catalog.file(file_id)
        store = self.stores[file.location_id]
        return b"".join(store.read(file.key, version=store.stat(file.key).version))

    def keys(self, location):
        return [info.key for page in self.stores[location].list_pages() for info in page]

    def events(self):
        found = []
        while self.catalog.drain_outbox(found.extend):
            pass
        return found

    def later(self, **delta):
        self.now += timedelta(**delta)


def end_of(store):
    return BulkEnd(fast=SdkBulk(store), open_store=lambda: store)


@pytest.fixture
def bench():
    return build_bench()


def build_bench(**servers):
    """Return a fresh bench: `here` and `there` in memory, or on the servers given for them."""
    catalog = MemoryCatalog()
    catalog.prepare()
    stores = {}
    for name in ("here", "there"):
        server = servers.get(name)
        provider = server.provider if server else Provider.MEMORY
        catalog.save_credential(Credential(credential_id=name, provider=provider, owner="admin", sealed=b""))
        catalog.save_location(
            Location(
                location_id=name,
                provider=provider,
                bucket=name,
                credential_id=name,
                owner="admin",
                owners={"": "team-docs"} if name == "there" else {},
                single_class=server.single_class if server else False,
            ),
        )
        stores[name] = server.open_fresh() if server else MemoryStore(f"{name}-{uuid4()}")
    return Bench(catalog=catalog, stores=stores, mailbox=Mailbox())
