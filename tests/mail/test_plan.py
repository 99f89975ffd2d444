"""When a person gets which mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_lib.domain.mailing import (
    BURST,
    CALM,
    DIGEST_EVERY,
    LONGEST_WAIT,
    MOST_AN_HOUR,
    MailPreferences,
    MailWish,
    Pace,
    SentLetter,
    plan_letters,
    wait_after,
)
from cloudflow_lib.domain.notifications import Level, NotificationKind

NOW = datetime(2026, 11, 23, 12, 30, 15, tzinfo=UTC)


def a_wish(number, *, is_digest=False, asked_at=NOW):
    return MailWish(
        wish_id=f"w{number:06d}",
        user="team-docs",
        kind=NotificationKind.ALERT,
        level=Level.ERROR,
        title="disk full",
        asked_at=asked_at,
        due_at=asked_at,
        is_digest=is_digest,
    )


def letters(*ages, wishes=1):
    return [SentLetter(made_at=NOW - age, wishes=wishes) for age in ages]


@pytest.mark.parametrize(
    ("pace", "due"),
    [
        (Pace.OFF, None),
        (Pace.AT_ONCE, NOW),
        (Pace.HOURLY, datetime(2026, 11, 23, 13, tzinfo=UTC)),
        (Pace.DAILY, datetime(2026, 11, 24, 7, tzinfo=UTC)),
    ],
)
def test_each_pace_has_its_time(pace, due):
    chosen = MailPreferences(paces={NotificationKind.ALERT: pace})

    assert due == chosen.due_at(NotificationKind.ALERT, NOW)


def test_the_daily_mail_comes_today_if_its_hour_is_still_to_come():
    chosen = MailPreferences(paces={NotificationKind.ALERT: Pace.DAILY}, daily_hour=18)

    assert datetime(2026, 11, 23, 18, tzinfo=UTC) == chosen.due_at(NotificationKind.ALERT, NOW)


def test_nothing_is_mailed_before_its_words_are_final():
    final = NOW + timedelta(minutes=50)
    at_once = MailPreferences(paces={NotificationKind.CLASSES: Pace.AT_ONCE})
    hourly = MailPreferences(paces={NotificationKind.CLASSES: Pace.HOURLY})

    assert final == at_once.due_at(NotificationKind.CLASSES, NOW, final)
    assert datetime(2026, 11, 23, 14, tzinfo=UTC) == hourly.due_at(NotificationKind.CLASSES, NOW, final)


def test_a_few_come_one_by_one():
    plan = plan_letters([a_wish(number) for number in range(BURST)], [], NOW)

    assert [1] * BURST == [len(letter) for letter in plan.letters]
    assert () == plan.waiting


def test_many_wait_for_the_calm_and_come_as_one():
    wishes = [a_wish(number) for number in range(10_000)]
    early, ready = plan_letters(wishes, [], NOW), plan_letters(wishes, [], NOW + CALM)

    assert ((), 10_000, NOW + CALM) == (early.letters, len(early.waiting), early.until)
    assert [10_000] == [len(letter) for letter in ready.letters]


def test_behind_a_digest_of_many_the_next_waits_an_hour():
    wishes = [a_wish(number, asked_at=NOW - CALM) for number in range(BURST + 1)]
    plan = plan_letters(wishes, letters(timedelta(minutes=5), wishes=400), NOW)

    assert NOW - timedelta(minutes=5) + DIGEST_EVERY == plan.until
    assert () == plan.letters


def test_those_that_came_one_by_one_lately_count():
    calm = plan_letters([a_wish(1)], letters(*[timedelta(seconds=30)] * BURST), NOW)
    hour = plan_letters([a_wish(1)], letters(*[timedelta(minutes=30)] * MOST_AN_HOUR), NOW)
    free = plan_letters([a_wish(1)], letters(*[timedelta(minutes=30)] * (MOST_AN_HOUR - 1)), NOW)

    assert NOW + CALM == calm.until == hour.until
    assert 1 == len(free.letters)


def test_a_digest_in_its_time_waits_for_nothing():
    wishes = [a_wish(number, is_digest=True) for number in range(20)]
    plan = plan_letters([*wishes, a_wish(99)], letters(*[timedelta(seconds=1)] * BURST), NOW)

    assert [20] == [len(letter) for letter in plan.letters]
    assert ["w000099"] == [wish.wish_id for wish in plan.waiting]


def test_tries_wait_longer_and_longer_but_not_for_ever():
    waits = [wait_after(attempts) for attempts in range(1, 40)]

    assert timedelta(seconds=15) == waits[0]
    assert waits == sorted(waits)
    assert LONGEST_WAIT == waits[-1]
