"""The demonstration's bill: what the biller counted, with one mistake that has to be found."""

from datetime import timedelta

import pytest
from worlds import NOW

from cloudflow_cli.demo.bill import reconcile_a_bill
from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.bills import Verdict
from cloudflow_lib.domain.cost_days import CostDay, CostLine, MeterCharge
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.domain.prices import Meter, Part
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.workflows.services import Services

DAY = (NOW - timedelta(days=3)).date()
COUNTED = {Meter.STORAGE: 10**15, Meter.READ: 5_000, Meter.RETRIEVAL: 10**9}


@pytest.fixture
def services():
    catalog = MemoryCatalog()
    catalog.save_location(
        Location(location_id="s3-main", provider=Provider.S3, bucket="b", credential_id="c", owner="admin")
    )
    return Services(
        catalog=catalog,
        open_store=None,
        mailer=None,
        clock=lambda: NOW,
        price_book=lambda _location: shipped_book("aws"),
    )


def count(catalog, day, counted):
    charges = tuple(MeterCharge(Part.REQUESTS, "STANDARD", meter, "", number, 0) for meter, number in counted.items())
    line = CostLine(
        location_id="s3-main",
        tier=Tier.HOT,
        storage_class="STANDARD",
        prefix="",
        files=1,
        size_bytes=1,
        charges=charges,
    )
    catalog.put_cost_day(CostDay(owner="admin", day=day, worked_out_at=NOW, lines=(line,)), None)


def test_all_but_the_mistake_matches_on_the_last_day_with_reads(services, tmp_path):
    count(services.catalog, DAY, COUNTED)
    count(services.catalog, DAY + timedelta(days=1), {Meter.STORAGE: 1})

    found = reconcile_a_bill("s3-main", tmp_path / "bill.csv", services)

    assert {"STANDARD storage": Verdict.MATCHES, "STANDARD read": Verdict.QUANTITY_DIFFERS} == {
        row.said: row.verdict for row in found.rows
    }
    assert "1 of 2 meters match; STANDARD read: quantity differs" == found.result
    assert () == found.problems


def test_a_bill_without_anything_to_compare_is_a_problem(services, tmp_path):
    found = reconcile_a_bill("s3-main", tmp_path / "bill.csv", services)

    assert ["a bill with too many reads and no other mistake came out as: 0 of 0 meters match; nothing differs"] == [
        *found.problems
    ]


def test_a_difference_that_was_not_made_is_a_problem(services, tmp_path):
    count(services.catalog, DAY, {**COUNTED, Meter.LIST: 10_000})

    found = reconcile_a_bill("s3-main", tmp_path / "bill.csv", services)

    assert "STANDARD list: not billed" in found.problems[0]
