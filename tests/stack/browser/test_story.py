"""The whole story as a new user lives it: from the first sign-in to a file that lies where it should."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from cloudflow_lib.ports.catalogs import FileChange
from tests.stack.browser import deeds
from tests.stack.places import keys_of, make_bucket

REPORT = "figures of november.csv"
SIZE = 300_000
READS = 8
"""From 4 in an hour on a file is hot."""
LONG_AGO = timedelta(days=60)


@pytest.fixture
def newcomer(stack, suffix, visitors):
    """Somebody whose account was made just now."""
    name = f"ann-{suffix}"
    visitors.passwords[name] = stack.add_user(name)
    return name


@pytest.fixture
def connection(stack, suffix):
    """A bucket with storage classes that the newcomer has already, and what opens it."""
    keys = keys_of(stack, "moto")
    bucket = make_bucket(stack, "moto", f"story-{suffix}")
    return bucket, deeds.Connection(
        name=f"story-{suffix}", url=keys.url, account=keys.account, secret=keys.secret, bucket=bucket.name
    )


def test_a_new_user_saves_money_on_a_file(stack, visitors, newcomer, connection, mailbox):
    bucket, cloud = connection
    page = visitors.open("/", user=newcomer)
    page.wait_for_url(re.compile(r"/plugin/cloudflow$"))
    deeds.take_tour(page)
    deeds.connect_cloud(page, cloud)

    watching = visitors.open_page("files", user=newcomer)
    deeds.go(page, "Files")
    deeds.drop_files(page, {REPORT: SIZE})
    panel = deeds.send_to(page, cloud.name)
    expect(panel.get_by_text("uploaded as warm")).to_be_visible()
    panel.get_by_role("button", name=re.compile("^Close")).click()
    expect(deeds.row_of(watching, REPORT).get_by_text("Warm", exact=True)).to_be_visible()
    assert bucket.storage_class(REPORT) == "STANDARD_IA"

    read_many_times(page, REPORT, READS)
    two_months_pass(stack, cloud.name, REPORT)
    classify(stack, cloud.name)
    expect(deeds.row_of(watching, REPORT).get_by_text("Hot", exact=True)).to_be_visible()
    expect(deeds.row_of(watching, REPORT).get_by_text(re.compile("read [0-9] times"))).to_be_visible()

    deeds.go(page, "Recommendations")
    expect(deeds.row_of(page, REPORT)).to_be_visible()
    deeds.ask_to_apply(page, REPORT).click()
    batch = deeds.watch_batch(page)
    move = deeds.row_of(page, REPORT)
    expect(move.get_by_role("img", name=re.compile("step [1-5] of 5$"))).to_be_visible()
    expect(page.get_by_role("progressbar", name=f"Batch {batch}")).to_be_visible()
    expect(move.get_by_text("Done", exact=True)).to_be_visible()
    assert bucket.storage_class(REPORT) == "STANDARD"

    (mail,) = mailbox.wait_for(f"/runs/{batch}")
    assert "1 file migrated" in mail["subject"]
    deeds.go(page, "Performance")
    expect(page.get_by_role("row").filter(has_text="Whole move").get_by_role("cell").nth(1)).to_have_text("1")
    for one in (page, watching):
        one.context.close()


def read_many_times(page, name, times):
    """Download a file again and again, as its drawer offers it."""
    deeds.row_of(page, name).locator(".cf-open").click()
    link = page.get_by_role("complementary", name="File").get_by_role("link", name="Download")
    for _ in range(times):
        with page.expect_download() as started:
            link.click()
        assert started.value.path().stat().st_size == SIZE
    page.keyboard.press("Escape")


def two_months_pass(stack, location, name):
    """Make the catalogue know the file for longer: advice for a file of today would be a guess, and none is given."""
    catalog = stack.services.catalog
    file = catalog.file(catalog.file_ids_at(location, [name])[name])
    then = datetime.now(UTC) - LONG_AGO
    older = FileChange(
        file_id=file.file_id,
        expected_version=file.version,
        expected_tier=file.tier,
        changed={"first_seen_at": then, "modified_at": then, "placed_at": then},
        event=None,
    )
    assert catalog.update_files([older]) == 1


def classify(stack, location):
    """Have files judged as an administrator does between two full hours; advice follows by itself."""
    with stack.airflow() as airflow:
        assert airflow.wait("classify_files", airflow.trigger("classify_files", {"location_id": location})) == "success"
