"""The decider and the biller speak of the same money."""

from __future__ import annotations

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.advice_words import chance_of_gain, dollars
from cloudflow_lib.domain.advising import MONTH, Cases, Verdict, advise
from cloudflow_lib.domain.billing import Biller
from cloudflow_lib.domain.expected_use import ExpectedUse, expected_use, exposed_days, gamma_quantile
from cloudflow_lib.domain.guards import Guards
from cloudflow_lib.domain.moving_costs import Option, Tariff, once_parts
from cloudflow_lib.domain.recommendations import Spot
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.timelines import Accesses, Moves, Objects
from tests.recommendations.conftest import GIB, NOW

SIZES = np.array([1, 100_000, 131_072, 5_000_000, 3 * GIB], np.int64)
DAYS = 120


def options_of(book):
    classes = [one.name for one in book.classes if not one.managed]
    spots = [Spot(location_id="here", storage_class=one, tier=Tier.HOT) for one in classes]
    return [Option(spot=spot, book=book) for spot in spots]


@pytest.mark.parametrize("by_lifecycle", [False, True])
@pytest.mark.parametrize("name", ["aws", "azure", "gcs", "stress"])
def test_a_timeline_costs_what_the_biller_says_for_every_move(name, by_lifecycle):
    book = shipped_book(name).by_lifecycle if by_lifecycle else shipped_book(name)
    options = options_of(book)
    classes = tuple(option.spot.storage_class for option in options)
    biller = Biller(book, classes)
    count = len(SIZES)
    objects = Objects(
        size_bytes=SIZES,
        created=np.full(count, -10, np.int32),
        start=np.zeros(count, np.int32),
        end=np.full(count, DAYS, np.int32),
    )
    owner, day = np.repeat(np.arange(count, dtype=np.int32), 2), np.tile(np.array([30, 50], np.int32), count)
    accesses = Accesses(
        object=owner,
        day=day,
        reads=np.full(2 * count, 3, np.int64),
        bytes_read=SIZES[owner] * 3,
        writes=np.zeros(2 * count, np.int64),
    )
    tariff = Tariff.of(options, SIZES, np.zeros(count, np.int32))
    moved_on = 20
    for here in range(len(options)):
        start = np.full(count, here, np.int32)
        held, age = np.full(count, moved_on, np.int32), np.full(count, moved_on + 10, np.int32)
        parts = once_parts(options, tariff, SIZES, start, held, age)
        for to in range(len(options)):
            moves = Moves(
                object=np.arange(count, dtype=np.int32),
                day=np.full(count, moved_on, np.int32),
                to=np.full(count, to, np.int8),
            )
            bill = biller.bill(objects, accesses, start.astype(np.int8), moves)
            use = 6 * (tariff.read[to] + SIZES * tariff.retrieval[to])
            days = moved_on * tariff.day[:, here] + (DAYS - moved_on) * tariff.day[:, to]
            once = sum(part[:, to] for part in parts.values())
            since = DAYS + 10 if book.moves.minimum_from == "creation" else DAYS - moved_on * (to != here)
            rest = np.maximum(tariff.minimum_days[to] - since, 0) * tariff.rest_day[:, to]
            assert np.allclose(bill.by_object, days + use + once + rest, rtol=1e-9, atol=1e-15), (here, to)


def test_a_managed_class_counts_by_how_long_a_file_is_idle():
    book = shipped_book("aws")
    option = Option(spot=Spot(location_id="x", storage_class="INTELLIGENT_TIERING", tier=Tier.HOT), book=book)
    sizes = np.full(3, GIB, np.int64)
    tariff = Tariff.of([option], sizes, np.array([0, 30, 90], np.int32))

    monitoring = 0.0025 / 1000
    assert np.allclose(tariff.day[:, 0] * MONTH, [0.023 + monitoring, 0.0125 + monitoring, 0.004 + monitoring])


def managed_case(**changes):
    """Three GiB that nobody has read for 100 days, in a book's Standard, Intelligent-Tiering and Glacier Instant."""
    book = shipped_book("aws")
    spots = [
        Spot(location_id="x", storage_class=one, tier=Tier.HOT)
        for one in ("STANDARD", "INTELLIGENT_TIERING", "GLACIER_IR")
    ]
    whole = {
        name: np.array([number], np.int32)
        for name, number in {
            "here": 0,
            "idle_days": 100,
            "held_days": 120,
            "age_days": 120,
            "life_days": 120,
            "moved_days": 1000,
            **changes,
        }.items()
    }
    cases = Cases(
        size_bytes=np.array([3 * GIB], np.int64),
        reads=np.zeros(1),
        reads_low=np.zeros(1),
        reads_high=np.zeros(1),
        bytes_per_read=np.array([3.0 * GIB]),
        may_go=np.ones((1, 3), bool),
        may_cool=np.ones(1, bool),
        **whole,
    )
    return advise([Option(spot=spot, book=book) for spot in spots], cases, Guards()), book


