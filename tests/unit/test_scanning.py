"""What a page of a listing means for the catalogue."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflow_lib.domain.files import FileState, file_id_at
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.domain.scanning import ScanView, plan_scan_page
from cloudflow_lib.domain.tiers import Tier

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOCATION = Location(
    location_id="s3-main",
    provider=Provider.S3,
    bucket="docs",
    credential_id="c",
    owner="team-docs",
    owners={"b/": "team-b"},
)
VIEW = ScanView(location=LOCATION, started_at=NOW)
LATER = ScanView(location=LOCATION, started_at=NOW + timedelta(hours=1))


def an_object(key="a", **changes) -> ObjectInfo:
    info = ObjectInfo(key=key, size_bytes=10, version="1", modified_at=NOW, storage_class="STANDARD")
    return replace(info, **changes)


def a_known(key="a", **changes):
    """The file as a scan of `an_object(key)` catalogued it, an hour before `LATER`."""
    [(file, _)] = plan_scan_page([an_object(key)], [], VIEW).inserts
    return replace(file, **changes)


def counts(plan):
    return {name: count for name, count in asdict(plan.counts).items() if count}


def test_a_new_object_becomes_a_warm_file_of_its_owner():
    plan = plan_scan_page([an_object("a"), an_object("b/c", content_type="text/csv")], [], VIEW)
    (first, told), (second, _) = plan.inserts

    assert {"seen": 2, "added": 2} == counts(plan)
    assert ("team-docs", "team-b") == (first.owner, second.owner)
    assert (file_id_at("s3-main", "a"), Tier.WARM, NOW, "text/csv") == (
        first.file_id,
        first.tier,
        first.first_seen_at,
        second.content_type,
    )
    assert ("file-events", first.file_id, "a", "team-docs") == (told.topic, told.subject, told.data.key, told.user)


def test_an_unchanged_page_writes_nothing():
    plan = plan_scan_page([an_object("a"), an_object("b")], [a_known("a"), a_known("b")], LATER)

    assert ([], [], {"seen": 2, "unchanged": 2}) == (plan.inserts, plan.updates, counts(plan))


def test_other_bytes_bring_what_the_listing_tells():
    known = a_known(content_type="text/csv", owner="team-moved", tier=Tier.COLD)
    later = NOW + timedelta(minutes=5)
    info = an_object(version="2", size_bytes=11, modified_at=later)
    [update] = plan_scan_page([info], [known], LATER).updates

    assert {"version": "2", "size_bytes": 11, "modified_at": later} == update.changed
    assert ("io.cloudflow.file.changed.v1", 11, "team-moved") == (
        update.event.type,
        update.event.data.size_bytes,
        update.event.user,
    )


def test_another_class_is_a_change_of_its_own():
    plan = plan_scan_page([an_object(storage_class="GLACIER")], [a_known()], LATER)

    assert {"storage_class": "GLACIER"} == plan.updates[0].changed
    assert "GLACIER" == plan.updates[0].event.data.storage_class
    assert {"seen": 1, "changed": 1} == counts(plan)


def test_a_missing_file_is_marked_and_a_marked_one_stays_as_it_is():
    plan = plan_scan_page([], [a_known("a"), a_known("b", state=FileState.VANISHED)], LATER)

    assert {"vanished": 1} == counts(plan)
    assert {"state": FileState.VANISHED} == plan.updates[0].changed
    assert "io.cloudflow.file.vanished.v1" == plan.updates[0].event.type


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_vanished_object_can_return(version):
    plan = plan_scan_page([an_object(version=version)], [a_known(state=FileState.VANISHED)], LATER)

    assert {"seen": 1, "returned": 1} == counts(plan)
    assert FileState.PRESENT is plan.updates[0].changed["state"]
    assert ("version" in plan.updates[0].changed) == (version == "2")


def test_a_source_in_quarantine_is_not_catalogued_but_its_successor_is():
    view = replace(LATER, quarantined={"a": "1", "b": "1"})
    plan = plan_scan_page([an_object("a"), an_object("b", version="2")], [], view)

    assert {"seen": 2, "added": 1, "left_alone": 1} == counts(plan)
    assert ["b"] == [file.key for file, _ in plan.inserts]


def test_held_files_are_left_to_their_migration():
    held = [a_known(key, migration_id="m") for key in ("changed", "gone")]
    plan = plan_scan_page([an_object("changed", version="2")], held, LATER)

    assert ([], {"seen": 1, "left_alone": 1}) == (plan.updates, counts(plan))


@pytest.mark.parametrize("moved", [True, False])
def test_what_came_after_the_scan_began_is_not_missing(moved):
    came = {"placed_at": LATER.started_at} if moved else {"first_seen_at": LATER.started_at}

    assert [] == plan_scan_page([], [a_known(**came)], LATER).updates


def test_a_listing_says_nothing_of_what_was_placed_after_the_scan_began():
    later = a_known(placed_at=LATER.started_at + timedelta(seconds=1), version="newer")

    plan = plan_scan_page([an_object()], [later], LATER)

    assert ([], {"seen": 1, "left_alone": 1}) == (plan.updates, counts(plan))


def test_what_was_written_even_later_is_a_change():
    later = a_known(placed_at=LATER.started_at + timedelta(seconds=1), version="newer")
    newest = an_object(version="newest", modified_at=LATER.started_at + timedelta(seconds=2))

    assert {"seen": 1, "changed": 1} == counts(plan_scan_page([newest], [later], LATER))


def test_files_outside_the_prefix_are_not_missing():
    view = replace(LATER, location=replace(LOCATION, prefix="b/"))

    assert {"vanished": 1} == counts(plan_scan_page([], [a_known("a"), a_known("b/c")], view))


@given(
    listed=st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("12"), max_size=8),
    known=st.dictionaries(
        st.sampled_from("abcdefgh"), st.tuples(st.sampled_from("12"), st.sampled_from(list(FileState))), max_size=8
    ),
)
def test_after_any_scan_the_next_one_finds_nothing_to_do(listed, known):
    """Whatever was listed and known: applying the plan makes the catalogue equal to the listing."""
    infos = [an_object(key, version=version) for key, version in sorted(listed.items())]
    files = {key: a_known(key, version=version, state=state) for key, (version, state) in known.items()}
    plan = plan_scan_page(infos, list(files.values()), LATER)
    for update in plan.updates:
        files[update.file.key] = replace(update.file, **update.changed)
    files |= {file.key: file for file, _ in plan.inserts}
    again = plan_scan_page(infos, list(files.values()), replace(LATER, started_at=NOW + timedelta(hours=2)))

    assert ([], []) == (again.inserts, again.updates)
    assert listed == {key: file.version for key, file in files.items() if file.state is FileState.PRESENT}
    told = plan.counts
    assert told.seen == told.added + told.changed + told.returned + told.unchanged + told.left_alone
