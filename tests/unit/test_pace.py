"""How many requests are in flight: pure, on a clock that only the test moves."""

from __future__ import annotations

import random

import pytest

from cloudflow_lib.transfer.pace import Pace, PaceLimits, RetryQuota


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def drive(pace, clock, seconds, *, rate, share=lambda _limit: 0.0, chance=None):
    """Let a store answer *rate(limit)* requests a second and refuse a share of them."""
    chance = chance or random.Random(3)
    until = clock.now + seconds
    while clock.now < until:
        clock.now += 1 / rate(pace.limit)
        if chance.random() < share(pace.limit):
            pace.refused()
        else:
            pace.done(4096, is_full=True)
    return pace.limit


def test_more_are_in_flight_while_goodput_grows():
    clock = Clock()
    pace = Pace(PaceLimits(start=16, most=256), clock)

    assert drive(pace, clock, 5, rate=lambda limit: limit / 0.06) == 256


def test_no_more_are_in_flight_than_the_store_gains_by():
    clock = Clock()
    pace = Pace(PaceLimits(start=16, most=256), clock)

    limit = drive(pace, clock, 20, rate=lambda limit: min(limit, 64) / 0.06)

    assert 64 <= limit <= 128


def test_a_store_that_is_full_at_once_gets_no_more():
    clock = Clock()
    pace = Pace(PaceLimits(start=32, most=256), clock)

    assert drive(pace, clock, 20, rate=lambda _limit: 1000) == 32


def test_nothing_grows_while_nobody_waits_for_a_place():
    clock = Clock()
    pace = Pace(PaceLimits(start=8), clock)
    for _ in range(1000):
        clock.now += 0.01
        pace.done(4096, is_full=False)

    assert pace.limit == 8


def test_fewer_are_in_flight_when_the_store_refuses_what_is_too_many():
    clock = Clock()
    pace = Pace(PaceLimits(start=200, most=256), clock)

    limit = drive(pace, clock, 15, rate=lambda limit: limit / 0.1, share=lambda limit: max(0.0, 1 - 40 / limit))

    assert 4 <= limit <= 60


def test_it_comes_back_when_the_store_is_quiet_again():
    clock = Clock()
    pace = Pace(PaceLimits(start=100, most=256), clock)
    low = drive(pace, clock, 10, rate=lambda limit: limit / 0.1, share=lambda _limit: 0.9)

    high = drive(pace, clock, 60, rate=lambda limit: limit / 0.1)

    assert low <= 20
    assert high >= 100


def test_a_store_that_refuses_the_same_share_whatever_comes_is_not_starved():
    clock = Clock()
    pace = Pace(PaceLimits(start=100, most=256), clock)

    drive(pace, clock, 10, rate=lambda limit: limit / 0.1, share=lambda _limit: 0.3)

    assert pace.limit == 100


def test_retry_after_closes_the_way_for_so_long():
    clock = Clock()
    pace = Pace(clock=clock)
    pace.refused(retry_after=7.0)

    assert pace.closed_for() == pytest.approx(7.0)
    clock.now += 7.5
    assert pace.closed_for() < 0


def test_an_outage_uses_up_the_free_repetitions():
    clock = Clock()
    quota = RetryQuota(clock)
    free = sum(quota.take() for _ in range(1000))
    clock.now += 10

    assert free == 100
    assert sum(quota.take() for _ in range(1000)) == 10


def repetitions(quota, share, seed):
    """Let 10,000 requests succeed while a *share* of all is refused, and yield whether each repetition was free."""
    chance = random.Random(seed)
    for _ in range(10_000):
        while chance.random() < share:
            yield quota.take()
        quota.succeeded()


@pytest.mark.parametrize("seed", range(5))
def test_four_refusals_in_ten_never_use_up_the_free_repetitions(seed):
    for is_free in repetitions(RetryQuota(Clock()), 0.4, seed):
        assert is_free


@pytest.mark.parametrize("seed", range(5))
def test_three_refusals_in_ten_leave_plenty_and_an_outage_soon_does_not(seed):
    quota = RetryQuota(Clock())
    for is_free in repetitions(quota, 0.3, seed):
        assert is_free
        assert quota.is_plenty

    taken = sum(1 for _ in range(60) if quota.is_plenty and quota.take())

    assert not quota.is_plenty
    assert taken <= 50
