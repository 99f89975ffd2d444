"""The world of one run: two places, a catalogue, a clock that jumps, and an owner who changes the files."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from benchmarks._faults_buckets import Bucket, Endpoint, bucket_at
from benchmarks._faults_case import Case
from cloudflow_lib.adapters.stores.build import build_store
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.domain.migrations import ENDED, MigrationState
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.errors import CatalogUnavailableError
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.ports.mail import Mail
from cloudflow_lib.ports.stores import ObjectStore, StoreOpener
from cloudflow_lib.testing.faults import FaultyWire
from cloudflow_lib.testing.tripwire import Wired
from cloudflow_lib.workflows.scan_location import scan_location
from cloudflow_lib.workflows.services import Services

OWNER = "team-docs"


@dataclass(slots=True)
class Story:
    """What the owner of one file did with it."""

    key: str
    versions: list[bytes]
    """Everything the owner wrote, oldest first; the first is what the run was asked to move."""
    is_deleted: bool = False
    stranger: bytes | None = None
    """What somebody else wrote under the file's name at the destination."""
    stranger_came_late: bool = False
    """It overwrote the file itself, after the catalogue had switched: nobody could protect that one."""


@dataclass
class Mailbox:
    """Takes mails; what they say is tested elsewhere."""

    mails: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        """Keep *mail*."""
        self.mails.append(mail)


