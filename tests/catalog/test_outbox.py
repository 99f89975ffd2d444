"""What the catalogue promises about events that wait."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import EventsRefusedError, PublishError
from cloudflow_lib.ports.catalogs import FileChange
from cloudflow_lib.workflows.sweep_leftovers import sweep_leftovers
from tests.catalog.examples import a_file, a_migration, advance, changed, discovered, drain, fill
from tests.migration.conftest import build_bench


def insert(catalog, *keys):
    files = [a_file(key) for key in keys]
    events = [discovered(file) for file in files]
    catalog.insert_files(list(zip(files, events, strict=True)))
    return files, events


def change(file, version, now):
    return FileChange(
        file_id=file.file_id,
        expected_version=version,
        expected_tier=file.tier,
        changed={"version": now},
        event=changed(file),
    )


def test_events_leave_as_they_came(catalog):
    _, events = insert(catalog, "a", "ü🙂")

    assert 2 == catalog.outbox_size()
    assert events == sorted(drain(catalog), key=events.index)
    assert 0 == catalog.outbox_size()
    assert 0 == catalog.drain_outbox(lambda _: None)


@pytest.mark.servers
def test_what_waits_is_counted_where_it_lies(mongo_catalog):
    """However long an outage has lasted: no event is read to learn how many there are."""
    insert(mongo_catalog, *[f"{number:03d}" for number in range(300)])
    asked = []
    mongo_catalog.listen(lambda name, _seconds, _failed: asked.append(name))

    assert 300 == mongo_catalog.outbox_size()
    assert ["find", "aggregate"] == asked[:2]


def test_what_was_not_published_waits_on(catalog):
    insert(catalog, "a")

    def refuse(_):
        raise PublishError("no broker")

    with pytest.raises(PublishError):
        catalog.drain_outbox(refuse)
    assert 1 == catalog.outbox_size()
    assert 1 == len(drain(catalog))


class Picky:
    """Publishes all but one event, as a broker does for which that one is too large."""

    def __init__(self, refused):
        self.refused, self.told = {refused.id: "too large"}, []

    def publish(self, events):
        self.told += [event for event in events if event.id not in self.refused]
        if {event.id for event in events} & self.refused.keys():
            raise EventsRefusedError(self.refused)


@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_an_event_that_no_broker_takes_waits_and_holds_nobody_up(catalog, limit):
    [file], [first] = insert(catalog, "a")
    second = change(file, file.version, "2")
    catalog.update_files([second])
    _, [other] = insert(catalog, "b")
    broker = Picky(first)

    assert 2 == sum(iter(lambda: catalog.drain_outbox(broker.publish, limit=limit), 0))
    assert [second.event, other] == broker.told
    assert 1 == catalog.outbox_size()


@pytest.mark.servers
def test_an_event_that_no_broker_took_is_tried_again_after_a_while(mongo_catalog):
    _, [event] = insert(mongo_catalog, "a")
    broker = Picky(event)
    assert 0 == mongo_catalog.drain_outbox(broker.publish)
    broker.refused = {}
    assert 0 == mongo_catalog.drain_outbox(broker.publish)
    mongo_catalog._aside = dict.fromkeys(mongo_catalog._aside, 0.0)
    mongo_catalog._look_again.clear()

    assert 1 == mongo_catalog.drain_outbox(broker.publish)
    assert ([event], 0) == (broker.told, mongo_catalog.outbox_size())


def test_events_of_one_file_stay_in_their_order(catalog):
    [file], _ = insert(catalog, "a")
    for number in range(30):
        catalog.update_files([change(file, file.version if not number else f"{number}", f"{number + 1}")])

    assert 31 == catalog.outbox_size()
    events = drain(catalog)
    assert [file.file_id] * 31 == [event.subject for event in events]
    assert "io.cloudflow.file.discovered.v1" == events[0].type
    assert sorted(event.time for event in events) == [event.time for event in events]


def test_the_oldest_leave_first_and_no_more_than_asked(catalog):
    events = [event for number in range(25) for event in insert(catalog, f"{number:02d}")[1]]

    drained = []
    sizes = []
    while catalog.drain_outbox(lambda batch: (drained.extend(batch), sizes.append(len(batch))), limit=10):
        pass
    assert sorted(event.id for event in events) == sorted(event.id for event in drained)
    assert [event.time for event in events] == sorted(event.time for event in drained)
    assert 10 == max(sizes)


def test_an_event_that_comes_while_others_are_published_is_not_lost(catalog):
    [file], _ = insert(catalog, "a")

    def publish(_):
        catalog.update_files([change(file, file.version, "2")])

    assert 1 == catalog.drain_outbox(publish)
    [late] = drain(catalog)
    assert "io.cloudflow.file.changed.v1" == late.type


def test_an_older_event_that_comes_late_is_not_lost(catalog):
    files = [a_file(f"{number:02d}") for number in range(30)]
    events = [discovered(file) for file in files]
    catalog.insert_files(list(zip(files[1:], events[1:], strict=True)))
    drained = []
    catalog.drain_outbox(drained.extend, limit=5)
    catalog.insert_files([(files[0], events[0])])

    assert {event.id for event in events} == {event.id for event in [*drained, *drain(catalog)]}


def test_events_of_files_migrations_and_batches_leave_together(catalog):
    file = a_file()
    fill(catalog, file)
    [queued] = catalog.open_batch("batch-1", [a_migration(file)])
    done = advance(catalog, queued, state=MigrationState.VALIDATED)
    catalog.close_batch("batch-1", [discovered(file)])

    types = [event.type.split(".")[2] for event in drain(catalog)]
    assert ["migration", "migration", "file"] == types
    assert done == catalog.migration(done.migration_id)


def test_two_relays_lose_nothing(catalog):
    _, events = insert(catalog, *[f"{number}" for number in range(20)])
    seen = []

    def publish_while_another_does(batch):
        catalog.drain_outbox(seen.extend)
        seen.extend(batch)

    catalog.drain_outbox(publish_while_another_does)
    assert {event.id for event in events} == {event.id for event in seen}
    assert 0 == catalog.outbox_size()


@pytest.mark.servers
def test_an_event_of_a_newer_version_waits_and_holds_nobody_up(mongo_catalog, caplog):
    [file, _], _ = insert(mongo_catalog, "a", "b")
    strange = json.dumps({"type": "io.cloudflow.file.sung.v9"})
    mongo_catalog._shelf("files").update_one({"_id": file.file_id}, {"$set": {"outbox.0.json": strange}})

    assert 1 == mongo_catalog.drain_outbox(lambda _: None)
    assert 0 == mongo_catalog.drain_outbox(lambda _: None)
    assert 1 == mongo_catalog.outbox_size()
    assert "outbox.unreadable" in caplog.text


@pytest.mark.servers
def test_more_events_of_a_newer_version_than_a_round_takes_hold_nobody_up(mongo_catalog):
    [*strangers, _], _ = insert(mongo_catalog, "a", "b", "c", "d")
    ids = [file.file_id for file in strangers]
    strange = json.dumps({"type": "io.cloudflow.file.sung.v9"})
    mongo_catalog._shelf("files").update_many({"_id": {"$in": ids}}, {"$set": {"outbox.0.json": strange}})

    assert 1 == mongo_catalog.drain_outbox(lambda _: None, limit=2)
    assert 3 == mongo_catalog.outbox_size()


@pytest.mark.servers
def test_a_round_reads_no_more_notes_than_it_needs_of_thousands(mongo_catalog):
    for number in range(110):
        mongo_catalog._announce("files", [(f"{number}", f"{number:03d}-{event}") for event in range(10)])
    asked = []
    mongo_catalog.listen(lambda name, _seconds, _failed: asked.append(name))

    assert 2 == len(mongo_catalog._oldest_notes(20))
    assert "getMore" not in asked


@pytest.mark.servers
def test_an_event_whose_note_was_read_too_early_is_not_overtaken(mongo_catalog):
    file = a_file("a")
    first, second = discovered(file), change(file, file.version, "2")
    mongo_catalog._announce("files", [(file.file_id, first.id)])
    assert 0 == mongo_catalog.drain_outbox(lambda _: None)
    mongo_catalog._look_again = {note: later + 60 for note, later in mongo_catalog._look_again.items()}

    mongo_catalog.insert_files([(file, first)])
    mongo_catalog.update_files([second])

    assert [first, second.event] == drain(mongo_catalog)
    assert 0 == mongo_catalog.outbox_size()


@pytest.mark.servers
def test_an_event_that_left_before_its_note_was_read_leaves_no_note_behind(mongo_catalog):
    file = a_file("a")
    first, second = discovered(file), change(file, file.version, "2")
    mongo_catalog.insert_files([(file, first)])
    mongo_catalog.update_files([second])
    told = []

    mongo_catalog.drain_outbox(told.extend, limit=1)

    assert [first, second.event] == [*told, *drain(mongo_catalog)]
    assert 0 == mongo_catalog._shelf("waiting").count_documents({})


@pytest.mark.servers
def test_a_write_that_never_came_is_forgotten_after_a_while_and_a_slow_one_is_not(mongo_catalog):
    files = [a_file("slow"), a_file("lost")]
    events = [discovered(file) for file in files]
    for file, event in zip(files, events, strict=True):
        mongo_catalog._announce("files", [(file.file_id, event.id)])
    notes = mongo_catalog._shelf("waiting")

    assert 0 == mongo_catalog.drain_outbox(lambda _: None)
    assert 2 == notes.count_documents({})

    mongo_catalog.insert_files([(files[0], events[0])])
    mongo_catalog._look_again.clear()
    assert [events[0]] == drain(mongo_catalog)

    notes.update_many({}, {"$set": {"at": datetime(2020, 1, 1, tzinfo=UTC)}})
    mongo_catalog._look_again.clear()
    assert 0 == mongo_catalog.drain_outbox(lambda _: None)
    assert 0 == notes.count_documents({})


@pytest.mark.servers
def test_an_event_that_no_note_names_is_found_again(mongo_catalog):
    _, events = insert(mongo_catalog, "a", "b")
    mongo_catalog._shelf("waiting").delete_many({})

    assert 0 == mongo_catalog.drain_outbox(lambda _: None)
    assert 2 == mongo_catalog.announce_forgotten()
    assert 0 == mongo_catalog.announce_forgotten()
    assert {event.id for event in events} == {event.id for event in drain(mongo_catalog)}


@pytest.mark.servers
def test_the_sweep_puts_a_forgotten_event_on_its_way(mongo_catalog):
    _, events = insert(mongo_catalog, "a")
    mongo_catalog._shelf("waiting").delete_many({})
    bench = build_bench()

    reports = [sweep_leftovers(replace(bench.services, catalog=mongo_catalog)) for _ in range(2)]

    assert [1, 0] == [report.announced for report in reports]
    assert events == drain(mongo_catalog)