@pytest.mark.parametrize("life", [20, 60, 120, 300])
def test_a_managed_class_begins_to_count_when_a_file_comes_as_the_biller_says(life):
    advice, book = managed_case(life_days=life)
    one = np.zeros(1, np.int32)
    nothing = np.empty(0, np.int32)
    accesses = Accesses(object=nothing, day=nothing, reads=nothing, bytes_read=nothing, writes=nothing)
    stay = Objects(size_bytes=np.array([3 * GIB], np.int64), created=one - 120, start=one, end=one + life)
    bill = Biller(book, ("INTELLIGENT_TIERING",)).bill(stay, accesses, one.astype(np.int8))

    assert np.allclose(bill.by_object, advice.storage[:, 1] * life)


def test_a_silent_file_goes_where_it_is_cheap_from_the_first_day_on():
    advice, _ = managed_case()

    assert (Verdict.MOVE, 2) == (advice.verdict[0], advice.to[0])


def test_a_file_that_came_to_a_managed_class_lately_costs_what_its_counter_says():
    came, lies = (managed_case(here=1, held_days=days)[0].storage[0, 1] for days in (5, 120))

    assert pytest.approx(0.023 / 0.004, rel=0.01) == came / lies


def use_of(ages, watched=180):
    from datetime import timedelta

    from cloudflow_lib.domain.access import DayRollup

    at = [NOW - timedelta(days=age) for age in sorted(ages, reverse=True)]
    rollups = [
        DayRollup(file_id="f", day=one.date(), reads=1, read_bytes=10, hours={12: 1}, last_read_at=one) for one in at
    ]
    return expected_use(rollups, size_bytes=10, today=NOW.date(), watched_days=watched)


def test_a_steady_reader_is_expected_to_go_on():
    assert pytest.approx(1.0, rel=0.05) == use_of(range(180)).reads_per_day
    assert 30 == use_of(range(180)).busiest_month == use_of(range(180)).recent_reads


def test_the_longer_the_silence_the_surer_it_is():
    highs = [use_of([], watched=days).reads_high for days in (1, 10, 60, 180)]

    assert sorted(highs, reverse=True) == highs
    assert use_of([100]).reads_high < use_of([20]).reads_high < use_of(range(0, 180, 2)).reads_high


def test_reads_from_before_the_watch_and_an_old_burst_do_not_count_for_much():
    assert use_of([], watched=50) == use_of([80, 90], watched=50)
    assert use_of([150] * 1).reads_per_day < use_of([10]).reads_per_day


def test_the_interval_of_a_rate_holds_eight_times_of_ten():
    random = np.random.default_rng(5)
    for shape in (0.5, 2.0, 20.0):
        drawn = random.gamma(shape, size=200_000)
        low, high = gamma_quantile(shape, -1.28155), gamma_quantile(shape, 1.28155)
        assert pytest.approx(0.8, abs=0.04) == ((drawn > low) & (drawn < high)).mean()


def test_the_chance_of_a_gain_is_that_of_the_rate_to_lie_on_the_right_side():
    use = use_of(range(0, 180, 3))
    random = np.random.default_rng(6)
    rates = random.gamma(use.shape, size=200_000) * use.reads_per_day / use.shape
    for saved, per_read in ((0.4, -1.0), (-0.2, 1.0), (0.3, -1.2)):
        assert pytest.approx(((saved + per_read * rates) > 0).mean(), abs=0.01) == chance_of_gain(saved, per_read, use)
    assert 1.0 == chance_of_gain(0.1, 0.0, use)
    assert 1.0 == chance_of_gain(0.1, 1.0, use)
    assert 0.0 == chance_of_gain(-0.1, -1.0, use)


def test_exposure_counts_silence_in_full_and_the_time_before_by_its_weight():
    assert 100 == exposed_days(100, 100)
    assert exposed_days(180, 0) == pytest.approx(sum(2 ** (-age / 30) for age in range(1, 181)))
    assert isinstance(use_of([1]), ExpectedUse)


@pytest.mark.parametrize(
    ("usd", "told"),
    [
        (1234.5, "$1,234.50"),
        (0.0, "$0.00"),
        (0.019, "$0.02"),
        (0.0087, "$0.0087"),
        (0.00002, "$0.000020"),
        (-0.004, "-$0.0040"),
    ],
)
def test_amounts_have_as_many_digits_as_it_takes_to_see_them(usd, told):
    assert told == dollars(usd)
