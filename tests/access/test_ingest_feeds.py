"""Feeds: from what a location says about its logs to counted reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudflow_lib.adapters.access_logs.sources import feed_opener
from cloudflow_lib.domain.locations import LogFeed
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.ingest_feeds import ingest_feeds
from cloudflow_lib.workflows.services import Services
from tests import servers
from tests.access.conftest import location
from tests.access.test_ingest_access_logs import reads, s3_line


@pytest.fixture
def log_store():
    return servers.memory().open_fresh()


@pytest.fixture
def bench(catalog, clock, log_store):
    def open_store(location_id):
        assert "s3-logs" == location_id
        return log_store

    return Services(
        catalog=catalog,
        open_store=open_store,
        mailer=None,
        clock=clock,
        open_feed=feed_opener(open_store),
    )


def save(catalog, location_id, bucket, *feeds):
    catalog.save_location(replace(location(location_id, "s3", bucket), log_feeds=feeds))


def test_a_folder_of_logs_and_a_bucket_of_logs_are_feeds(bench, catalog, log_store, tmp_path):
    (tmp_path / "1.log").write_text(s3_line(bucket="one"))
    log_store.put("logs/1", s3_line(bucket="one").encode(), ObjectTraits())
    feeds = LogFeed(dialect="s3", place=f"{tmp_path}/*.log"), LogFeed(dialect="s3", place="s3-logs:logs/")
    save(catalog, "one", "one", *feeds)

    reports = ingest_feeds("one", bench)

    assert [1, 1] == [report.reads for report in reports]
    assert [0, 0] == [report.lines for report in ingest_feeds("one", bench)]
    assert 2 == reads(catalog)


def test_a_shared_feed_is_read_once_for_all_who_share_it(bench, catalog, tmp_path):
    (tmp_path / "log").write_text(s3_line(bucket="one") + s3_line(bucket="two") + s3_line(bucket="three"))
    feed = LogFeed(dialect="s3", place=f"{tmp_path}/*")
    save(catalog, "a", "one", feed)
    save(catalog, "b", "two", feed)

    (skipped,) = ingest_feeds("b", bench)
    (report,) = ingest_feeds("a", bench)

    assert (0, "a") == (skipped.lines, skipped.read_with)
    assert (2, 1) == (report.reads, report.unknown_bucket)


def test_a_location_without_feeds_has_nothing_to_report(bench):
    assert [] == ingest_feeds("s3-main", bench)


def test_a_wrong_dialect_is_one_plain_line(bench, catalog):
    save(catalog, "one", "one", LogFeed(dialect="apache", place="/var/log/*"))

    with pytest.raises(WrongInputError, match="no dialect of access logs is called 'apache'"):
        ingest_feeds("one", bench)