class World:
    """Everything of one run but what breaks in it."""

    def __init__(
        self, case: Case, endpoints: Mapping[Provider, Endpoint], seen: Mapping[Provider, Endpoint], catalog: Catalog
    ) -> None:
        self.case = case
        self.catalog = catalog
        self.jumped = timedelta()
        self.mailbox = Mailbox()
        chance = random.Random(f"data/{case.name}")  # noqa: S311 - repeatable, not secret
        self.chance = chance
        self.stories = [
            Story(key=f"team/file {number}.bin", versions=[chance.randbytes(size)])
            for number, size in enumerate(case.sizes)
        ]
        self.names = {"here": f"f{case.name}-here", "there": f"f{case.name}-there"}
        providers = {"here": case.source, "there": case.target}
        self.buckets: dict[str, Bucket] = {
            place: bucket_at(endpoints[providers[place]], self.names[place]) for place in self.names
        }
        self._seen = {place: seen[providers[place]] for place in self.names}
        self.stores: dict[str, ObjectStore] = {}
        self.listed: dict[str, Sequence[ObjectInfo]] = {}

    def prepare(self) -> None:
        """Make the buckets, write the files and tell the catalogue about the two places."""
        for bucket in self.buckets.values():
            bucket.make()
        for story in self.stories:
            self.buckets["here"].put(story.key, story.versions[0])
        for place in self.names:
            self.catalog.save_credential(self._credential(place))
            self.catalog.save_location(self._location(place))

    def open(self) -> None:
        """Open both stores, as a process does."""
        for place in self.names:
            secret = self._seen[place].secret
            self.stores[place] = build_store(self._location(place), self._credential(place), secret, attempts=3)

    def close(self) -> None:
        """Give back what `open` took."""
        for store in self.stores.values():
            store.close()

    def _account(self, place: str) -> str:
        return "one" if self.case.same_account else place

    def _credential(self, place: str) -> Credential:
        seen = self._seen[place]
        return Credential(
            credential_id=self._account(place),
            provider=seen.provider,
            owner=OWNER,
            endpoint_url=seen.url or None,
            region="us-east-1",
            account=seen.account or None,
            sealed=b"",
        )

    def _location(self, place: str) -> Location:
        return Location(
            location_id=place,
            provider=self._seen[place].provider,
            bucket=self.names[place],
            credential_id=self._account(place),
            owner=OWNER,
            single_class=self._seen[place].single_class,
        )

    def now(self) -> datetime:
        """Return the time as the platform's clock shows it."""
        return datetime.now(UTC) + self.jumped

    def services(self, wire: FaultyWire | None = None) -> Services:
        """Return the world as workflows see it, behind *wire* if there is one."""
        stores: Mapping[str, ObjectStore] = self.stores
        catalog = self.catalog
        if wire:
            stores = {place: wire.wrap(store) for place, store in self.stores.items()}
            catalog = wire.wrap(catalog, error=CatalogUnavailableError)
        return Services(
            catalog=catalog,
            open_store=opener(stores),
            mailer=self.mailbox,
            clock=self.now,
            part_bytes=self.case.part_bytes,
            streams_per_object=self.case.streams,
        )

    def scan(self, services: Services) -> None:
        """Bring the catalogue up to date with both places."""
        for place in self.names:
            scan_location(place, catalog=services.catalog, open_store=services.open_store, clock=services.clock)

    def file_ids(self) -> list[str]:
        """Return the ids of the files that lie where they were written."""
        return sorted(self.catalog.file_ids_at("here", [story.key for story in self.stories]).values())

    def remember_listings(self) -> None:
        """Keep what both places list now, for a scan that sees nothing newer."""
        for place, store in self.stores.items():
            self.listed[place] = [info for page in store.list_pages() for info in page]

    def hooks(self) -> Mapping[str, Callable[[], None]]:
        """Return what others may do between two calls of the engine."""
        return {
            "overwrite": self._overwrite,
            "delete": self._delete,
            "stranger": self._put_stranger,
            "jump": self._jump,
            "scan": self._scan_stale,
        }

    def _overwrite(self) -> None:
        story = self.chance.choice(self.stories)
        size = len(story.versions[0]) if self.chance.random() < 1 / 2 else self.chance.randrange(5000)
        story.versions.append(self.chance.randbytes(max(size, 9)))
        story.is_deleted = False
        self.buckets["here"].put(story.key, story.versions[-1])

    def _delete(self) -> None:
        story = self.chance.choice(self.stories)
        story.is_deleted = True
        self.buckets["here"].delete(story.key)

    def _put_stranger(self) -> None:
        story = self.chance.choice(self.stories)
        moves = [move for batch in ("run-1", "run-2") for move in self.catalog.batch(batch)]
        switched = {MigrationState.SWITCHED, MigrationState.DONE}
        story.stranger_came_late = any(move.state in switched and move.destination.key == story.key for move in moves)
        story.stranger = self.chance.randbytes(99)
        self.buckets["there"].put(story.key, story.stranger)

    def _jump(self) -> None:
        self.jumped += self.case.jump

    def _scan_stale(self) -> None:
        services = self.services()

        stale = {place: _with_listing(store, self.listed[place]) for place, store in self.stores.items()}
        self.scan(replace(services, open_store=opener(stale)))

    def pass_time(self, **delta: float) -> None:
        """Let the platform's clock go on."""
        self.jumped += timedelta(**delta)

    def is_over(self, batch: str) -> bool:
        """Return whether every migration of the batch has ended."""
        return all(move.state in ENDED for move in self.catalog.batch(batch))


def opener(stores: Mapping[str, ObjectStore]) -> StoreOpener:
    """Return a function that opens the store of a place."""

    def open_store(location_id: str) -> ObjectStore:
        return stores[location_id]

    return open_store


def _with_listing(store: ObjectStore, infos: Sequence[ObjectInfo]) -> ObjectStore:
    """Return *store*, but for its listings: they show *infos*, whatever lies there."""

    def listed(*_args: object, **_named: object) -> Iterator[Sequence[ObjectInfo]]:
        return iter([infos])

    return cast("ObjectStore", Wired(store, lambda name, call: listed if name == "list_pages" else call))


@contextmanager
def world_of(
    case: Case, endpoints: Mapping[Provider, Endpoint], seen: Mapping[Provider, Endpoint], catalog: Catalog
) -> Iterator[World]:
    """Yield a prepared world and take it down afterwards."""
    world = World(case, endpoints, seen, catalog)
    world.prepare()
    world.open()
    try:
        yield world
    finally:
        world.close()
        for bucket in world.buckets.values():
            bucket.clear()
