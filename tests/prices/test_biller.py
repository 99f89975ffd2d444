"""The one biller: each rule of the price lists, on timelines small enough to check by hand."""

from decimal import Decimal

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.billing import Biller, exact_sum
from cloudflow_lib.domain.prices import Part
from cloudflow_lib.domain.timelines import Accesses, Moves, Objects
from cloudflow_lib.errors import WrongInputError

GIB = 2**30
MONTH = Decimal(365) / 12
AWS = ("STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
HOT, IT, IA, GIR, GLACIER, DEEP = range(6)


def objects(*sizes, start=0, end=365, created=-1000):
    count = len(sizes)
    return Objects(
        size_bytes=np.array(sizes, np.int64),
        created=np.full(count, created, np.int32),
        start=np.full(count, start, np.int32),
        end=np.full(count, end, np.int32),
    )


def accesses(*rows):
    columns = list(zip(*sorted(rows), strict=True)) if rows else [[]] * 5
    kinds = (np.int32, np.int32, np.int64, np.int64, np.int64)
    return Accesses(
        **{
            name: np.array(column, kind)
            for name, column, kind in zip(
                ("object", "day", "reads", "bytes_read", "writes"), columns, kinds, strict=True
            )
        }
    )


def moves(*rows):
    columns = list(zip(*rows, strict=True)) if rows else [[]] * 3
    kinds = (np.int32, np.int32, np.int8)
    return Moves(**{n: np.array(c, k) for n, c, k in zip(("object", "day", "to"), columns, kinds, strict=True)})


def bill(what, first, used=(), moved=(), book="aws", classes=AWS, *, by_lifecycle=False, **options):
    first = np.full(len(what), first, np.int8)
    prices = shipped_book(book).by_lifecycle if by_lifecycle else shipped_book(book)
    return Biller(prices, classes).bill(what, accesses(*used), first, moves(*moved), **options)


def about(usd):
    return pytest.approx(float(usd), abs=2e-9)


def test_a_year_of_one_gigabyte_in_standard():
    told = bill(objects(GIB), HOT)

    assert Decimal("0.276") == told.usd
    assert Decimal("0.276") == told.split[Part.STORAGE]
    assert about("0.276") == told.by_object[0]


def test_a_birth_is_a_write_in_the_class_it_is_born_into():
    assert Decimal("0.00002") == bill(objects(GIB, created=0), GIR).split[Part.REQUESTS]
    assert 0 == bill(objects(GIB), GIR).split[Part.REQUESTS]


def test_a_small_object_is_charged_as_128_kib_in_a_cold_class():
    assert bill(objects(1), IA).split[Part.STORAGE] == bill(objects(128 * 1024), IA).split[Part.STORAGE]


def test_an_archived_object_carries_40_kib_along():
    """32 KiB at the price of the class, 8 KiB at Standard's."""
    wanted = (Decimal(GIB + 32 * 1024) * Decimal("0.00099") + Decimal(8 * 1024) * Decimal("0.023")) / GIB * 12

    assert about(wanted) == float(bill(objects(GIB), DEEP).split[Part.STORAGE])


def test_reads_cost_requests_and_retrieval_where_the_object_lies():
    told = bill(objects(GIB), IA, used=[(0, 5, 1000, 3 * GIB, 0)])

    assert Decimal("0.001") == told.split[Part.REQUESTS]
    assert Decimal("0.03") == told.split[Part.RETRIEVAL]


def test_a_read_on_the_day_of_a_move_meets_the_new_class():
    told = bill(objects(GIB), HOT, used=[(0, 4, 0, GIB, 0), (0, 5, 0, GIB, 0)], moved=[(0, 5, GIR)])

    assert Decimal("0.03") == told.split[Part.RETRIEVAL]


def test_a_colder_move_by_a_lifecycle_rule_costs_its_transition_price():
    told = bill(objects(GIB, end=200), IA, moved=[(0, 100, GIR)], by_lifecycle=True)

    assert Decimal("0.00002") == told.split[Part.TRANSITION]
    assert 0 == told.split[Part.EARLY_DELETE]
    assert 1 == told.moves


def test_a_colder_move_of_one_object_is_a_copy():
    told = bill(objects(GIB, end=200), IA, moved=[(0, 100, GIR)])

    assert Decimal("0.01") + Decimal("0.001") / 1000 + Decimal("0.02") / 1000 == told.split[Part.TRANSITION]


def test_a_warmer_move_is_a_read_a_retrieval_and_a_write():
    told = bill(objects(GIB), GIR, moved=[(0, 100, HOT)])

    assert Decimal("0.03") + Decimal("0.01") / 1000 + Decimal("0.005") / 1000 == told.split[Part.TRANSITION]


@pytest.mark.parametrize(("day", "missing"), [(0, 30), (10, 20), (29, 1), (30, 0), (31, 0)])
def test_leaving_before_the_minimum_pays_for_the_rest(day, missing):
    told = bill(objects(GIB), IA, moved=[(0, day, GIR)])

    assert about(Decimal("0.0125") / MONTH * missing) == float(told.split[Part.EARLY_DELETE])


def test_deletion_and_the_end_of_the_count_settle_the_minimum():
    assert about(Decimal("0.004") / MONTH * 50) == float(bill(objects(GIB, end=40), GIR).split[Part.EARLY_DELETE])


def test_an_overwrite_ends_one_version_and_begins_another():
    """Day 10 of 100: the first version lacks 20 of 30 days; the second lived 90 days."""
    told = bill(objects(GIB, end=100), IA, used=[(0, 10, 0, 0, 2)])

    assert about(Decimal("0.0125") / MONTH * 20) == float(told.split[Part.EARLY_DELETE])
    assert Decimal("0.00002") == told.split[Part.REQUESTS]


def test_intelligent_tiering_cools_down_and_an_access_warms_it_up():
    """Days 0-29 and 100-129 frequent, 30-89 and 130-189 infrequent, 90-99 and 190-199 archive instant."""
    told = bill(objects(GIB, end=200), IT, used=[(0, 100, 1, GIB, 0)])
    storage = (60 * Decimal("0.023") + 120 * Decimal("0.0125") + 20 * Decimal("0.004")) / MONTH

    assert about(storage) == float(told.split[Part.STORAGE])
    assert about(Decimal("0.0000025") * 200 / MONTH) == float(told.split[Part.MONITORING])
    assert 0 == told.split[Part.RETRIEVAL]
    assert 0 == told.split[Part.EARLY_DELETE]


def test_intelligent_tiering_leaves_small_objects_alone():
    told = bill(objects(100 * 1024), IT)

    assert bill(objects(100 * 1024), HOT).usd == told.usd
    assert 0 == told.split[Part.MONITORING]


def test_a_move_into_intelligent_tiering_starts_its_clock_again():
    told = bill(objects(GIB, end=120), HOT, moved=[(0, 60, IT)])
    storage = (90 * Decimal("0.023") + 30 * Decimal("0.0125")) / MONTH

    assert about(storage) == float(told.split[Part.STORAGE])


GCS = ("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE")


def test_google_counts_minimum_days_from_creation_and_lifecycle_moves_are_exempt():
    """Created on day 0, to Nearline on 10, to Coldline on 20, deleted on 50: 40 days of Coldline are missing."""
    moved = [(0, 10, 1), (0, 20, 2)]
    told = bill(objects(GIB, end=50, created=0), 0, moved=moved, book="gcs", classes=GCS, by_lifecycle=True)

    assert about(Decimal("0.004") / MONTH * 40) == float(told.split[Part.EARLY_DELETE])
    assert Decimal("0.00003") == told.split[Part.TRANSITION]


def test_google_s_rewrite_makes_a_new_object_and_ends_the_old_one_early():
    """Both classes were left too soon: Nearline after 10 of 30 days, Coldline after 30 of 90."""
    told = bill(objects(GIB, end=50, created=0), 0, moved=[(0, 10, 1), (0, 20, 2)], book="gcs", classes=GCS)

    early = Decimal("0.010") * 20 + Decimal("0.004") * 60
    assert about(early / MONTH) == float(told.split[Part.EARLY_DELETE])
    # out of Standard and out of Nearline, which asks for retrieval: a read and a write each
    requests = Decimal("0.0004") + Decimal("0.01") + Decimal("0.001") + Decimal("0.02")
    assert Decimal("0.01") + requests / 1000 == told.split[Part.TRANSITION]


def test_google_counts_from_the_last_overwrite():
    told = bill(objects(GIB, end=50, created=0), 2, used=[(0, 30, 0, 0, 1)], book="gcs", classes=GCS, by_lifecycle=True)

    assert about(Decimal("0.004") / MONTH * (60 + 70)) == float(told.split[Part.EARLY_DELETE])


def test_azure_charges_a_warmer_move_as_a_read_and_a_retrieval():
    told = bill(objects(GIB), 2, moved=[(0, 100, 0)], book="azure", classes=("Hot", "Cool", "Cold"))

    assert Decimal("0.03") + Decimal("0.10") / 10_000 == told.split[Part.TRANSITION]


def test_a_month_s_invoice_uses_the_bands_of_its_total():
    month = objects(*[2**40] * 60, end=365)
    flat = bill(month, HOT).usd
    banded = bill(month, HOT, banded=True).usd

    assert Decimal("0.023") * 60 * 1024 * 12 == flat
    assert banded < flat


def test_the_split_adds_up_and_so_do_the_objects():
    random = np.random.default_rng(5)
    what = objects(*random.integers(0, 2**33, 50))
    used = {(int(o), int(d)): 1 for o, d in random.integers((0, 0), (50, 365), (400, 2))}
    rows = [(o, d, 2, 2**20, int(d % 7 == 0)) for o, d in used]
    moved = {(int(o), int(d)): int(k) for o, d, k in random.integers((0, 0, 0), (50, 365, 4), (200, 3))}

    told = bill(what, HOT, used=rows, moved=[(o, d, k) for (o, d), k in moved.items()])

    assert told.usd == sum(told.split.values())
    assert told.by_object.sum() == pytest.approx(float(told.usd), rel=1e-9)
    assert all(value > 0 for value in told.split.values())


def test_sums_beyond_64_bits_stay_exact():
    assert 3 * (2**63 - 1) == exact_sum(np.full(3, 2**63 - 1, np.int64))


def test_a_life_that_ends_before_it_starts_is_refused():
    with pytest.raises(WrongInputError):
        objects(1, start=5, end=4)
