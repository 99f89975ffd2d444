"""What the catalogue promises about reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cloudflow_lib.adapters.catalogs import mongo_access
from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.files import file_id_at
from tests.catalog.examples import NOW, a_file, fill

DAY = date(2026, 3, 1)
ONE, TWO = (file_id_at("s3-main", key) for key in ("one", "two"))


def reads(file_id=ONE, day=DAY, count=2, hour=9):
    return DayRollup(
        file_id=file_id,
        day=day,
        reads=count,
        read_bytes=count * 5_000_000_000,
        hours={hour: count},
        last_read_at=NOW.replace(year=day.year, month=day.month, day=day.day, hour=hour),
    )


def test_reads_add_up(catalog):
    catalog.add_reads("batch-1", [reads(), reads(TWO), reads(day=DAY - timedelta(days=1))])
    catalog.add_reads("batch-2", [reads(count=3, hour=7), reads(count=1, hour=9)])
    catalog.add_reads("batch-3", [reads(count=1, hour=9)])

    [earlier, today] = catalog.reads_of([ONE], DAY - timedelta(days=5))[ONE]
    assert reads(day=DAY - timedelta(days=1)) == earlier
    assert (6, 30_000_000_000, {9: 3, 7: 3}) == (today.reads, today.read_bytes, today.hours)
    assert NOW.replace(hour=9) == today.last_read_at


def test_adding_a_batch_again_changes_nothing(catalog):
    for batch in ("batch-1", "batch-2", "batch-1", "batch-2"):
        catalog.add_reads(batch, [reads(), reads(TWO)])

    assert [4, 4] == [found[0].reads for found in catalog.reads_of([ONE, TWO], DAY).values()]


def test_a_batch_that_was_half_added_is_completed(catalog):
    catalog.add_reads("batch-1", [reads()])
    catalog.add_reads("batch-1", [reads(), reads(TWO)])

    assert [2, 2] == [found[0].reads for found in catalog.reads_of([ONE, TWO], DAY).values()]


def test_reads_are_found_by_file_and_by_time(catalog):
    rollups = [
        reads(file_id_at("s3-main", str(number)), DAY - timedelta(days=back)) for number in range(99) for back in (0, 9)
    ]
    catalog.add_reads("batch-1", rollups)
    found = [rollup for page in catalog.reads_since(DAY - timedelta(days=1)) for rollup in page]

    assert sorted(rollup.file_id for rollup in rollups[::2]) == [rollup.file_id for rollup in found]
    assert rollups[0] in found
    assert {rollups[0].file_id: [rollups[0]]} == catalog.reads_of([rollups[0].file_id, "nobody"], DAY)
    assert {} == catalog.reads_of([], DAY)
    assert 198 == sum(len(page) for page in catalog.reads_since(DAY - timedelta(days=9)))


@pytest.mark.parametrize("wanted", [slice(None), slice(0, 120), slice(0, None, 5)], ids=["all", "close", "scattered"])
def test_reads_of_many_files_are_found_wherever_they_lie(catalog, wanted):
    files = sorted((a_file(f"{number:03d}") for number in range(600)), key=lambda file: file.file_id)
    fill(catalog, *files)
    catalog.add_reads("batch-1", [reads(file.file_id) for file in files[::2]])
    asked = [file.file_id for file in files[wanted]]
    read = {file.file_id for file in files[::2]}

    assert {file_id: 2 for file_id in asked if file_id in read} == {
        file_id: found.reads for file_id, [found] in catalog.reads_of(asked, DAY).items()
    }


def test_an_ingested_batch_is_remembered(catalog):
    assert not catalog.is_ingested("s3/logs/a.gz")
    catalog.mark_ingested("s3/logs/a.gz", {"lines": 5, "reads.of.files": 2})
    catalog.mark_ingested("s3/logs/a.gz", {"lines": 5})
    assert catalog.is_ingested("s3/logs/a.gz")


def test_the_state_of_a_log_is_kept_and_replaced(catalog):
    assert {} == catalog.log_state("covered/s3-main")
    catalog.save_log_state("covered/s3-main", {"a.b$": 2**40})
    catalog.save_log_state("covered/s3-main", {"until": 7})
    assert {"until": 7} == catalog.log_state("covered/s3-main")


def test_seen_lines_are_remembered_by_source_and_hour(catalog):
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    first, second = (bytes([number]) * 8 for number in (1, 255))
    catalog.add_seen_lines("s3", hour, [first])
    catalog.add_seen_lines("s3", hour, [second, first])
    catalog.add_seen_lines("s3", hour, [])

    assert {first, second} == catalog.seen_lines("s3", hour)
    assert frozenset() == catalog.seen_lines("azure", hour)
    assert frozenset() == catalog.seen_lines("s3", hour + timedelta(hours=1))


@pytest.mark.servers
def test_seen_lines_outgrow_a_document(mongo_catalog, monkeypatch):
    monkeypatch.setattr(mongo_access, "SEEN_BYTES", 8 * 40)
    hashes = [number.to_bytes(8, "big") for number in range(100)]
    for start in range(0, 100, 7):
        mongo_catalog.add_seen_lines("s3", NOW, hashes[start : start + 7])

    assert frozenset(hashes) == mongo_catalog.seen_lines("s3", NOW)
    assert 3 == mongo_catalog._shelf("seen_lines").count_documents({})


@pytest.mark.servers
def test_broken_lines_are_kept_but_never_without_bound(mongo_catalog):
    lines = [(f"line {number} \udcff", "no date: '\udcff'") for number in range(1500)]
    mongo_catalog.quarantine_lines("s3", lines)
    mongo_catalog.quarantine_lines("s3", lines)
    kept = list(mongo_catalog._shelf("access_quarantine").find())

    assert 1001 == len(kept)
    assert any("500 more lines" in line["reason"] for line in kept)


def test_a_rollup_is_a_value(catalog):
    catalog.add_reads("batch-1", [replace(reads(), hours={})])

    assert {} == catalog.reads_of([ONE], DAY)[ONE][0].hours
