"""Ingestion: every read counts once, whatever is late, double, broken or interrupted."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from cloudflow_lib.adapters.access_logs.readers import dialect_named
from cloudflow_lib.adapters.access_logs.sources import local_files, store_objects
from cloudflow_lib.domain.access import OwnTraffic
from cloudflow_lib.domain.files import file_id_at
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.domain.places import Places
from cloudflow_lib.workflows import log_batches
from cloudflow_lib.workflows.ingest_access_logs import AccessLogSource, ingest_access_logs
from cloudflow_lib.workflows.log_coverage import load_coverage
from tests import servers
from tests.access.breaking import BreakingCatalog, CrashError
from tests.access.conftest import NOW, location
from tests.access.test_versitygw_reader import written

SINCE = date(2026, 1, 1)
numbers = count()


def s3_line(
    key="a.txt", *, request_id=None, at="21/Nov/2026:10:15:01 +0000", bucket="acme-docs", sent=10, agent="curl/8"
):
    request = request_id or f"R{next(numbers)}"
    return (
        f"o {bucket} [{at}] 192.0.2.3 who {request} REST.GET.OBJECT {key}"
        f' "GET /{bucket}/{key} HTTP/1.1" 200 - {sent} 10 4 2 "-" "{agent}" - host=\n'
    )


@pytest.fixture
def source(tmp_path, locations):
    """Return what reads the log files of a folder; each call lists them anew."""

    def make(dialect="s3", pattern="*", places=locations, **more):
        return AccessLogSource(
            name=f"{dialect}-test",
            reader=dialect_named(dialect).make_reader(),
            list_logs=lambda: local_files(tmp_path / pattern, dialect),
            places=Places(places),
            **more,
        )

    return make


def total(catalog):
    """Return (file id, day, hours, bytes) of everything counted."""
    return sorted(
        (rollup.file_id, rollup.day, tuple(sorted(rollup.hours.items())), rollup.read_bytes)
        for page in catalog.reads_since(SINCE)
        for rollup in page
    )


def reads(catalog):
    return sum(rollup.reads for page in catalog.reads_since(SINCE) for rollup in page)


def test_every_line_is_exactly_one_thing(catalog, clock, source, tmp_path):
    lines = [
        s3_line("a.txt"),
        s3_line("b.txt", request_id="same"),
        s3_line("b.txt", request_id="same"),
        s3_line("a.txt", agent="x cloudflow/0.1"),
        s3_line("a.txt", bucket="foreign"),
        s3_line("a.txt").replace("GET.OBJECT", "HEAD.OBJECT"),
        s3_line("a.txt", at="21/Nov/2030:10:15:01 +0000"),
        "broken\n",
    ]
    (tmp_path / "log").write_text("".join(lines))

    report = ingest_access_logs(source(), catalog=catalog, clock=clock)

    assert (8, 2, 1, 2, 1, 1, 1) == (
        report.lines,
        report.reads,
        report.duplicates,
        report.broken,
        report.own,
        report.unknown_bucket,
        report.not_reads,
    )
    assert (2, 1) == (report.files_touched, report.logs)


def test_counts_land_in_the_day_and_hour_they_tell_about(catalog, clock, source, tmp_path):
    late = [s3_line(at="20/Nov/2026:23:59:59 +0000", sent=5), s3_line(at="21/Nov/2026:00:00:00 +0000", sent=7)]
    (tmp_path / "2026-11-23-late").write_text("".join(late))

    ingest_access_logs(source(), catalog=catalog, clock=clock)

    file_id = file_id_at("s3-main", "a.txt")
    assert [
        (file_id, date(2026, 11, 20), ((23, 1),), 5),
        (file_id, date(2026, 11, 21), ((0, 1),), 7),
    ] == total(catalog)


def test_a_second_run_finds_nothing_new(catalog, clock, source, tmp_path):
    (tmp_path / "log").write_text(s3_line() * 1 + s3_line())
    ingest_access_logs(source(), catalog=catalog, clock=clock)
    before = total(catalog)

    report = ingest_access_logs(source(), catalog=catalog, clock=clock)

    assert (0, 0) == (report.lines, report.logs)
    assert before == total(catalog)


def test_a_line_delivered_in_two_files_counts_once(catalog, clock, source, tmp_path):
    line = s3_line(request_id="twice")
    (tmp_path / "1").write_text(line + s3_line())
    (tmp_path / "2").write_text(s3_line() + line)

    report = ingest_access_logs(source(), catalog=catalog, clock=clock)

    assert (3, 1, 3) == (report.reads, report.duplicates, reads(catalog))


def test_gzipped_logs_read_like_plain_ones_and_damaged_ones_do_not_stop_the_run(catalog, clock, source, tmp_path):
    data = gzip.compress("".join(s3_line() for _ in range(500)).encode())
    (tmp_path / "1.gz").write_bytes(gzip.compress(s3_line().encode()))
    (tmp_path / "2.gz").write_bytes(data[: len(data) // 2])
    (tmp_path / "3").write_text(s3_line())

    report = ingest_access_logs(source(), catalog=catalog, clock=clock)

    assert 1 == report.broken
    assert 2 < report.reads < 502
    assert 3 == report.logs


def test_an_endless_line_is_broken_and_costs_no_memory(catalog, clock, source, tmp_path):
    (tmp_path / "log").write_bytes(b"x" * 3_000_000 + b"\n" + s3_line().encode())

    report = ingest_access_logs(source(), catalog=catalog, clock=clock)

    assert (1, 1) == (report.broken, report.reads)


def test_broken_lines_are_kept_without_secrets(catalog, clock, source, tmp_path):
    (tmp_path / "log").write_bytes(b'GET /k?X-Amz-Signature=abc123&x=1 "sig=zzz" \xff\n')

    ingest_access_logs(source(), catalog=catalog, clock=clock)

    ((line, reason),) = catalog._broken["s3-test"]
    assert "abc123" not in line
    assert "zzz" not in line
    assert "\\xff" in line
    assert "S3 access log" in reason


def test_the_longest_prefix_decides_whose_file_it_is(catalog, clock, source, tmp_path):
    places = [
        location("whole", "s3", "acme-docs"),
        location("part", "s3", "acme-docs", prefix="hr/"),
        location("elsewhere", "s3", "other", prefix="x/"),
    ]
    (tmp_path / "log").write_text(s3_line("hr/a") + s3_line("b") + s3_line("y", bucket="other"))

    report = ingest_access_logs(source(places=places), catalog=catalog, clock=clock)

    assert {file_id_at("part", "hr/a"), file_id_at("whole", "b")} == {row[0] for row in total(catalog)}
    assert 1 == report.unknown_bucket


def test_a_moved_file_keeps_its_reads(catalog, clock, source, tmp_path, monkeypatch):
    monkeypatch.setattr(catalog, "file_ids_at", lambda _place, keys: dict.fromkeys(keys, "moved-here"))
    (tmp_path / "log").write_text(s3_line())

    ingest_access_logs(source(), catalog=catalog, clock=clock)

    assert ["moved-here"] == [row[0] for row in total(catalog)]


def test_own_requesters_are_known_by_name_too(catalog, clock, source, tmp_path):
    (tmp_path / "log").write_text(s3_line())

    report = ingest_access_logs(source(own=OwnTraffic(requesters=frozenset({"who"}))), catalog=catalog, clock=clock)

    assert (1, 0) == (report.own, report.reads)


def test_the_logs_tell_what_time_they_cover(catalog, clock, source, tmp_path):
    (tmp_path / "1").write_text(s3_line(at="20/Nov/2026:08:00:00 +0000"))
    (tmp_path / "2").write_text(s3_line(at="22/Nov/2026:09:00:00 +0000", agent="cloudflow/0.1"))

    ingest_access_logs(source(), catalog=catalog, clock=clock)

    span = load_coverage(catalog, "s3-main")
    assert (datetime(2026, 11, 20, 8, tzinfo=UTC), datetime(2026, 11, 22, 9, tzinfo=UTC)) == (span.since, span.until)
    assert load_coverage(catalog, "az-main") is None


def test_a_log_object_in_a_bucket_reads_like_a_file(catalog, clock, locations):
    store = servers.memory().open_fresh()
    store.put("logs/2026-11-21-1", s3_line().encode(), ObjectTraits())
    store.put("logs/2026-11-21-2.gz", gzip.compress(s3_line().encode()), ObjectTraits())
    store.put("elsewhere", s3_line().encode(), ObjectTraits())
    reader = dialect_named("s3").make_reader()

    def run():
        source = AccessLogSource(
            name="s3",
            reader=reader,
            list_logs=lambda: store_objects(store, "logs/", "s3", location_id="s3-logs"),
            places=Places(locations),
        )
        return ingest_access_logs(source, catalog=catalog, clock=clock)

    assert (2, 2) == (run().reads, reads(catalog))
    assert 0 == run().lines


def test_a_log_that_vanishes_under_the_read_waits_for_the_next_run(catalog, clock, source, tmp_path):
    store = servers.memory().open_fresh()
    info = store.put("logs/1", s3_line().encode(), ObjectTraits())
    logs = list(store_objects(store, "logs/", "s3", location_id="s3-logs"))
    store.delete("logs/1")
    (tmp_path / "2").write_text(s3_line())

    mixed = replace(source(), list_logs=lambda: [*logs, *source().list_logs()])
    report = ingest_access_logs(mixed, catalog=catalog, clock=clock)

    assert info.version
    assert (1, 1) == (report.postponed, report.reads)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(log_batches, "BATCH_LINES", 3)


@pytest.mark.usefixtures("small_batches")
def test_long_logs_are_cut_into_batches(catalog, clock, source, tmp_path):
    (tmp_path / "log").write_text("".join(s3_line(f"k{n}") for n in range(9)))

    report = ingest_access_logs(source(), catalog=catalog, clock=clock)

    assert (9, 9) == (report.reads, reads(catalog))
    assert 4 == len(catalog._ingested), "three batches, and the log itself"


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_call_changes_no_count(catalog, clock, source, tmp_path, moment):
    """Whichever call breaks, a second run ends with the same counts as an undisturbed one."""
    lines = [s3_line(f"k{n % 4}", at=f"{20 + n % 2}/Nov/2026:10:15:01 +0000") for n in range(8)]
    (tmp_path / "1").write_text("".join(lines[:5]) + "broken\n")
    (tmp_path / "2").write_text("".join(lines[3:]))
    undisturbed = BreakingCatalog(catalog, 0, moment)
    ingest_access_logs(source(), catalog=undisturbed, clock=clock)
    expected = total(catalog)
    assert 8 == reads(catalog)

    for broken_call in range(1, undisturbed.calls + 1):
        fresh = type(catalog)()
        with pytest.raises(CrashError):
            ingest_access_logs(source(), catalog=BreakingCatalog(fresh, broken_call, moment), clock=clock)

        ingest_access_logs(source(), catalog=fresh, clock=clock)

        assert expected == total(fresh), f"after a crash {moment} call {broken_call}"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("most_logs", [500, 2])
def test_a_crash_counts_nothing_twice_though_more_logs_came_meanwhile(
    catalog, clock, source, tmp_path, moment, most_logs, monkeypatch
):
    """Small logs share a batch; new ones, with lines told before, must not join the broken one."""
    monkeypatch.setattr(log_batches, "BATCH_LOGS", most_logs)
    lines = [s3_line(f"k{n % 2}") for n in range(9)]
    early = {"b": lines[:3], "d": lines[2:5], "f": [*lines[5:6], "broken\n"], "g": []}
    late = {"a": lines[1:2] + lines[6:7], "c": lines[7:8] + lines[4:5], "z": lines[8:]}

    for broken_call in count(1):
        for path in tmp_path.iterdir():
            path.unlink()
        for name, held in early.items():
            (tmp_path / name).write_text("".join(held))
        fresh = type(catalog)()
        try:
            ingest_access_logs(source(), catalog=BreakingCatalog(fresh, broken_call, moment), clock=clock)
        except CrashError:
            pass
        else:
            break
        for name, held in late.items():
            (tmp_path / name).write_text("".join(held))

        ingest_access_logs(source(), catalog=fresh, clock=clock)

        assert 9 == reads(fresh), f"after a crash {moment} call {broken_call}"
        assert 0 == ingest_access_logs(source(), catalog=fresh, clock=clock).lines
    assert broken_call > 10


def test_small_logs_share_a_batch(catalog, clock, source, tmp_path, monkeypatch):
    added = []
    add_reads = catalog.add_reads
    monkeypatch.setattr(catalog, "add_reads", lambda batch, rollups: (added.append(batch), add_reads(batch, rollups)))
    for number in range(30):
        (tmp_path / f"{number:02}").write_text(s3_line())

    report = ingest_access_logs(source(), catalog=catalog, clock=clock)

    assert (30, 30, 1) == (report.logs, report.reads, len(added))


@pytest.fixture
def live_places():
    return [location("live", "s3", "bkt")]


def test_a_live_log_is_read_on_from_where_it_ended(catalog, clock, source, tmp_path, live_places):
    log = tmp_path / "access.log"
    log.write_bytes(b"log starts now\n" + written("a", request_id="1"))
    half = written("c", request_id="3")

    first = ingest_access_logs(source("versitygw", places=live_places), catalog=catalog, clock=clock)
    with log.open("ab") as stream:
        stream.write(written("b", request_id="2") + half[:50])
    second = ingest_access_logs(source("versitygw", places=live_places), catalog=catalog, clock=clock)
    with log.open("ab") as stream:
        stream.write(half[50:])
    third = ingest_access_logs(source("versitygw", places=live_places), catalog=catalog, clock=clock)

    assert [(1, 1), (1, 1), (1, 1)] == [(report.lines, report.reads) for report in (first, second, third)]
    assert 3 == reads(catalog)


def test_a_live_log_that_was_rotated_is_read_from_its_start(catalog, clock, source, tmp_path, live_places):
    log = tmp_path / "access.log"
    log.write_bytes(b"log starts Monday\n" + written("a", request_id="1") * 1)
    ingest_access_logs(source("versitygw", places=live_places), catalog=catalog, clock=clock)

    log.write_bytes(b"log starts Tuesday\n" + written("b", request_id="2"))
    report = ingest_access_logs(source("versitygw", places=live_places), catalog=catalog, clock=clock)

    assert (1, 2) == (report.reads, reads(catalog))


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_counts_nothing_twice_though_the_log_grew_meanwhile(
    clock, catalog, source, tmp_path, live_places, moment
):
    """The lines that arrive between crash and restart are the hard part: they must not join the broken batch."""
    log = tmp_path / "access.log"
    parts = [
        b"log starts\n" + b"".join(written(f"k{n}", request_id=f"{run}-{n}") for n in range(5)) for run in range(2)
    ]

    for broken_call in count(1):
        fresh = type(catalog)()
        log.write_bytes(parts[0])
        broken = BreakingCatalog(fresh, broken_call, moment)
        try:
            ingest_access_logs(source("versitygw", places=live_places), catalog=broken, clock=clock)
        except CrashError:
            pass
        else:
            break
        with log.open("ab") as stream:
            stream.write(parts[1])

        ingest_access_logs(source("versitygw", places=live_places), catalog=fresh, clock=clock)

        assert 10 == reads(fresh), f"after a crash {moment} call {broken_call}"
        assert {1, 2} >= {row[2][0][1] for row in total(fresh)}
    assert broken_call > 10


def test_times_ahead_of_ours_by_minutes_are_taken(catalog, clock, source, tmp_path):
    ahead = (NOW + timedelta(minutes=10)).strftime("%d/Nov/%Y:%H:%M:%S +0000")
    (tmp_path / "log").write_text(s3_line(at=ahead))

    assert 1 == ingest_access_logs(source(), catalog=catalog, clock=clock).reads
