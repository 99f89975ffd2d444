"""Classification of the catalogue: what is written, what is told, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.access import DayRollup, LogCoverage
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.events import FileData, FileDiscovered
from cloudflow_lib.domain.files import CatalogFile, FileState, file_id_at
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.workflows.classify_files import classify_files
from cloudflow_lib.workflows.log_coverage import save_coverage
from tests.access.conftest import NOW

DAY = timedelta(days=1)


def catalogued(key, **more):
    file = CatalogFile(
        file_id=file_id_at("s3-main", key),
        owner="team-docs",
        location_id="s3-main",
        key=key,
        size_bytes=1000,
        version="v1",
        storage_class="STANDARD",
        modified_at=NOW - 200 * DAY,
        tier_since=NOW - 100 * DAY,
        first_seen_at=NOW - 100 * DAY,
    )
    return replace(file, **more)


def discovered(file):
    data = FileData(location_id=file.location_id, key=file.key, size_bytes=file.size_bytes, storage_class="STANDARD")
    return FileDiscovered(subject=file.file_id, user=file.owner, data=data)


def read(catalog, file, *, days_ago, times):
    moment = NOW - days_ago * DAY
    rollup = DayRollup(
        file_id=file.file_id,
        day=moment.date(),
        reads=times,
        read_bytes=0,
        hours={moment.hour: times},
        last_read_at=moment,
    )
    catalog.add_reads(f"{file.key}-{days_ago}", [rollup])


@pytest.fixture
def files(catalog):
    """Eight of each kind: busy, used at times, and never read."""
    made = [catalogued(f"{kind}/{n}") for kind in ("busy", "used", "dead") for n in range(8)]
    catalog.insert_files([(file, discovered(file)) for file in made])
    for file in made:
        if file.key.startswith("busy"):
            read(catalog, file, days_ago=2, times=20)
        if file.key.startswith("used"):
            read(catalog, file, days_ago=20, times=1)
    save_coverage(catalog, "s3-main", LogCoverage(since=NOW - 120 * DAY, until=NOW))
    catalog.drain_outbox(lambda _events: None)
    return {file.key: file for file in made}


@pytest.fixture
def classify(catalog, clock):
    return lambda **more: classify_files(
        catalog=more.pop("catalog", catalog),
        clock=more.pop("clock", clock),
        thresholds=Thresholds(),
        **more,
    )


def test_each_file_gets_its_tier_its_reasons_and_an_event(catalog, files, classify):
    report = classify()

    assert (24, {"warm->cold": 8, "warm->hot": 8}, 8) == (report.seen, report.changed, report.unchanged)
    busy, dead = (catalog.file(files[key].file_id) for key in ("busy/1", "dead/1"))
    assert (Tier.HOT, NOW) == (busy.tier, busy.tier_since)
    assert busy.tier_reasons == ("read 20 times in 7 days (hot from 10)",)
    assert (Tier.COLD, None) == (dead.tier, dead.last_read_at)

    events = []
    catalog.drain_outbox(events.extend)
    assert 16 == len(events)
    event = next(event for event in events if event.subject == busy.file_id)
    assert (Tier.WARM, Tier.HOT, "team-docs") == (event.data.before, event.data.after, event.user)
    assert busy.tier_reasons == event.data.reasons


def test_a_file_that_stays_learns_when_it_was_read_last(catalog, files, classify):
    classify()

    used = catalog.file(files["used/1"].file_id)
    assert (Tier.WARM, NOW - 20 * DAY) == (used.tier, used.last_read_at)
    assert used.tier_since == files["used/1"].tier_since
    assert used.tier_reasons == ("last read 20 days ago (warm up to 30 days)",)


def test_a_second_run_writes_nothing(catalog, files, classify, monkeypatch):
    classify()
    monkeypatch.setattr(catalog, "update_files", lambda _changes: pytest.fail("nothing changed"))

    report = classify()

    assert (24, {}, 24) == (report.seen, report.changed, len(files))


def test_only_the_asked_location_is_judged(catalog, files, classify):
    other = catalogued("busy/0", location_id="az-main", file_id="other")
    catalog.insert_files([(other, discovered(other))])

    assert len(files) == classify(location_id="s3-main").seen
    assert Tier.WARM is catalog.file("other").tier


def test_vanished_files_are_left_alone(catalog, classify):
    gone = catalogued("gone", state=FileState.VANISHED)
    catalog.insert_files([(gone, discovered(gone))])

    assert 0 == classify().seen


def test_without_any_log_nothing_cools_down(catalog, classify):
    lonely = catalogued("lonely")
    catalog.insert_files([(lonely, discovered(lonely))])

    assert {} == classify().changed
    assert Tier.WARM is catalog.file(lonely.file_id).tier


def test_a_file_that_changes_meanwhile_is_left_for_the_next_run(catalog, files, classify):
    class Racing:
        """Somebody moves one file right before the changes are written."""

        def __getattr__(self, name):
            return getattr(catalog, name)

        def update_files(self, changes):
            moved = files["dead/1"].file_id
            catalog._files[moved] = replace(catalog._files[moved], version="v2")
            return catalog.update_files(changes)

    report = classify(catalog=Racing())

    assert 1 == report.lost
    assert Tier.WARM is catalog.file(files["dead/1"].file_id).tier
    assert {"warm->cold": 1} == classify().changed


def test_use_wakes_a_cold_file_up(catalog, files, classify):
    classify()
    read(catalog, files["dead/1"], days_ago=0, times=1)

    assert {"cold->warm": 1} == classify().changed
    assert NOW == catalog.file(files["dead/1"].file_id).last_read_at
