"""What the catalogue promises about campaigns: planned once, outcomes kept, files pointed at their copies together."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.adapters.catalogs import mongo_bundles
from cloudflow_lib.domain.campaigns import (
    Bundle,
    BundleFile,
    Campaign,
    CampaignState,
    Outcome,
    Progress,
    Tally,
    bundle_id_of,
)
from cloudflow_lib.domain.events import FileMoved, MovedData
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.listing import FileQuery
from cloudflow_lib.domain.migrations import Address, MigrationState
from cloudflow_lib.errors import NotAllowedError, NotFoundError
from cloudflow_lib.ports.campaign_book import FileMove
from cloudflow_lib.ports.migration_book import QuarantinedSource
from tests.catalog.examples import NOW, a_file, a_migration, advance, drain, fill

CAMPAIGN = Campaign(
    campaign_id="run-1",
    requested_by="team-docs",
    source_location="s3-main",
    destination_location="azure-main",
    quarantine_days=7,
    planned=Tally(files=4, size_bytes=40),
    bundles=2,
    opened_at=NOW,
    plan_id="plan-2",
    runs=("run-1",),
)


def a_bundle(number, *keys, plan="plan-2"):
    files = tuple(
        BundleFile(
            file_id=f"{key}{number}".encode().hex(),
            owner="team-docs",
            key=key,
            version="1",
            storage_class="STANDARD",
            size_bytes=10,
            target_key=f"there/{key}",
            target_class="Cool",
        )
        for key in keys
    )
    bundle_id = bundle_id_of("run-1", plan, number)
    return Bundle(bundle_id=bundle_id, campaign_id="run-1", plan_id=plan, number=number, files=files)


@pytest.fixture
def bundles(catalog):
    found = [a_bundle(0, "a", "ü 🙂 b.$c"), a_bundle(1, "d", "e")]
    for bundle in found:
        catalog.save_bundle(bundle)
    assert CAMPAIGN == catalog.open_campaign(CAMPAIGN)
    return found


def test_a_campaign_is_planned_once(catalog, bundles):
    assert CAMPAIGN == catalog.open_campaign(replace(CAMPAIGN, bundles=9))
    assert CAMPAIGN == catalog.campaign("run-1")
    assert bundles == [catalog.bundle(bundle.bundle_id) for bundle in bundles]
    assert [bundle.bundle_id for bundle in bundles] == catalog.waiting_bundles("run-1")
    with pytest.raises(NotFoundError):
        catalog.campaign("run-2")
    with pytest.raises(NotFoundError):
        catalog.bundle("run-2/0000")


def test_campaigns_into_a_location_are_those_that_have_not_ended(catalog):
    paused, done, elsewhere = (replace(CAMPAIGN, campaign_id=name) for name in ("paused", "done", "elsewhere"))
    for campaign in (CAMPAIGN, paused, done, replace(elsewhere, destination_location="gcs-main")):
        catalog.open_campaign(campaign)
    catalog.set_campaign_state("paused", CampaignState.PAUSED)
    catalog.set_campaign_state("done", CampaignState.DONE)

    assert {"run-1", "paused"} == {campaign.campaign_id for campaign in catalog.campaigns_into("azure-main")}
    assert [] == catalog.campaigns_into("s3-main")


def test_one_worker_is_the_first_of_a_bundle(catalog, bundles):
    first, second = (bundle.bundle_id for bundle in bundles[:2])

    assert [True, False, True] == [catalog.begin_bundle(bundle_id) for bundle_id in (first, first, second)]
    assert list(bundles[:2]) == [catalog.bundle(bundle_id) for bundle_id in (first, second)]


@pytest.mark.usefixtures("bundles")
def test_the_newest_campaigns_come_first(catalog):
    later = replace(CAMPAIGN, campaign_id="run-2", requested_by="team-platform", opened_at=NOW + timedelta(hours=1))
    catalog.open_campaign(later)

    assert [later, CAMPAIGN] == catalog.recent_campaigns()
    assert [CAMPAIGN] == catalog.recent_campaigns(requested_by="team-docs")
    assert [later] == catalog.recent_campaigns(limit=1)


def test_that_a_file_moved_outlives_the_word_that_it_could_not_be(catalog, bundles):
    first, second = (file.file_id for file in bundles[0].files)
    given_up, proved = Outcome(size_bytes=10, problem="a: no answer"), Outcome(size_bytes=10, proof="read back")

    catalog.note_outcomes(bundles[0].bundle_id, {first: given_up, second: given_up})
    for _ in range(2):
        catalog.note_outcomes(bundles[0].bundle_id, {first: proved}, {first: told_of(bundles[0])[first]})

    assert {first: proved, second: given_up} == catalog.bundle(bundles[0].bundle_id).outcomes
    progress, one = catalog.campaign_progress("run-1"), Tally(files=1, size_bytes=10)
    assert (one, one, ("a: no answer",)) == (progress.moved, progress.failed, progress.problems)
    assert [first] == [event.subject for event in drain(catalog)]


def test_the_first_word_on_a_file_counts(catalog, bundles):
    first, second = (file.file_id for file in bundles[0].files)
    proved = Outcome(size_bytes=10, proof="read back", notes=("tags not carried",))
    failed = Outcome(size_bytes=10, problem="ü 🙂 b.$c: it changed")

    catalog.note_outcomes(bundles[0].bundle_id, {first: proved})
    catalog.note_outcomes(bundles[0].bundle_id, {first: failed, second: failed})

    assert {first: proved, second: failed} == catalog.bundle(bundles[0].bundle_id).outcomes
    assert () == catalog.bundle(bundles[0].bundle_id).waiting
    assert [bundles[1].bundle_id] == catalog.waiting_bundles("run-1")
    progress = catalog.campaign_progress("run-1")
    one = Tally(files=1, size_bytes=10)
    assert (one, one, ("ü 🙂 b.$c: it changed",)) == (progress.moved, progress.failed, progress.problems)
    assert progress == catalog.bundle_progress(bundles[0].bundle_id)
    assert Progress() == catalog.bundle_progress(bundles[1].bundle_id)


@pytest.fixture
def small_sheets(monkeypatch):
    """Three files to a document that says how they ended."""
    monkeypatch.setattr(mongo_bundles, "SHEET_FILES", 3)


@pytest.mark.usefixtures("small_sheets")
def test_how_many_files_ended_is_known_once_and_for_the_plan_that_counts(catalog):
    keys = [f"k{number:02}" for number in range(11)]
    catalog.save_bundle(a_bundle(0, *keys, "l", "m", plan="plan-1"))
    bundle = a_bundle(0, *keys[:8])
    catalog.save_bundle(bundle)
    catalog.open_campaign(CAMPAIGN)
    told, proved = told_of(bundle), Outcome(size_bytes=10, proof="read back")
    ids = [file.file_id for file in bundle.files]

    for some in (ids[1:5], ids[3:7]):
        outcomes = dict.fromkeys(some, proved)
        catalog.note_outcomes(bundle.bundle_id, outcomes, {file_id: told[file_id] for file_id in some})
    assert (ids[0], ids[7]) == tuple(file.file_id for file in catalog.bundle(bundle.bundle_id).waiting)
    assert Tally(files=6, size_bytes=60) == catalog.bundle_progress(bundle.bundle_id).moved
    assert [bundle.bundle_id] == catalog.waiting_bundles("run-1")
    catalog.note_outcomes(bundle.bundle_id, dict.fromkeys(ids, proved), told)

    assert [] == catalog.waiting_bundles("run-1")
    assert Tally(files=8, size_bytes=80) == catalog.campaign_progress("run-1").moved
    assert sorted(ids) == sorted(event.subject for event in drain(catalog))
    assert 0 == catalog.outbox_size()


def told_of(bundle):
    data = MovedData(
        campaign_id="run-1",
        source_location="s3-main",
        source_key="a",
        destination_location="azure-main",
        destination_key="there/a",
        destination_class="Cool",
        size_bytes=10,
        proof="read back",
    )
    return {file.file_id: FileMoved(subject=file.file_id, user=file.owner, data=data) for file in bundle.files}


def test_outcomes_and_their_events_are_written_together_and_once(catalog, bundles):
    bundle, proved = bundles[0], Outcome(size_bytes=10, proof="read back")
    first, second = (file.file_id for file in bundle.files)
    told, again = told_of(bundle), told_of(bundle)

    catalog.note_outcomes(bundle.bundle_id, {first: proved}, {first: told[first]})
    assert {first: proved} == catalog.bundle(bundle.bundle_id).outcomes
    catalog.note_outcomes(bundle.bundle_id, {first: proved, second: proved}, again)

    assert {told[first].id, again[second].id} == {event.id for event in drain(catalog)}
    assert [] == list(drain(catalog))
    assert (2, 0) == (catalog.campaign_progress("run-1").moved.files, catalog.outbox_size())


def test_workers_that_write_at_the_same_time_tell_each_file_once(catalog):
    bundle = a_bundle(7, *(f"k{number:02}" for number in range(40)))
    catalog.save_bundle(bundle)
    proved = Outcome(size_bytes=10, proof="read back")

    def note(start):
        told = told_of(bundle)
        for file in bundle.files[start:] + bundle.files[:start]:
            catalog.note_outcomes(bundle.bundle_id, {file.file_id: proved}, {file.file_id: told[file.file_id]})

    with ThreadPoolExecutor(4) as workers:
        deque(workers.map(note, (0, 0, 10, 20)), maxlen=0)

    assert () == catalog.bundle(bundle.bundle_id).waiting
    assert [file.file_id for file in bundle.files] == sorted(event.subject for event in drain(catalog))


def noted(catalog, bundle, files):
    told, proved = told_of(bundle), Outcome(size_bytes=10, proof="read back")
    events = {file.file_id: told[file.file_id] for file in files}
    catalog.note_outcomes(bundle.bundle_id, dict.fromkeys(events, proved), events)
    return [event.id for event in events.values()]


@pytest.mark.parametrize("limit", [1000, 25, 7])
def test_many_events_of_one_document_leave_in_order_whatever_comes_meanwhile(catalog, limit):
    bundle = a_bundle(7, *(f"k{number:02}" for number in range(60)))
    catalog.save_bundle(bundle)
    ids, left = noted(catalog, bundle, bundle.files[:40]), []

    def publish(events):
        if not left:
            ids.extend(noted(catalog, bundle, bundle.files[40:]))
        left.extend(event.id for event in events)

    while catalog.drain_outbox(publish, limit=limit):
        pass

    assert ids == left
    assert 0 == catalog.outbox_size()


def test_two_relays_lose_none_of_many_events_of_one_document(catalog):
    bundle = a_bundle(7, *(f"k{number:02}" for number in range(60)))
    catalog.save_bundle(bundle)
    ids, left = noted(catalog, bundle, bundle.files[:40]), []

    def publish_while_another_does(events):
        if not left:
            catalog.drain_outbox(lambda some: left.extend(event.id for event in some), limit=15)
            ids.extend(noted(catalog, bundle, bundle.files[40:]))
        left.extend(event.id for event in events)

    while catalog.drain_outbox(publish_while_another_does, limit=30):
        pass

    assert sorted(ids) == sorted(set(left))
    assert 0 == catalog.outbox_size()


@pytest.mark.usefixtures("bundles")
def test_a_campaign_goes_only_where_it_may(catalog):
    assert CampaignState.PAUSED is catalog.set_campaign_state("run-1", CampaignState.PAUSED).state
    with pytest.raises(NotAllowedError, match="paused"):
        catalog.set_campaign_state("run-1", CampaignState.DONE)
    catalog.set_campaign_state("run-1", CampaignState.RUNNING)
    done = catalog.set_campaign_state("run-1", CampaignState.DONE)

    assert done.ended_at is not None
    assert done == catalog.set_campaign_state("run-1", CampaignState.DONE)
    with pytest.raises(NotAllowedError, match="done"):
        catalog.set_campaign_state("run-1", CampaignState.CANCELLED)


def move_of(file, version="copy"):
    source = Address(location_id=file.location_id, key=file.key, version=file.version, storage_class=file.storage_class)
    target = Address(location_id="azure-main", key=f"there/{file.key}", version=version, storage_class="Cool")
    return FileMove(file_id=file.file_id, source=source, destination=target)


def places(catalog, files):
    return [(found.location_id, found.key, found.version) for found in map(catalog.file, [f.file_id for f in files])]


def test_files_are_pointed_at_their_copies_and_found_there_at_once(catalog):
    files = [a_file(f"k{number}") for number in range(60)]
    fill(catalog, *files)
    moves = [move_of(file) for file in files]
    assert 60 == catalog.count_files(FileQuery(location_id="s3-main")).files

    moved = catalog.move_files(moves)

    assert [file.file_id for file in files] == moved == catalog.move_files(moves)
    assert [("azure-main", f"there/{file.key}", "copy") for file in files] == places(catalog, files)
    assert 60 == catalog.count_files(FileQuery(location_id="azure-main")).files


def test_a_file_that_changed_or_is_held_stays(catalog):
    changed, held, gone, fine = files = [a_file(key) for key in ("changed", "held", "gone", "fine")]
    fill(catalog, held, gone, fine)
    fill(catalog, replace(changed, version="newer"))
    catalog.open_batch("batch-1", [a_migration(held)])
    moves = [move_of(file) for file in files]
    moves[2] = replace(moves[2], file_id="nobody")

    assert [fine.file_id] == catalog.move_files(moves)
    assert "s3-main" == catalog.file(changed.file_id).location_id == catalog.file(held.file_id).location_id


def test_who_asks_what_is_held_hears_of_unfinished_migrations(catalog):
    held, free = files = [a_file(key) for key in ("held", "free")]
    fill(catalog, *files)
    ids = [*(file.file_id for file in files), "nobody"]
    assert frozenset() == catalog.held_among(ids)

    migration = a_migration(held)
    catalog.open_batch("batch-1", [migration])
    assert {held.file_id} == catalog.held_among(ids)
    assert frozenset() == catalog.held_among([free.file_id])

    cancelled = advance(catalog, catalog.migration(migration.migration_id), state=MigrationState.CANCELLED)
    catalog.release_file(cancelled)
    assert frozenset() == catalog.held_among(ids)


def test_what_a_scan_took_for_a_new_file_gives_up_its_address(catalog):
    file, taken = a_file("a"), a_file("b")
    fill(catalog, file, taken)
    found = replace(a_file("there/a"), location_id="azure-main", file_id="f" * 32, version="copy")
    other = replace(a_file("there/b"), location_id="azure-main", file_id="e" * 32, version="another")
    fill(catalog, found, other)

    assert [file.file_id] == catalog.move_files([move_of(file), move_of(taken)])
    assert FileState.VANISHED is catalog.file(found.file_id).state
    assert FileState.PRESENT is catalog.file(other.file_id).state
    assert [("azure-main", "there/a", "copy"), ("s3-main", "b", taken.version)] == places(catalog, [file, taken])


def test_copies_that_a_scan_catalogued_meanwhile_give_way_together(mongo_catalog, monkeypatch):
    files = [a_file(f"{number:03}") for number in range(120)]
    moves = [move_of(file) for file in files]
    found = [
        replace(file, location_id="azure-main", key=f"there/{file.key}", file_id=f"{number:032x}", version="copy")
        for number, file in enumerate(files)
    ]
    fill(mongo_catalog, *files, *found)
    drain(mongo_catalog)
    visits, real = [], mongo_catalog._all_at_once
    monkeypatch.setattr(mongo_catalog, "_all_at_once", lambda some: visits.append(len(some)) or real(some))

    assert [file.file_id for file in files] == mongo_catalog.move_files(moves)
    assert [120, 120] == visits
    assert {FileState.VANISHED} == {mongo_catalog.file(one.file_id).state for one in found}
    assert sorted(one.file_id for one in found) == sorted(event.subject for event in drain(mongo_catalog))


def put_aside(group, until, number, first=0):
    return [
        QuarantinedSource(
            migration_id=f"run-1/{one}",
            file_id=f"f{one}",
            location_id="s3-main",
            key=f"k{one:03}",
            version="1",
            until=until,
            group=group,
        )
        for one in range(first, first + number)
    ]


def test_quarantines_come_and_go_together(catalog):
    sources = put_aside("g1", NOW, 100)
    later = put_aside("g2", NOW + timedelta(days=1), 120)
    catalog.quarantine_together(sources)
    catalog.quarantine_together(later)
    catalog.quarantine_together([])

    assert {source.key: source for source in later} == catalog.quarantined_at("s3-main")
    assert ["k041", "k042"] == sorted(catalog.quarantined_at("s3-main", "k040", "k042"))
    assert {} == catalog.quarantined_at("s3-main", "k119") == catalog.quarantined_at("s3-main", None, "k")
    assert {} == catalog.quarantined_at("azure-main")
    assert NOW + timedelta(days=1) == catalog.quarantined_until("s3-main", "k000")
    assert catalog.quarantined_until("s3-main", "k0000") is None
    catalog.forget_quarantines(later[:119])
    catalog.forget_quarantines(later[:119])
    assert {**{source.key: source for source in sources}, "k119": later[119]} == catalog.quarantined_at("s3-main")
    assert NOW == catalog.quarantined_until("s3-main", "k000")
    catalog.forget_quarantines([*sources, later[119]])
    assert {} == catalog.quarantined_at("s3-main")
    assert [] == catalog.expired_quarantine(NOW + timedelta(days=9))


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_groups_and_single_sources_end_in_their_turns(catalog, limit):
    groups = [put_aside("b", NOW, 5), put_aside("d", NOW, 5, 5), put_aside("a", NOW + timedelta(days=1), 5, 10)]
    alone = [
        replace(one, group=None, migration_id=name, until=one.until + timedelta(days=days))
        for one, name, days in zip(put_aside("", NOW, 4, 20), ("a", "c", "e", "0"), (0, 0, 0, 1), strict=True)
    ]
    for group in groups:
        catalog.quarantine_together(group)
    for source in alone:
        catalog.quarantine(source)

    found, after = [], None
    while page := catalog.expired_quarantine(NOW + timedelta(days=1), limit, after=after):
        assert limit >= len(page)
        found += page
        after = page[-1]
        catalog.forget_quarantines(page[:1])
    assert [alone[0], *groups[0], alone[1], *groups[1], alone[2], alone[3], *groups[2]] == found
