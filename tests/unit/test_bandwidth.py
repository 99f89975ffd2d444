"""Bytes per second, by the time of day."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.transfer.bandwidth import Bandwidth, Window, parse_windows

MIB = 1024 * 1024


class World:
    """A clock and a calendar that move together."""

    def __init__(self, text, *, at="12:00"):
        self.seconds = 0.0
        self.day = datetime.strptime(at, "%H:%M").replace(tzinfo=UTC)
        self.bandwidth = Bandwidth(parse_windows(text), clock=lambda: self.seconds, now=lambda: self.day)

    def move(self, size_bytes):
        self.bandwidth.wait(size_bytes, sleep=self.sleep)

    def sleep(self, seconds):
        self.seconds += seconds


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10M", 10 * MIB),
        ("512K", 512 * 1024),
        ("1.5m", 1.5 * MIB),
        ("100", 100 * 1024),
        ("100B", 100),
        ("2G", 2 * 1024 * MIB),
        ("10MiB", 10 * MIB),
        ("off", None),
    ],
)
def test_one_rate_holds_all_day(text, rate):
    assert parse_windows(text) == (Window(time(), rate),)


def test_windows_are_sorted_by_the_time_of_day():
    found = parse_windows("19:00,off 08:00,10M")

    assert found == (Window(time(8), 10 * MIB), Window(time(19), None))


@pytest.mark.parametrize(
    "text", ["", "fast", "-1M", "0", "10X", "25:00,1M", "08:00", "08:00,1M 08:00,2M", "08:00,1M 10M", "08:00,"]
)
def test_what_is_no_limit_is_refused_in_one_line(text):
    with pytest.raises(WrongInputError) as refused:
        parse_windows(text)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("at", "rate"), [("07:59", None), ("08:00", 10 * MIB), ("18:59", 10 * MIB), ("19:00", None), ("00:10", None)]
)
def test_the_last_window_that_began_holds_and_before_the_first_that_of_yesterday(at, rate):
    assert World("08:00,10M 19:00,off", at=at).bandwidth.rate() == rate


def test_bytes_take_the_time_the_rate_gives_them():
    world = World("1M")
    for _ in range(100):
        world.move(MIB // 10)

    assert world.seconds == pytest.approx(9.9, abs=0.2)


def test_a_piece_larger_than_a_second_is_paid_for_afterwards():
    world = World("1M")
    world.move(10 * MIB)
    world.move(1)

    assert world.seconds == pytest.approx(10, abs=0.2)


def test_quiet_time_is_not_saved_up():
    world = World("1M")
    world.seconds = 1000.0
    for _ in range(10):
        world.move(MIB)

    assert world.seconds - 1000 == pytest.approx(9, abs=0.2)


def test_a_limit_that_is_lifted_ends_the_wait():
    world = World("08:00,1K 19:00,off", at="18:59")
    world.move(MIB)

    def sleep(seconds):
        world.seconds += seconds
        world.day = world.day.replace(hour=19, minute=0)

    world.bandwidth.wait(MIB, sleep=sleep)

    assert world.seconds == pytest.approx(1.0)


def test_no_limit_takes_no_time():
    world = World("off")
    world.move(10**12)

    assert not world.bandwidth.is_limited
    assert world.seconds == 0
