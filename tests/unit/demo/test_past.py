"""The past of the demonstration's files, in the catalogue and in the bills."""

from datetime import timedelta

import pytest
from worlds import file

from cloudflow_cli.demo.past import BILLED_DAYS, OLDER_DAYS, bill_past_days, let_files_be_old
from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.ports.clock import system_clock
from cloudflow_lib.workflows.services import Services
from tests.catalog.examples import fill

NOW = system_clock()
LONG_AGO = NOW - timedelta(days=120)


@pytest.fixture
def catalog():
    catalog = MemoryCatalog()
    catalog.save_location(
        Location(location_id="s3-main", provider=Provider.S3, bucket="b", credential_id="c", owner="admin")
    )
    fill(catalog, file("docs/a", first_seen_at=NOW), file("docs/b", first_seen_at=NOW - timedelta(days=500)))
    return catalog


def found(catalog):
    return [file for page in catalog.iter_files() for file in page]


def test_files_are_at_least_as_old_as_their_logs_and_older_ones_stay_so(catalog):
    assert 1 == let_files_be_old(found(catalog), LONG_AGO, catalog)
    assert 0 == let_files_be_old(found(catalog), LONG_AGO, catalog)

    oldest, other = sorted(file.first_seen_at for file in found(catalog))
    assert NOW - timedelta(days=500) == oldest
    assert LONG_AGO - timedelta(days=OLDER_DAYS) < other <= LONG_AGO


def test_each_day_is_billed_once(catalog):
    let_files_be_old(found(catalog), LONG_AGO, catalog)
    services = Services(
        catalog=catalog,
        open_store=None,
        mailer=None,
        clock=lambda: NOW,
        price_book=lambda _location: shipped_book("aws"),
    )

    assert BILLED_DAYS == bill_past_days(services)
    assert 0 == bill_past_days(services)
    yesterday = (NOW - timedelta(days=1)).date()
    assert {yesterday - timedelta(days=back) for back in range(BILLED_DAYS)} == {
        day.day for day in catalog.cost_days(LONG_AGO.date(), yesterday)
    }
