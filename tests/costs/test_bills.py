"""Bills in the layouts that providers publish, beside our own."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from cloudflow_lib.adapters.bills.files import read_bill
from cloudflow_lib.adapters.bills.meters import aws_meter, azure_meter, gcs_meter
from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.bills import BillLine, MeterName, Verdict, reconcile
from cloudflow_lib.domain.cost_days import CostDay, CostLine, MeterCharge
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.domain.prices import ACCOUNT, Meter, Part
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.reconcile_bill import reconcile_bill
from cloudflow_lib.workflows.services import Services

BILLS = Path(__file__).parents[1] / "fixtures" / "bills"
PLACES = ((Provider.S3, "aws", "reports"), (Provider.AZURE, "azure", "team"), (Provider.GCS, "gcs", "media"))


@pytest.fixture
def services():
    catalog = MemoryCatalog()
    for provider, name, bucket in PLACES:
        place = Location(location_id=name, provider=provider, bucket=bucket, credential_id="c", owner="team-docs")
        catalog.save_location(place)
    return Services(
        catalog=catalog,
        open_store=None,
        mailer=None,
        clock=lambda: datetime(2026, 11, 1, tzinfo=UTC),
        price_book=lambda location: shipped_book(location.location_id),
    )


def rows_of(name, services):
    bill = read_bill(BILLS / name)
    return bill, {row.said: row for row in reconcile_bill(bill.lines, bill.since, bill.until, services)}


def test_a_cost_and_usage_report_reconciles_to_the_cent_and_names_each_difference(services):
    bill, rows = rows_of("cur.csv", services)

    assert ("cur", date(2026, 10, 1), date(2026, 10, 31), Decimal("0.80")) == (
        bill.layout,
        bill.since,
        bill.until,
        bill.other_usd,
    )
    assert {
        "STANDARD storage": Verdict.MATCHES,  # two lines fill the bands together
        "STANDARD_IA storage": Verdict.MATCHES,
        "STANDARD write": Verdict.MATCHES,
        "STANDARD read": Verdict.MATCHES,
        "STANDARD_IA read": Verdict.MATCHES,
        "INTELLIGENT_TIERING storage frequent": Verdict.MATCHES,
        "STANDARD_IA retrieval": Verdict.PRICE_DIFFERS,
        "StorageLens-ObjCount": Verdict.UNKNOWN,
        "TimedStorage-ByteHrs": Verdict.UNKNOWN,  # tax on it
    } == {said: row.verdict for said, row in rows.items()}
    assert (Decimal("1371.2"), Decimal("1371.2")) == (rows["STANDARD storage"].billed_usd, rows["STANDARD storage"].usd)
    assert Decimal("0.5") == rows["STANDARD_IA retrieval"].usd


def test_focus_tells_of_all_three_clouds_in_one_file(services):
    bill, rows = rows_of("focus.csv", services)

    assert ("focus", Decimal("9.99")) == (bill.layout, bill.other_usd)
    assert Verdict.MATCHES is rows["STANDARD_IA storage"].verdict
    assert {"aws", "azure", "gcs"} == {row.provider for row in rows.values()}
    assert [200, 300] == [int(rows[said].billed_quantity) for said in ("Cool storage", "NEARLINE storage")]


def test_azure_counts_operations_by_ten_thousand_and_other_redundancies_are_named(services):
    bill, rows = rows_of("azure.csv", services)

    assert ("azure", date(2026, 10, 3), Decimal("0.08")) == (bill.layout, bill.since, bill.other_usd)
    assert Verdict.MATCHES is rows["Hot storage"].verdict
    assert 500_000 == rows["Hot read"].billed_quantity
    assert Verdict.UNKNOWN is rows["Hot GRS Data Stored"].verdict


def test_google_clouds_credits_are_taken_off(services):
    bill, rows = rows_of("gcp.jsonl", services)

    assert ("gcp", Decimal("7.0")) == (bill.layout, bill.other_usd)
    assert (Decimal("2.0"), Verdict.MATCHES) == (rows["STANDARD storage"].billed_usd, rows["STANDARD storage"].verdict)
    assert Verdict.MATCHES is rows["NEARLINE storage"].verdict
    assert Verdict.UNKNOWN is rows["Standard Storage US Multi-region"].verdict


def test_quantities_are_compared_with_what_was_counted_in_the_same_days(services):
    def counted(meter, quantity, storage_class="STANDARD"):
        return MeterCharge(Part.REQUESTS, storage_class, meter, "", quantity, 0)

    line = CostLine(
        location_id="aws",
        tier=Tier.HOT,
        storage_class="STANDARD",
        prefix="",
        files=1,
        size_bytes=1,
        charges=(
            counted(Meter.READ, 1_000_500),
            counted(Meter.WRITE, 150_000),
            counted(Meter.WRITE, 9, "GLACIER_IR"),
            counted(Meter.RETRIEVAL, 5_000),
        ),
    )
    at = datetime(2026, 10, 4, tzinfo=UTC)
    services.catalog.put_cost_day(CostDay(owner="a", day=date(2026, 10, 3), worked_out_at=at, lines=(line,)), None)
    services.catalog.put_cost_day(CostDay(owner="a", day=date(2026, 9, 3), worked_out_at=at, lines=(line,)), None)
    _, rows = rows_of("cur.csv", services)

    assert Verdict.MATCHES is rows["STANDARD read"].verdict
    assert Verdict.QUANTITY_DIFFERS is rows["STANDARD write"].verdict
    assert (150_000, 200_000) == (rows["STANDARD write"].our_quantity, rows["STANDARD write"].billed_quantity)
    assert Verdict.NOT_BILLED is rows["GLACIER_IR write"].verdict
    assert "STANDARD retrieval" not in rows, "it is free: no bill has it"


EGRESS = MeterName(ACCOUNT, Meter.EGRESS)


@pytest.mark.parametrize(
    ("quantity", "billed", "worked_out", "verdict"),
    [
        (150, "4.50", "4.50", Verdict.MATCHES),
        (80, "0", "0", Verdict.MATCHES),
        (150, "13.50", "13.50", Verdict.MATCHES),  # another service used the allowance up
        (150, "4.49", "13.50", Verdict.PRICE_DIFFERS),
    ],
)
def test_what_an_account_gets_free_of_charge_is_no_difference(quantity, billed, worked_out, verdict):
    line = BillLine(
        provider="aws", resource="reports", said="", meter=EGRESS, quantity=Fraction(quantity), usd=Decimal(billed)
    )
    [row] = reconcile([line], {"aws": shipped_book("aws")}, {})

    assert (Decimal(worked_out), verdict) == (row.usd, row.verdict)


@pytest.mark.parametrize(("quantity", "missing"), [(100, []), (101, [Decimal("0.09")])])
def test_what_is_free_of_charge_no_bill_has_to_have(quantity, missing):
    rows = reconcile([], {"aws": shipped_book("aws")}, {("aws", EGRESS): Fraction(quantity)})

    assert missing == [row.usd for row in rows]


def test_a_price_book_of_ones_own_is_compared_with_as_well(services):
    own = replace(services, price_book=lambda place: replace(shipped_book(place.location_id), name="ours"))

    assert [row.verdict for row in rows_of("focus.csv", services)[1].values()] == [
        row.verdict for row in rows_of("focus.csv", own)[1].values()
    ]


@pytest.mark.parametrize(
    ("said", "meter"),
    [
        ("TimedStorage-ByteHrs", ("STANDARD", Meter.STORAGE, "")),
        ("EUC1-TimedStorage-GlacierByteHrs", ("GLACIER", Meter.STORAGE, "")),
        ("USW2-TimedStorage-GDA-ByteHrs", ("DEEP_ARCHIVE", Meter.STORAGE, "")),
        ("TimedStorage-INT-AIA-ByteHrs", ("INTELLIGENT_TIERING", Meter.STORAGE, "archive_instant")),
        ("EarlyDelete-SIA", ("STANDARD_IA", Meter.STORAGE, "")),
        ("APN1-EarlyDelete-ByteHrs", ("GLACIER", Meter.STORAGE, "")),
        ("EarlyDelete-GDA", ("DEEP_ARCHIVE", Meter.STORAGE, "")),
        ("EU-Requests-GIR-Tier1", ("GLACIER_IR", Meter.WRITE, "")),
        ("Requests-Tier3", None),
        ("Bulk-Retrieval-Bytes", ("GLACIER", Meter.RETRIEVAL, "bulk")),
        ("Monitoring-Automation-INT", ("INTELLIGENT_TIERING", Meter.MONITORING, "")),
        ("DataTransfer-Out-Bytes", (ACCOUNT, Meter.EGRESS, "")),
        ("MRAP-Out-Bytes", None),
    ],
)
def test_usage_types_are_read_with_and_without_a_region(said, meter):
    assert (None if meter is None else MeterName(*meter)) == aws_meter(said)


def test_names_that_look_alike_are_told_apart():
    assert azure_meter("Hot ZRS Data Stored") is None
    assert MeterName("Cold", Meter.WRITE) == azure_meter("Cold LRS Write Operations")
    assert gcs_meter("Standard Storage Iowa and South Carolina Dual-region") is None
    assert MeterName("COLDLINE", Meter.READ) == gcs_meter("Regional Coldline Class B Operations")
    assert MeterName("NEARLINE", Meter.RETRIEVAL) == gcs_meter("Nearline Data Retrieval")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("cur.csv", "line_item_currency_code"),
        ("focus.csv", "BillingCurrency"),
        ("azure.csv", "BillingCurrencyCode"),
        ("gcp.jsonl", "currency"),
    ],
)
def test_a_bill_in_another_currency_is_refused_instead_of_read_as_dollars(tmp_path, name, column):
    path = tmp_path / name
    if name.endswith(".csv"):
        with (BILLS / name).open(encoding="utf-8", newline="") as text:
            rows = [{**row, column: "EUR"} for row in csv.DictReader(text)]
        with path.open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    else:
        rows = [{**json.loads(line), column: "EUR"} for line in (BILLS / name).read_text().splitlines()]
        path.write_text("\n".join(map(json.dumps, rows)))

    with pytest.raises(WrongInputError, match="row 2 is in EUR, and price books are in USD"):
        read_bill(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no line"),
        ("a,b\n1,2\n", "is no bill that is known here"),
        ("MeterName,MeterCategory,Date\nx,Storage,2026-10-01\n", "row 2 cannot be read as azure"),
    ],
)
def test_a_file_that_is_no_bill_is_named_in_one_line(tmp_path, text, said):
    path = tmp_path / "bill.csv"
    path.write_text(text)

    with pytest.raises(WrongInputError, match=said) as refused:
        read_bill(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("category", ["Tax", "Credit", "Adjustment", "Purchase", "Usage"])
def test_a_focus_row_without_a_unit_is_read_and_its_money_counted(tmp_path, category):
    """FOCUS leaves out what a charge without usage has not: null in JSON, nothing in CSV."""
    nothing = dict.fromkeys(("PricingUnit", "PricingQuantity", "SkuMeter", "ChargeDescription", "ResourceId"))
    with (BILLS / "focus.csv").open(encoding="utf-8", newline="") as text:
        first = next(csv.DictReader(text))
    path = tmp_path / "bill.jsonl"
    rows = [first, {**first, **nothing, "ChargeCategory": category, "BilledCost": -0.1}]
    path.write_text("\n".join(map(json.dumps, rows)))

    storage, other = read_bill(path).lines
    assert (Decimal("1.25"), Fraction(100)) == (storage.usd, storage.quantity)
    assert (Decimal("-0.1"), Fraction(0), None, category) == (other.usd, other.quantity, other.meter, other.said)


@pytest.mark.parametrize(
    ("name", "without", "said"),
    [
        ("azure.csv", {"MeterName": None}, "Storage"),
        ("azure.csv", {"MeterName": ""}, "Storage"),
        ("gcp.jsonl", {"sku": {"id": "x", "description": None}}, "Cloud Storage"),
    ],
)
def test_a_row_that_names_no_meter_is_counted_as_unknown(tmp_path, services, name, without, said):
    with (BILLS / name).open(encoding="utf-8", newline="") as text:
        first = next(csv.DictReader(text)) if name.endswith(".csv") else json.loads(next(text))
    path = tmp_path / "bill.jsonl"
    path.write_text("\n".join(map(json.dumps, [first, {**first, **without}])))
    bill = read_bill(path)
    rows = {row.said: row.verdict for row in reconcile_bill(bill.lines, bill.since, bill.until, services)}

    assert Verdict.UNKNOWN is rows[said]
    assert bill.lines[0].usd == bill.lines[1].usd


@pytest.mark.parametrize("row", [5, None, ["sku"], "sku"])
def test_json_that_is_no_row_is_named_in_one_line(tmp_path, row):
    path = tmp_path / "bill.jsonl"
    first = (BILLS / "gcp.jsonl").read_text().splitlines()[0]
    path.write_text(f"{first}\n{json.dumps(row)}")
    with pytest.raises(WrongInputError, match="row 3 cannot be read as gcp"):
        read_bill(path)

    path.write_text(json.dumps(row))
    with pytest.raises(WrongInputError, match="is no bill that is known here"):
        read_bill(path)


def test_a_resource_of_another_shape_is_named_by_its_row(tmp_path):
    path = tmp_path / "bill.jsonl"
    first = json.loads((BILLS / "gcp.jsonl").read_text().splitlines()[0])
    path.write_text(json.dumps({**first, "resource": "media"}))

    with pytest.raises(WrongInputError, match="row 2 cannot be read as gcp"):
        read_bill(path)


def test_broken_json_and_a_missing_file_are_named(tmp_path):
    path = tmp_path / "bill.jsonl"
    path.write_text(json.dumps({"sku": {}}) + "\n{")

    for one in (path, tmp_path / "nowhere.csv"):
        with pytest.raises(WrongInputError, match=one.name):
            read_bill(one)
