"""What a scan promises, on real catalogues."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.domain.migrations import Address, Migration
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import NotFoundError, StoreError, StoreUnavailableError
from cloudflow_lib.workflows.scan_location import scan_location
from tests.catalog.examples import copied, drain


class World:
    """Two locations, their stores, and a clock that only goes forward."""

    def __init__(self, catalog):
        self.catalog = catalog
        self.now = datetime.now(UTC)
        self.stores = {name: MemoryStore(f"{name}-{uuid4().hex}") for name in ("here", "there")}
        for name in self.stores:
            catalog.save_location(
                Location(location_id=name, provider=Provider.MEMORY, bucket=name, credential_id="c", owner="team-docs")
            )

    def put(self, *keys, place="here", data=b"data"):
        for key in keys:
            self.stores[place].put(key, data, ObjectTraits())

    def scan(self, place="here", store=None):
        """Scan and return the counts that are not zero."""
        self.now += timedelta(minutes=1)
        report = asdict(
            scan_location(
                place, catalog=self.catalog, open_store=lambda name: store or self.stores[name], clock=lambda: self.now
            )
        )
        assert report.pop("seconds") >= 0
        return {name: count for name, count in report.items() if count}

    def keys(self, place="here", state=FileState.PRESENT):
        return [file.key for file in self.catalog.files_between(place, None, None) if file.state is state]

    def migrate(self, key):
        """Take a migration of *key* from here to there to the point before the switch, and return it."""
        [file] = [file for file in self.catalog.files_between("here", None, None) if file.key == key]
        version = self.stores["there"].put(key, b"data", ObjectTraits()).version
        source = Address(location_id="here", key=key, version=file.version, storage_class=file.storage_class)
        migration = Migration(
            migration_id=uuid4().hex,
            batch_id=uuid4().hex,
            file_id=file.file_id,
            owner=file.owner,
            requested_by=file.owner,
            source=source,
            destination=replace(source, location_id="there"),
            size_bytes=file.size_bytes,
        )
        self.catalog.open_batch(migration.batch_id, [migration])
        return copied(migration, version)


@pytest.fixture
def world(catalog):
    return World(catalog)


class Broken:
    """A store whose listing breaks off behind *pages*."""

    def __init__(self, store, error, pages=1, page_size=2):
        self.store, self.error, self.pages, self.page_size = store, error, pages, page_size

    def list_pages(self, prefix="", *, after=None):
        found = [info for page in self.store.list_pages(prefix, after=after) for info in page]
        for number in range(self.pages):
            yield found[number * self.page_size : (number + 1) * self.page_size]
        raise self.error


def told(events):
    return sorted((event.type.split(".")[3], event.data.key) for event in events)


def test_a_scan_finds_what_is_new_changed_gone_and_back(world):
    world.put("a", "b", "c")
    assert {"seen": 3, "added": 3} == world.scan()
    assert [("discovered", "a"), ("discovered", "b"), ("discovered", "c")] == told(drain(world.catalog))

    world.put("b", data=b"other")
    world.put("d")
    world.stores["here"].delete("c")
    assert {"seen": 3, "added": 1, "changed": 1, "vanished": 1, "unchanged": 1} == world.scan()
    assert [("changed", "b"), ("discovered", "d"), ("vanished", "c")] == told(drain(world.catalog))
    assert (["a", "b", "d"], ["c"]) == (world.keys(), world.keys(state=FileState.VANISHED))

    world.put("c")
    assert {"seen": 4, "returned": 1, "unchanged": 3} == world.scan()
    assert [("changed", "c")] == told(drain(world.catalog))


def test_a_class_change_is_found(world):
    world.put("a")
    world.scan()
    version = world.stores["here"].stat("a").version
    world.stores["here"].change_class("a", "COLD", version=version)

    assert {"seen": 1, "changed": 1} == world.scan()
    assert "COLD" == world.catalog.files_between("here", None, None)[0].storage_class


@pytest.mark.servers
def test_a_rescan_of_an_unchanged_location_writes_nothing(mongo_catalog):
    world = World(mongo_catalog)
    world.put(*(f"{number:04d}" for number in range(2500)))
    world.scan()
    drain(mongo_catalog)
    before = _writes(mongo_catalog)

    assert {"seen": 2500, "unchanged": 2500} == world.scan()
    assert before == _writes(mongo_catalog)


def _writes(catalog):
    counters = catalog._client.admin.command("serverStatus")["opcounters"]
    return {name: counters[name] for name in ("insert", "update", "delete")}


def test_a_listing_that_breaks_off_marks_nothing_behind_the_break(world):
    world.put(*"abcdef")
    world.scan()
    for key in "bf":
        world.stores["here"].delete(key)
    with pytest.raises(StoreUnavailableError):
        world.scan(store=Broken(world.stores["here"], StoreUnavailableError("busy")))

    assert list("acdef") == world.keys()
    assert {"seen": 4, "unchanged": 4, "vanished": 1} == world.scan()
    assert list("acde") == world.keys()


def test_a_listing_that_breaks_off_at_once_marks_nothing(world):
    world.put("a", "b")
    world.scan()
    with pytest.raises(StoreUnavailableError):
        world.scan(store=Broken(world.stores["here"], StoreUnavailableError("busy"), pages=0))

    assert ["a", "b"] == world.keys()


def test_a_listing_out_of_order_is_refused(world):
    world.put("a", "b")
    world.scan()

    class Shuffled:
        def list_pages(self, prefix="", *, after=None):
            [page] = world.stores["here"].list_pages(prefix, after=after)
            yield page[1:]
            yield page[:1]

    with pytest.raises(StoreError, match="'a' behind 'b'"):
        world.scan(store=Shuffled())


@pytest.mark.servers
def test_a_scan_leaves_signposts_between_its_pages(mongo_catalog):
    world = World(mongo_catalog)
    world.stores["here"].page_size = 2
    world.put(*"abcde")

    def pieces():
        return [[file.key for file in piece] for piece in mongo_catalog.files_under("here")]

    world.scan()
    assert [["a", "b"], ["c", "d"], ["e"]] == pieces()

    world.stores["here"].delete("b")
    world.put("f", "g")
    with pytest.raises(StoreError):
        world.scan(store=Broken(world.stores["here"], StoreUnavailableError("end")))
    assert [["a"], ["c", "d"], ["e"]] == pieces(), "where the listing broke off it shows no way"

    world.scan()
    assert [["a", "c"], ["d", "e"], ["f", "g"]] == pieces()


def test_an_emptied_location_is_marked_in_pieces(world, monkeypatch):
    monkeypatch.setattr("cloudflow_lib.workflows.scan_location.TAIL", 3)
    world.put(*"abcdefgh")
    world.scan()
    for key in "abcdefgh":
        world.stores["here"].delete(key)

    assert {"vanished": 8} == world.scan()
    assert {} == world.scan()


def test_a_prefix_bounds_what_is_scanned(world):
    world.put("logs/a", "data/b")
    location = world.catalog.location("here")
    world.catalog.save_location(replace(location, prefix="data/"))
    assert {"seen": 1, "added": 1} == world.scan()
    world.catalog.save_location(replace(location, prefix="logs/"))

    assert {"seen": 1, "added": 1} == world.scan()
    assert ["data/b", "logs/a"] == world.keys()


def test_an_unknown_location_is_said_to_be_unknown(world):
    with pytest.raises(NotFoundError, match="nowhere"):
        world.scan("nowhere")


def test_a_running_migration_is_left_alone_on_both_sides(world):
    world.put("a")
    world.scan()
    migration = world.migrate("a")
    drain(world.catalog)

    assert {"seen": 1, "left_alone": 1} == world.scan()
    world.catalog.switch_file(migration)
    assert {"seen": 1, "left_alone": 1} == world.scan()
    assert {"seen": 1, "left_alone": 1} == world.scan("there")
    world.stores["here"].delete("a")
    world.catalog.release_file(migration)
    assert {} == world.scan()
    assert {"seen": 1, "unchanged": 1} == world.scan("there")
    assert [] == drain(world.catalog)


def test_a_scan_that_sees_the_copy_before_the_switch_makes_no_second_file(world):
    world.put("a")
    world.scan()
    migration = world.migrate("a")
    assert {"seen": 1, "added": 1} == world.scan("there")
    world.catalog.switch_file(migration)
    world.catalog.release_file(migration)

    assert {"seen": 1, "unchanged": 1} == world.scan("there")
    assert [migration.file_id] == [file.file_id for file in world.catalog.list_files().files]


def test_a_scan_whose_listing_is_older_than_a_whole_migration_changes_nothing(world):
    """The file moves, and its source goes, between the answer of the store and the look into the catalogue."""
    world.put("a")
    world.put("z", place="there")
    world.scan()
    world.scan("there")
    drain(world.catalog)

    class Overtaken:
        def __init__(self, place):
            self.place = place

        def list_pages(self, prefix="", *, after=None):
            pages = list(world.stores[self.place].list_pages(prefix, after=after))
            if self.place == "here":
                migration = world.migrate("a")
                world.catalog.switch_file(migration)
                world.stores["here"].delete("a")
                world.catalog.release_file(migration)
            yield from pages

    moved_at = datetime.now(UTC) - timedelta(minutes=2)
    world.now = moved_at
    assert {"seen": 1, "left_alone": 1} == world.scan(store=Overtaken("here"))
    assert [] == world.keys()
    assert ["a", "z"] == world.keys("there")
    drain(world.catalog)

    world.now = moved_at
    stale = Broken(world.stores["there"], StoreUnavailableError("end"), pages=0)
    stale.list_pages = lambda *_, **__: iter([[world.stores["there"].stat("z")]])
    assert {"seen": 1, "unchanged": 1} == world.scan("there", store=stale)
    assert ["a", "z"] == world.keys("there")
