"""The generator knows what it wrote; readers and ingestion must find exactly that."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from cloudflow_cli.demo.behaviours import SHARES
from cloudflow_cli.demo.history import PastFile, write_history
from cloudflow_lib.adapters.access_logs.readers import dialect_named, read_log
from cloudflow_lib.adapters.access_logs.sources import local_files
from cloudflow_lib.domain.access import AccessRecord
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.events import FileData, FileDiscovered
from cloudflow_lib.domain.files import CatalogFile, file_id_at
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.places import Places
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.workflows.classify_files import classify_files
from cloudflow_lib.workflows.ingest_access_logs import AccessLogSource, ingest_access_logs
from tests.access.conftest import NOW

SINCE = datetime(2026, 1, 1, tzinfo=UTC).date()
PLACES = (
    ("s3-main", Provider.S3, "acme-docs"),
    ("az-main", Provider.AZURE, "media"),
    ("gcs-main", Provider.GCS, "acme-lake"),
)
DIALECTS = {"s3-main": "s3", "az-main": "azure", "gcs-main": "gcs"}
ODD = ["100% a+b.txt", 'quo"te;x&y.csv', "Übersicht 日本.pdf", "it's #1?.txt", "a%20raw.txt", "comma, tab\t.txt"]
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def past():
    return [
        PastFile(
            location_id=location_id,
            provider=provider,
            bucket=bucket,
            key=f"folder{n % 17}/{ODD[n] if n < len(ODD) else f'file-{n}.bin'}",
            size_bytes=100 * MIB if n % 10 == 0 else 1000 * n,
            owner="team-docs",
        )
        for location_id, provider, bucket in PLACES
        for n in range(70)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("history")


@pytest.fixture(scope="module")
def told(past, folder):
    return write_history(folder, past, seed=7, now=NOW)


@pytest.fixture
def ingest_all(catalog, clock, locations, folder, told):
    def run():
        assert told.logs
        return [
            ingest_access_logs(
                AccessLogSource(
                    name=location_id,
                    reader=dialect_named(dialect).make_reader(),
                    list_logs=partial(local_files, folder / location_id / "**" / "*", dialect),
                    places=Places(locations),
                ),
                catalog=catalog,
                clock=clock,
            )
            for location_id, dialect in DIALECTS.items()
        ]

    return run


def test_ingestion_finds_exactly_what_was_written(catalog, ingest_all, told):
    reports = ingest_all()

    for name in ("lines", "reads", "duplicates", "broken", "own", "not_reads", "logs"):
        assert getattr(told, name) == sum(getattr(report, name) for report in reports), name
        assert getattr(told, name) > 0, name
    assert told.late > 0
    assert 0 == sum(report.unknown_bucket for report in reports)

    found = {(row.file_id, row.day): row.reads for page in catalog.reads_since(SINCE) for row in page}
    assert {(file_id_at(place, key), day): reads for (place, key, day), reads in told.by_file.items()} == found
    assert 0 == sum(report.lines for report in ingest_all())


def test_each_line_alone_is_what_the_generator_meant(folder, told):
    """Without the workflow: bare readers over the files, summed by hand."""
    reads = Counter()
    for location_id, dialect in DIALECTS.items():
        for path in (folder / location_id).rglob("*"):
            if path.is_file():
                with path.open("rb") as stream:
                    for item in read_log(stream, dialect):
                        if (
                            isinstance(item, AccessRecord)
                            and item.kind == "read"
                            and "cloudflow" not in item.user_agent
                        ):
                            reads[location_id, item.key, item.at.date(), item.line_id] += 1
    by_file = Counter((place, key, day) for place, key, day, _ in reads)

    assert dict(told.by_file) == dict(by_file)
    assert told.duplicates == sum(reads.values()) - len(reads)


def test_the_same_seed_tells_the_same_past(past, folder, tmp_path, told):
    again = write_history(tmp_path / "again", past, seed=7, now=NOW)
    other = write_history(tmp_path / "other", past[:20], seed=8, now=NOW)

    def content(place):
        return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}

    assert content(folder) == content(tmp_path / "again")
    assert told == again
    assert not other.by_file.items() <= told.by_file.items()


def test_the_folder_says_that_it_is_synthetic(folder, told):
    note = (folder / "README.md").read_text()

    assert note.startswith("# Synthetic access logs")
    assert str(told.lines) in note


def test_nothing_lies_in_the_future_or_before_the_first_day(told):
    days = {day for _, _, day in told.by_file}

    assert NOW.date() >= max(days)
    assert (NOW - timedelta(days=120)).date() <= min(days)


def test_the_past_leads_to_sensible_shares_of_hot_warm_and_cold(catalog, clock, past, ingest_all):
    files = [
        CatalogFile(
            file_id=file_id_at(file.location_id, file.key),
            owner="team-docs",
            location_id=file.location_id,
            key=file.key,
            size_bytes=file.size_bytes,
            version="1",
            storage_class="STANDARD",
            modified_at=NOW,
            tier_since=NOW,
            first_seen_at=NOW - timedelta(days=30),
        )
        for file in past
    ]
    data = FileData(location_id="s3-main", key="k", size_bytes=1, storage_class="STANDARD")
    catalog.insert_files([(file, FileDiscovered(subject=file.file_id, user="team-docs", data=data)) for file in files])
    ingest_all()

    report = classify_files(catalog=catalog, clock=clock, thresholds=Thresholds())

    shares = Counter(catalog.file(file.file_id).tier for file in files)
    assert all(shares[tier] > len(files) * 0.08 for tier in Tier), json.dumps(shares)
    assert len(files) == report.seen


def test_every_behaviour_is_used(told):
    assert 100 == sum(share for _, share in SHARES)
    assert told.reads > 1000
