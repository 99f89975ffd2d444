"""Placement: what is worth most, for objects of known habits."""

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import BOOKS, shipped_book
from cloudflow_lib.domain.rates import rate_card
from ml.placement.hazards import counted, hazards
from ml.placement.learner import Learner, Places
from ml.placement.regime import Regime
from ml.placement.states import BUCKETS, IDLE_FROM, KINDS, bucket
from ml.placement.usage import Usage, Uses

GIB = 2**30
FAR = np.iinfo(np.int32).max
NAMES = ("STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "GLACIER_IR")
OBJECTS = 40


def used(who):
    ones = np.ones(len(who))
    return Uses(object=np.array(who, np.int32), reads=ones, bytes_part=ones, writes=0 * ones)


def lived(book, classes, days, readers):
    """Forty objects of one prefix, there from the first day; *readers(day)* says who is read."""
    learner = Learner(book, classes)
    learner.meet(np.zeros(OBJECTS, np.int32), np.zeros(OBJECTS, np.int32))
    for day in range(days):
        learner.happen(day, used(readers(day)), np.ones(OBJECTS, bool))
    learner.learn(days, np.full(OBJECTS, FAR, np.int32), np.full(OBJECTS, FAR, np.int32))
    return learner


def nobody(_):
    return []


def judged(learner, day, *, lies=0, expires=FAR, size=GIB):
    rows = np.arange(OBJECTS)
    places = Places(
        lies=np.full(OBJECTS, lies, np.int8),
        entered=np.zeros(OBJECTS, np.int32),
        touched=np.maximum(learner.usage.since - 1, 0),
        expires=np.full(OBJECTS, expires, np.int32),
    )
    card = rate_card(learner.book, learner.classes, np.full(OBJECTS, size, np.int64))
    return learner.tables.judge(learner.state(day, rows, places), card, rows)


def test_what_is_never_read_goes_cold_and_what_is_read_daily_stays():
    book = shipped_book("aws")
    learner = lived(book, NAMES, 200, lambda day: range(10) if day else [])
    verdict = judged(learner, 200)

    assert 3 not in verdict.wanted[:10]
    assert {3} == set(verdict.wanted[10:].tolist())
    assert (verdict.saving[10:, 3] > 0).all()
    assert (verdict.saving[np.arange(OBJECTS), 0] == 0).all()


def test_the_small_stay():
    learner = lived(shipped_book("aws"), NAMES, 200, nobody)

    assert {0} == set(judged(learner, 200, size=1000).wanted.tolist())


def test_what_expires_soon_is_not_worth_a_minimum_stay():
    learner = lived(shipped_book("aws"), NAMES, 200, nobody)

    assert 3 not in judged(learner, 200, expires=206).wanted
    assert 3 in judged(learner, 200, expires=600).wanted


def test_a_cold_object_that_is_read_every_day_comes_back():
    learner = lived(shipped_book("aws"), NAMES, 200, lambda _: range(OBJECTS))

    assert 3 not in judged(learner, 200, lies=3).wanted


@pytest.mark.parametrize("name", BOOKS)
def test_every_price_book_has_its_own_thresholds(name):
    """Silence sends objects down in each of them, and never into a class that needs a restore."""
    book = shipped_book(name)
    classes = tuple(c.name for c in book.classes)
    learner = lived(book, classes, 200, nobody)
    wanted = {classes[k] for k in judged(learner, 200).wanted}

    assert wanted <= set(book.instant_classes[1:]) | {book.managed_class}


def test_spells_count_the_days_watched():
    usage = Usage()
    usage.appear(np.array([0, 2], np.int32), 0)
    usage.happen(5, used([0]))
    spells = usage.spells(9, np.array([FAR, FAR]), np.array([False, False]))
    counts = counted(spells, np.array([0, 0], np.int32), 1, 9, np.zeros(len(spells.end), bool))

    watched = 6 + 3 + 7  # days 0 to 5, days 6 to 8, days 2 to 8
    assert counts.days.shape == (2, KINDS, BUCKETS)
    assert watched == pytest.approx(counts.days[0].sum(), rel=0.02)
    assert counts.days[0] == pytest.approx(counts.days[1])
    assert counts.uses[0].sum() == pytest.approx(1, rel=0.02)
    assert 0 < hazards(counts).use.min()
    assert hazards(counts).use.max() < 1


def test_buckets_are_found_by_their_first_day():
    assert np.array_equal(np.arange(BUCKETS), bucket(IDLE_FROM))
    assert BUCKETS - 1 == bucket(10**6)


def test_a_scan_of_everything_teaches_nothing_and_a_habit_does():
    regime, idle, everyone = Regime(1), np.full(50, 40), np.ones(50, bool)

    assert [True, True, True, False] == [regime.is_scan(day, idle, everyone) for day in range(4)]
    assert not regime.is_scan(20, idle, np.arange(50) < 10)


def test_a_group_wakes_up_on_steady_use_and_not_on_a_spike():
    group, idle, expected = np.zeros(50, np.int32), np.full(50, 40), np.zeros(50)
    spike, steady = Regime(1), Regime(1)
    for day in range(6):
        spike.watch(group, idle, np.full(50, day == 3), expected)
        steady.watch(group, idle, np.arange(50) % 10 == day, expected)

    assert [0] == spike.busy().tolist()
    assert [2] == steady.busy().tolist()
