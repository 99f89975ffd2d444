"""What the catalogue promises to people who look through files."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from pymongo.collection import Collection

from cloudflow_lib.adapters.catalogs import mongo_finder
from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog
from cloudflow_lib.domain.campaigns import Tally
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.listing import FileOrder, FileQuery
from cloudflow_lib.domain.migrations import Address
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import CatalogUnavailableError, WrongInputError
from cloudflow_lib.ports.campaign_book import FileMove
from cloudflow_lib.ports.catalogs import FileChange
from tests.catalog.examples import NOW, a_file, a_migration, advance, copied, fill

DAY = timedelta(days=1)
FILES = (
    a_file("raw/Alpha.csv", size_bytes=10, tier=Tier.HOT, last_read_at=NOW - DAY),
    a_file("raw/beta.csv", size_bytes=300, tier=Tier.COLD, modified_at=NOW - 90 * DAY),
    a_file("raw/ÜBER (1).csv", size_bytes=10, last_read_at=NOW - 5 * DAY),
    a_file("a/alphabet.txt", location="azure-main", size_bytes=7_000, tier=Tier.COLD, last_read_at=NOW - 40 * DAY),
    a_file("z[1].txt", location="azure-main", size_bytes=0, modified_at=NOW),
    a_file("raw/gone.csv", state=FileState.VANISHED),
    a_file("raw/alpha-of-others.csv", owner="team-media"),
)
MINE = {"owner": "team-docs"}


def names(catalog, **query):
    return [file.key for file in catalog.find_files(FileQuery(**MINE, **query)).files]


def heated(file):
    return FileChange(
        file_id=file.file_id,
        expected_version=file.version,
        expected_tier=file.tier,
        changed={"tier": Tier.HOT},
        event=None,
    )


def moved_to(file, location, key):
    return FileMove(
        file_id=file.file_id,
        source=Address(
            location_id=file.location_id, key=file.key, version=file.version, storage_class=file.storage_class
        ),
        destination=Address(location_id=location, key=key, version=f"copy of {file.version}", storage_class="COLDLINE"),
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["a/alphabet.txt", "raw/Alpha.csv", "raw/beta.csv", "raw/ÜBER (1).csv", "z[1].txt"]),
        ({"name": "ALPHA"}, ["a/alphabet.txt", "raw/Alpha.csv"]),
        ({"name": "über (1)."}, ["raw/ÜBER (1).csv"]),
        ({"name": "[1]"}, ["z[1].txt"]),
        ({"name": ".*"}, []),
        ({"prefix": "raw/"}, ["raw/Alpha.csv", "raw/beta.csv", "raw/ÜBER (1).csv"]),
        ({"prefix": "RAW/"}, []),
        ({"location_id": "azure-main"}, ["a/alphabet.txt", "z[1].txt"]),
        ({"tiers": frozenset({Tier.HOT, Tier.COLD})}, ["a/alphabet.txt", "raw/Alpha.csv", "raw/beta.csv"]),
        ({"min_bytes": 10, "max_bytes": 300}, ["raw/Alpha.csv", "raw/beta.csv", "raw/ÜBER (1).csv"]),
        ({"modified_since": NOW - DAY}, ["z[1].txt"]),
        ({"modified_until": NOW - 30 * DAY}, ["raw/beta.csv"]),
        ({"read_since": NOW - 7 * DAY}, ["raw/Alpha.csv", "raw/ÜBER (1).csv"]),
        ({"unread_since": NOW - 30 * DAY}, ["a/alphabet.txt", "raw/beta.csv", "z[1].txt"]),
    ],
)
def test_each_filter_finds_what_it_says(catalog, query, expected):
    fill(catalog, *FILES)

    assert expected == names(catalog, **query)
    found = catalog.find_files(FileQuery(**MINE, **query)).files
    assert Tally(files=len(expected), size_bytes=sum(file.size_bytes for file in found)) == catalog.count_files(
        FileQuery(**MINE, **query)
    )


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", FileOrder)
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_in_every_order_show_each_file_once(catalog, order, descending, limit):
    fill(catalog, *FILES)
    query = FileQuery(**MINE, order=order, descending=descending)
    whole = catalog.find_files(query)
    paged, cursor = [], None
    while True:
        page = catalog.find_files(query, cursor=cursor, limit=limit)
        paged += page.files
        cursor = page.next_cursor
        if cursor is None:
            break

    assert whole.next_cursor is None
    assert paged == list(whole.files)
    assert 5 == len({file.file_id for file in paged})


def test_orders_are_what_people_expect(catalog):
    fill(catalog, *FILES)

    assert "a/alphabet.txt" == names(catalog, order=FileOrder.SIZE, descending=True)[0]
    assert "z[1].txt" == names(catalog, order=FileOrder.MODIFIED, descending=True)[0]
    assert "raw/Alpha.csv" == names(catalog, order=FileOrder.READ, descending=True)[0]
    assert {"raw/beta.csv", "z[1].txt"} == set(names(catalog, order=FileOrder.READ)[:2])
    assert "raw/Alpha.csv" == names(catalog, order=FileOrder.TIER, descending=True)[0]


def test_an_administrator_finds_everybodys(catalog):
    fill(catalog, *FILES)

    assert 6 == len(catalog.find_files(FileQuery()).files)
    assert catalog.totals() == catalog.sum_files()
    assert catalog.totals("team-media") == catalog.sum_files("team-media")


@pytest.mark.parametrize("cursor", ["", "x", "e30", "WzFd", "ü", "bnVsbA", "W1tbW1tb" * 400])
def test_what_is_no_cursor_is_refused(catalog, cursor):
    with pytest.raises(WrongInputError, match="begin again without one"):
        catalog.find_files(FileQuery(**MINE), cursor=cursor)


def test_a_cursor_of_another_order_is_refused(catalog):
    fill(catalog, *FILES)
    cursor = catalog.find_files(FileQuery(**MINE), limit=1).next_cursor

    with pytest.raises(WrongInputError, match="another order"):
        catalog.find_files(FileQuery(**MINE, order=FileOrder.SIZE), cursor=cursor)


def test_what_was_just_written_is_found_at_once(catalog):
    """After the first look every kind of write shows in the next one."""
    file = a_file("report.csv")
    assert [] == names(catalog)
    fill(catalog, file)
    assert ["report.csv"] == names(catalog)

    change = FileChange(
        file_id=file.file_id,
        expected_version=file.version,
        expected_tier=file.tier,
        changed={"tier": Tier.HOT},
        event=None,
    )
    catalog.update_files([change])
    assert ["report.csv"] == names(catalog, tiers=frozenset({Tier.HOT}))
    assert [] == names(catalog, tiers=frozenset({Tier.WARM}))

    (migration,) = catalog.open_batch("batch-1", [a_migration(file)])
    switched = advance(catalog, migration, state=copied(migration).state, destination=copied(migration).destination)
    catalog.switch_file(switched)
    assert ["report.csv"] == names(catalog, location_id="azure-main")
    assert [] == names(catalog, location_id="s3-main")

    gone = {"state": FileState.VANISHED}
    catalog.update_files([replace(change, expected_version="0x8D", expected_tier=Tier.HOT, changed=gone)])
    assert [] == names(catalog)


@pytest.mark.servers
def test_what_another_process_wrote_is_found_within_a_second(mongo_catalog, mongo_url):
    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    try:
        assert [] == names(there)
        fill(mongo_catalog, *FILES)
        give_up_at = time.monotonic() + 1
        while len(names(there)) < 5:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
    finally:
        there.close()


@pytest.mark.servers
def test_nobody_is_shown_columns_that_are_older_than_a_second(mongo_catalog, mongo_url):
    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    try:
        assert [] == names(there)
        fill(mongo_catalog, *FILES)
        there._looked_at -= 1.1  # as if nobody had looked meanwhile
        assert 5 == len(names(there))
    finally:
        there.close()


@pytest.mark.servers
def test_while_everything_is_read_for_the_first_time_people_are_told_so(mongo_catalog, monkeypatch):
    monkeypatch.setattr(mongo_finder, "FIRST_PATIENCE_SECONDS", 0.05)
    fill(mongo_catalog, *FILES)
    some_are_read, may_go_on = Event(), Event()
    pages = mongo_catalog.iter_files()

    def slowly():
        yield next(pages)
        some_are_read.set()
        assert may_go_on.wait(30)
        yield from pages

    monkeypatch.setattr(mongo_catalog, "iter_files", slowly)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(names, mongo_catalog)
        try:
            assert some_are_read.wait(30)
            with pytest.raises(CatalogUnavailableError, match=r" [1-9] files so far: ask again"):
                names(mongo_catalog)
        finally:
            may_go_on.set()
        assert first.result() == names(mongo_catalog)
    assert 5 == len(names(mongo_catalog))


@pytest.mark.servers
def test_who_looks_again_after_long_sees_all_that_was_written_meanwhile(mongo_catalog, mongo_url, monkeypatch):
    monkeypatch.setattr(mongo_finder, "MOST_FILES", 2)  # read at one look
    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    try:
        assert [] == names(there)
        fill(mongo_catalog, *FILES)
        there._looked_at -= 1.1
        assert 5 == len(names(there))
    finally:
        there.close()


@pytest.mark.servers
def test_where_most_files_changed_all_are_read_anew_behind_peoples_backs(mongo_catalog, mongo_url, monkeypatch):
    monkeypatch.setattr(mongo_finder, "MANY_FILES", 3)
    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    try:
        assert [] == names(there)
        fill(mongo_catalog, *FILES)
        monkeypatch.setattr(there, "files_by_id", lambda ids: [] if not ids else pytest.fail("read one by one"))
        there._looked_at -= 1.1
        give_up_at = time.monotonic() + 5
        while 5 > there.count_files(FileQuery()).files:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
    finally:
        there.close()


@pytest.mark.servers
def test_reading_all_anew_is_tried_again_where_it_failed(mongo_catalog, mongo_url, monkeypatch):
    monkeypatch.setattr(mongo_finder, "MANY_FILES", 3)
    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    read, failed = there.iter_files, Event()

    def fail_first():
        if failed.is_set():
            return read()
        failed.set()
        raise CatalogUnavailableError("no server")

    try:
        assert [] == names(there)
        fill(mongo_catalog, *FILES)
        monkeypatch.setattr(there, "iter_files", fail_first)
        there._looked_at -= 1.1
        give_up_at = time.monotonic() + 5
        while 5 > there.count_files(FileQuery()).files:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
        assert failed.is_set()
    finally:
        there.close()


@pytest.mark.servers
def test_people_do_not_wait_for_a_look_that_takes_long(mongo_catalog, monkeypatch):
    assert [] == names(mongo_catalog)
    asked, answered = Event(), Event()

    def slow_news(_at):
        asked.set()
        answered.wait(10)
        return []

    monkeypatch.setattr(mongo_catalog, "_news_since", slow_news)
    mongo_catalog._looked_at -= 0.3
    assert [] == names(mongo_catalog)  # begins a look behind our back
    assert asked.wait(10)
    fill(mongo_catalog, *FILES)
    assert 5 == len(names(mongo_catalog))  # and what we wrote meanwhile is there
    answered.set()


@pytest.mark.servers
def test_a_look_that_began_before_a_write_does_not_take_it_back(mongo_catalog, mongo_url, monkeypatch):
    """What the look has read of that file is older than what this process wrote into the columns since."""
    other = MongoCatalog(mongo_url, mongo_catalog._db.name)
    file = a_file("report.csv")
    try:
        assert [] == names(mongo_catalog)
        fill(other, file)
        read = mongo_catalog.files_by_id

        def read_and_wait(ids):
            found = read(ids)
            monkeypatch.undo()
            mongo_catalog.update_files([heated(file)])
            mongo_catalog._read_own()
            return found

        monkeypatch.setattr(mongo_catalog, "files_by_id", read_and_wait)
        mongo_catalog._looked_at -= 1.1
        assert ["report.csv"] == names(mongo_catalog, tiers=frozenset({Tier.HOT}))
        assert [] == names(mongo_catalog, tiers=frozenset({Tier.WARM}))
    finally:
        other.close()


@pytest.mark.servers
def test_who_looks_through_files_hears_where_they_moved_without_reading_each(mongo_catalog, mongo_url, monkeypatch):
    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    fill(mongo_catalog, *FILES)
    try:
        assert 5 == len(names(there))
        moved = FILES[0]
        assert [moved.file_id] == mongo_catalog.move_files([moved_to(moved, "gcs-main", "there/Alpha.csv")])
        monkeypatch.setattr(there, "files_by_id", lambda ids: [] if not ids else pytest.fail("read one by one"))
        there._looked_at -= 1.1
        assert 1 == there.count_files(FileQuery(location_id="gcs-main", prefix="there/", **MINE)).files
        assert 5 == there.count_files(FileQuery(**MINE)).files
        monkeypatch.undo()
        assert ["there/Alpha.csv"] == names(there, location_id="gcs-main")
    finally:
        there.close()


@pytest.mark.servers
def test_a_file_that_moved_twice_or_changed_as_well_is_shown_as_it_is(mongo_catalog, mongo_url):
    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    fill(mongo_catalog, *FILES)
    twice, changed = FILES[0], FILES[1]
    try:
        assert 5 == len(names(there))
        mongo_catalog.move_files([moved_to(twice, "gcs-main", "once"), moved_to(changed, "gcs-main", "colder")])
        mongo_catalog.move_files([moved_to(mongo_catalog.file(twice.file_id), "azure-main", "twice")])
        assert 1 == mongo_catalog.update_files([heated(mongo_catalog.file(changed.file_id))])
        there._looked_at -= 1.1
        assert ["colder"] == names(there, location_id="gcs-main", tiers=frozenset({Tier.HOT}))
        assert ["a/alphabet.txt", "twice", "z[1].txt"] == names(there, location_id="azure-main")
    finally:
        there.close()


@pytest.mark.servers
def test_a_change_that_waits_to_be_read_is_read_though_its_file_moved_since(mongo_catalog, mongo_url):
    """Two looks found them, and one brings both into the columns."""
    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    file = FILES[1]
    fill(mongo_catalog, *FILES)
    try:
        assert 5 == len(names(there))
        mongo_catalog.update_files([heated(file)])
        there._note_changes(is_wide=False)
        mongo_catalog.move_files([moved_to(file, "gcs-main", "moved")])
        there._looked_at -= 1.1
        assert ["moved"] == names(there, location_id="gcs-main", tiers=frozenset({Tier.HOT}))
    finally:
        there.close()


@pytest.mark.servers
def test_a_move_that_is_told_late_does_not_take_back_what_came_behind_it(mongo_catalog, mongo_url, monkeypatch):
    """Its note may be written after that of a later change, by a writer that was slow in between."""
    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    fill(mongo_catalog, *FILES)
    late, tell = [], mongo_catalog._tell_changed
    try:
        assert 5 == len(names(there))
        monkeypatch.setattr(mongo_catalog, "_tell_changed", lambda *what: late.append(what))
        mongo_catalog.move_files([moved_to(FILES[0], "gcs-main", "once")])
        monkeypatch.undo()
        mongo_catalog.move_files([moved_to(mongo_catalog.file(FILES[0].file_id), "azure-main", "twice")])
        there._looked_at -= 1.1
        assert ["a/alphabet.txt", "twice", "z[1].txt"] == names(there, location_id="azure-main")
        tell(*late[0])
        there._looked_at -= 1.1
        assert ["a/alphabet.txt", "twice", "z[1].txt"] == names(there, location_id="azure-main")
        assert [] == names(there, location_id="gcs-main")
    finally:
        there.close()


@pytest.mark.servers
def test_columns_that_are_read_anew_hold_the_same(mongo_catalog):
    fill(mongo_catalog, *FILES)
    before = names(mongo_catalog)
    mongo_catalog._rebuild()

    assert before == names(mongo_catalog)


@pytest.mark.servers
def test_looking_through_files_walks_through_no_whole_collection(mongo_catalog, mongo_url, monkeypatch):
    """What is asked with every page must not become slower with each file that ever changed."""
    find, asked = Collection.find, []

    def noting(collection, wanted, *args, **options):
        asked.append((collection.name, wanted))
        return find(collection, wanted, *args, **options)

    there = MongoCatalog(mongo_url, mongo_catalog._db.name)
    try:
        fill(mongo_catalog, *FILES)
        assert 5 == len(names(there))
        fill(mongo_catalog, a_file("raw/new.csv"))
        monkeypatch.setattr(Collection, "find", noting)
        there._looked_at -= 1.1
        assert "raw/new.csv" in names(there)
        assert {"file_news", "files"} <= {name for name, _ in asked}
        plans = [mongo_catalog._db.command("explain", {"find": name, "filter": wanted}) for name, wanted in asked]
        assert [] == [plan for plan in plans if "COLLSCAN" in str(plan["queryPlanner"]["winningPlan"])]
    finally:
        there.close()
