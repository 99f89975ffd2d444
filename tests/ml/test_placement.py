"""Placement: what is worth most, for objects of known habits."""

import numpy as np
import pytest

from cloudflow_lib.adapters.prices.files import BOOKS, shipped_book
from cloudflow_lib.domain.rates import rate_card
from ml.placement.guard import Guard
from ml.placement.hazards import counted, hazards
from ml.placement.learner import Learner, Places
from ml.placement.ledger import Ledger
from ml.placement.model import SIZE_EDGES, SIZES, SMALL_BYTES
from ml.placement.regime import Regime
from ml.placement.states import BUCKETS, IDLE_FROM, KINDS, State, bucket
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


def test_it_learns_anew_every_week():
    learner = lived(shipped_book("aws"), NAMES, 90, nobody)

    assert [97, 98] == [day for day in range(90, 99) if learner.is_due(day)]


def test_who_knows_nothing_yet_is_due_and_who_adopted_habits_never_is():
    learner = lived(shipped_book("aws"), NAMES, 90, nobody)
    fresh = Learner(learner.book, learner.classes)

    assert fresh.is_due(0)
    fresh.adopt(90, *learner.knowledge())
    assert not fresh.is_due(900)


def judged(learner, day, *, lies=0, expires=FAR, size=GIB, touched=None):
    rows = np.arange(OBJECTS)
    last_use = np.maximum(learner.usage.since - 1, 0)
    places = Places(
        lies=np.full(OBJECTS, lies, np.int8),
        entered=np.zeros(OBJECTS, np.int32),
        touched=last_use if touched is None else np.full(OBJECTS, touched, np.int32),
        expires=np.full(OBJECTS, expires, np.int32),
    )
    card = rate_card(learner.book, learner.classes, np.full(OBJECTS, size, np.int64))
    return learner.judge.verdict(learner.state(day, rows, places), card, rows)


def test_what_is_never_read_goes_cold_and_what_is_read_daily_stays():
    book = shipped_book("aws")
    learner = lived(book, NAMES, 200, lambda day: range(10) if day else [])
    verdict = judged(learner, 200)

    assert 3 not in verdict.wanted[:10]
    assert {3} == set(verdict.wanted[10:].tolist())
    assert (verdict.saving[10:, 3] > 0).all()
    assert (verdict.saving[np.arange(OBJECTS), 0] == 0).all()


@pytest.mark.parametrize("readers", [nobody, lambda day: [day] if day < OBJECTS else []])
def test_a_counter_that_began_anew_is_no_reason_to_leave_the_managed_class_for_the_warmest(readers):
    """Until it has counted on, both cost the same, and one can go down from either."""
    learner = lived(shipped_book("aws"), NAMES, 200, readers)

    assert (judged(learner, 200, lies=1, touched=199).saving[:, 0] <= 0).all()


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
    assert 0 < hazards(counts, np.ones(2)).use.min()
    assert hazards(counts, np.ones(2)).use.max() < 1


def expected_of_the_silent(readers, days=300):
    """Three prefixes of forty, two of them never read: how likely their use is taken to be on the next day."""
    learner, count = Learner(shipped_book("aws"), NAMES), 3 * OBJECTS
    learner.meet(np.zeros(count, np.int32), np.repeat([0, 1, 2], OBJECTS).astype(np.int32))
    for day in range(days):
        learner.happen(day, used(readers(day)), np.ones(count, bool))
    never = np.full(count, FAR, np.int32)
    learner.learn(days, never, never)
    silent = learner.groups_of()[-1]
    return learner.judge.hazards.use[silent, learner.usage.kind[-1], bucket(days)]


def test_what_is_read_as_a_whole_has_been_silent_once_and_not_forty_times():
    as_a_whole = expected_of_the_silent(lambda day: range(OBJECTS) if day % 100 == 50 else [])
    one_by_one = expected_of_the_silent(lambda day: [day % OBJECTS] if day % 3 else [])

    assert as_a_whole > 4 * one_by_one


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
        steady.watch(group, np.where(np.arange(50) < 25, 40, 6), np.arange(50) % 10 == day, expected)

    assert [0] == spike.busy().tolist()
    assert [2] == steady.busy().tolist()


def test_a_single_pass_however_slow_wakes_nobody():
    """Objects are read once each, a tenth a day; nobody is read again."""
    group, expected, regime = np.zeros(50, np.int32), np.zeros(50), Regime(1)
    for day in range(9):
        done = np.arange(50) // 5 < day
        regime.watch(group, np.where(done, day - np.arange(50) // 5, 40), np.arange(50) // 5 == day, expected)

    assert [0] == regime.busy().tolist()


def test_who_pays_too_much_for_reads_comes_back_and_stays_a_while():
    """The tables believe in silence; the third read in a row in the cold class is enough."""
    book = shipped_book("aws")
    learner = lived(book, NAMES, 200, nobody)
    card = rate_card(book, NAMES, np.full(OBJECTS, GIB, np.int64))
    guard, rows, none = Guard(), np.arange(OBJECTS, dtype=np.int32), np.empty(0, np.int32)
    places = Places(
        lies=np.full(OBJECTS, 3, np.int8),
        entered=np.zeros(OBJECTS, np.int32),
        touched=np.zeros(OBJECTS, np.int32),
        expires=np.full(OBJECTS, FAR, np.int32),
    )
    state = learner.state(200, rows, places)
    verdict = learner.judge.verdict(state, card, rows)
    for _ in range(3):
        guard.pay(used([7]), places.lies, none, card)
    wanted = guard.held(200, rows, state, verdict, card)

    assert {3} == set(verdict.wanted.tolist())
    assert [7] == np.flatnonzero(wanted != 3).tolist()
    assert card.retrieval[wanted[7]] == 0


def doubt_of(groups, losing, *, large=(), days=60):
    """An object in each group lies cold all the time; those of *losing* are read every twenty days."""
    size = np.full(groups, GIB, np.int64)
    size[list(large)] *= 1000
    card = rate_card(shipped_book("aws"), NAMES, size)
    ledger, group, cold = Ledger(0), np.arange(groups, dtype=np.int32), np.full(groups, 3, np.int8)
    zeros = np.zeros(groups, np.int32)
    for day in range(days):
        state = State(
            group=group,
            kind=np.zeros(groups, np.int8),
            idle_days=zeros,
            age_days=zeros,
            left_days=zeros + FAR,
            lies=cold,
            held_days=zeros,
            untouched_days=zeros,
            busy=np.zeros(groups, np.int8),
        )
        ledger.store(day, np.arange(groups), state, cold, card)
        if day % 20 == 0:
            ledger.pay(used(losing), cold, card)
    return ledger.doubt(group, groups)


def test_bets_that_lose_raise_doubt_in_their_group_only():
    doubt = doubt_of(10, [1])

    assert doubt[1] > 1.3
    assert {1.0} == set(np.delete(doubt, 1))


def test_a_group_that_has_not_lost_yet_is_not_trusted_where_most_others_have():
    """Gains come day by day and losses all at once: two months of luck prove little."""
    doubt = doubt_of(10, range(1, 10))

    assert doubt[0] > 1.5


def test_a_single_object_that_loses_raises_little_doubt_in_others_however_large_it_is():
    """It is one observation: what it shows is what it will do itself."""
    one, many = doubt_of(10, [1], large=[1]), doubt_of(10, range(1, 10), large=range(1, 10))

    assert one[1] > 1.5
    assert one[-1] < 0.6 * many[-1]


def test_fees_are_weighed_for_about_the_size_that_an_object_has():
    """Three times as large or as small at most, up to where bytes are all that counts."""
    sizes = np.geomspace(SMALL_BYTES, 32 * 2**20)
    table = SIZES[np.searchsorted(SIZE_EDGES, sizes, side="right")]

    assert np.abs(np.log(sizes / table)).max() < np.log(3)
