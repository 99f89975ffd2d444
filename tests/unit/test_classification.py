"""Hot, warm, cold: what decides it, and what the reasons say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflow_lib.domain.access import DayRollup, LogCoverage
from cloudflow_lib.domain.classification import HEAT, FileFacts, Levels, Thresholds, classify
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.usage import Usage, usage_of, whole_reads
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.settings import ClassificationSettings

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)
MIB = 1024 * 1024
LONG_AGO = NOW - 400 * DAY
COVERED = LogCoverage(since=NOW - 120 * DAY, until=NOW)


def facts(tier=Tier.WARM, *, size=MIB, seen=LONG_AGO, coverage=COVERED):
    return FileFacts(tier=tier, size_bytes=size, first_seen_at=seen, coverage=coverage)


def usage(*ages, size=MIB):
    """Return the usage of a file read at these ages."""
    return usage_of(rollups(*ages), size_bytes=size, now=NOW)


def rollups(*ages):
    days: dict = {}
    for moment in sorted(NOW - age for age in ages):
        days.setdefault(moment.date(), []).append(moment)
    return [
        DayRollup(
            file_id="f",
            day=day,
            reads=len(moments),
            read_bytes=0,
            hours={hour: sum(moment.hour == hour for moment in moments) for hour in {m.hour for m in moments}},
            last_read_at=max(moments),
        )
        for day, moments in days.items()
    ]


def decide(file, *ages, thresholds=None):
    return classify(file, usage(*ages, size=file.size_bytes), thresholds or Thresholds(), NOW)


def test_ten_reads_a_week_make_a_file_hot_and_say_so():
    decision = decide(facts(), *[n * DAY / 2 for n in range(1, 11)])

    assert Tier.HOT is decision.tier
    assert decision.reasons == ("read 10 times in 7 days (hot from 10)",)


def test_a_burst_within_the_hour_makes_a_cold_file_hot():
    decision = decide(facts(Tier.COLD), *[timedelta(minutes=n) for n in range(4)])

    assert Tier.HOT is decision.tier
    assert "read 4 times in 1 hour (hot from 4)" in decision.reasons


def test_a_burst_that_is_over_is_warm_and_then_cold():
    burst = [timedelta(hours=n) for n in range(40)]

    def after(days, tier):
        return decide(facts(tier), *[age + days * DAY for age in burst])

    assert Tier.HOT is after(10, Tier.WARM).tier
    assert Tier.WARM is after(25, Tier.WARM).tier
    assert Tier.WARM is after(80, Tier.WARM).tier, "40 reads in 90 days"
    assert Tier.COLD is after(91, Tier.WARM).tier


def test_one_read_within_a_month_is_warm():
    decision = decide(facts(Tier.COLD), 12 * DAY)

    assert (Tier.WARM, ("last read 12 days ago (warm up to 30 days)",)) == (decision.tier, decision.reasons)


def test_a_read_of_this_hour_is_told_as_such():
    decision = decide(facts(Tier.COLD), timedelta(minutes=20))

    assert ("last read less than 1 hour ago (warm up to 30 days)",) == decision.reasons


def test_a_single_old_read_ends_cold():
    decision = decide(facts(), 61 * DAY)

    assert (Tier.COLD, ("not read for 61 days (cold after 50 days)",)) == (decision.tier, decision.reasons)


def test_a_file_that_nobody_ever_read_ends_cold():
    decision = decide(facts(seen=NOW - 40 * DAY))

    assert (Tier.COLD, ("never read in the 40 days it has been known",)) == (decision.tier, decision.reasons)


def test_a_new_file_is_warm_until_it_was_watched_for_a_week():
    decision = decide(facts(seen=NOW - 3 * DAY))

    assert (Tier.WARM, ("new: known for 3 days (warm for the first 7 days)",)) == (decision.tier, decision.reasons)
    assert Tier.COLD is decide(facts(seen=NOW - 8 * DAY)).tier
    assert Tier.COLD is decide(facts(seen=NOW), thresholds=Thresholds(new_for=timedelta(0))).tier


def test_a_new_file_that_is_read_often_is_hot():
    assert Tier.HOT is decide(facts(seen=NOW - DAY), *[timedelta(hours=n) for n in range(5)]).tier


def test_large_files_are_hot_from_few_reads_on():
    large = facts(size=128 * MIB)

    decision = decide(large, 2 * DAY, 5 * DAY)

    assert Tier.HOT is decision.tier
    assert "large file (128 MiB): few reads already cost more than storage" in decision.reasons
    assert Tier.WARM is decide(facts(size=128 * MIB - 1), 2 * DAY, 5 * DAY).tier


def test_what_is_in_a_tier_stays_with_less_than_it_takes_to_enter():
    seven_a_week = [n * DAY * 0.9 for n in range(1, 8)]
    decision = decide(facts(Tier.HOT), *seven_a_week)

    assert (Tier.HOT, ("read 7 times in 7 days (stays hot from 6)",)) == (decision.tier, decision.reasons)
    assert Tier.WARM is decide(facts(Tier.WARM), *seven_a_week).tier
    assert Tier.WARM is decide(facts(Tier.WARM), 45 * DAY).tier
    assert Tier.COLD is decide(facts(Tier.COLD), 45 * DAY).tier


def test_a_file_read_every_five_weeks_does_not_flap():
    tier, seen = Tier.COLD, []
    for day in range(300):
        ages = [(day - read) * DAY for read in range(0, day + 1, 35) if day - read < 90]
        tier = decide(facts(tier), *ages).tier
        seen.append(tier)

    assert 0 == sum(before is not after for before, after in pairwise(seen[40:]))


@pytest.mark.parametrize(
    ("coverage", "reason"),
    [
        (None, "no access log of this location was read yet: stays warm"),
        (LogCoverage(since=LONG_AGO, until=NOW - 5 * DAY), "the access logs end 5 days ago: stays warm"),
        (LogCoverage(since=NOW - 2 * DAY, until=NOW), "the access logs reach back only 2 days: stays warm"),
    ],
)
def test_silence_proves_nothing_where_nobody_was_counting(coverage, reason):
    decision = decide(facts(coverage=coverage))

    assert (Tier.WARM, reason) == (decision.tier, decision.reasons[0])
    assert Tier.COLD is decide(facts(coverage=coverage), thresholds=Thresholds(needs_logs=False)).tier
    assert Tier.HOT is decide(facts(coverage=coverage), *[timedelta(hours=n) for n in range(9)]).tier


def test_windows_count_whole_hours():
    ages = [timedelta(minutes=10), timedelta(hours=20), 6 * DAY, 29 * DAY, 89 * DAY, 95 * DAY]
    counted = usage(*ages)

    assert (1, 2, 3, 4, 5) == (
        counted.reads_1h,
        counted.reads_1d,
        counted.reads_7d,
        counted.reads_30d,
        counted.reads_90d,
    )
    assert NOW - timedelta(minutes=10) == counted.last_read_at


def test_a_download_in_a_hundred_ranges_is_one_read():
    day = DayRollup(file_id="f", day=NOW.date(), reads=100, read_bytes=800 * MIB, hours={9: 100}, last_read_at=NOW)

    assert 1 == whole_reads(day, 800 * MIB)
    assert 8 == whole_reads(day, 100 * MIB)
    assert 100 == whole_reads(day, MIB), "small files are fetched whole"


def test_ranges_of_a_few_bytes_count_once_an_hour():
    day = DayRollup(file_id="f", day=NOW.date(), reads=50, read_bytes=1000, hours={1: 20, 5: 30}, last_read_at=NOW)

    assert 2 == whole_reads(day, 500 * MIB)


AGES = st.lists(st.floats(0, 100).map(lambda days: days * DAY), max_size=40)
TIERS = st.sampled_from(Tier)
SIZES = st.sampled_from([0, MIB, 200 * MIB])
COVERAGES = st.sampled_from([COVERED, None, LogCoverage(since=LONG_AGO, until=NOW - 9 * DAY)])
SEEN = st.floats(0, 200).map(lambda days: NOW - days * DAY)
FILES = st.builds(
    lambda tier, size, coverage, seen: facts(tier, size=size, coverage=coverage, seen=seen),
    TIERS,
    SIZES,
    COVERAGES,
    SEEN,
)


@given(FILES, AGES, AGES)
def test_more_reads_never_make_a_file_colder(file, ages, more):
    assert HEAT[decide(file, *ages).tier] <= HEAT[decide(file, *ages, *more).tier] or _became_known(file, more)


def _became_known(file, more):
    """Return whether the added reads show that a "new" file is old: then it may be judged."""
    return bool(more) and NOW - file.first_seen_at < 7 * DAY


@given(FILES, AGES, st.floats(0.1, 1))
def test_later_reads_never_make_a_file_colder(file, ages, nearer):
    """The same reads, all of them closer to now."""
    before, after = decide(file, *ages), decide(file, *[age * nearer for age in ages])

    assert HEAT[before.tier] <= HEAT[after.tier]


@given(FILES, AGES)
def test_a_decision_stands_until_facts_change(file, ages):
    first = decide(file, *ages)

    again = decide(facts(first.tier, size=file.size_bytes, coverage=file.coverage, seen=file.first_seen_at), *ages)

    assert first.tier is again.tier


@given(FILES, AGES)
def test_being_warmer_already_never_leads_to_a_colder_tier(file, ages):
    tiers = [
        decide(facts(tier, size=file.size_bytes, coverage=file.coverage, seen=file.first_seen_at), *ages).tier
        for tier in (Tier.COLD, Tier.WARM, Tier.HOT)
    ]

    assert sorted(HEAT[tier] for tier in tiers) == [HEAT[tier] for tier in tiers]


@given(FILES, AGES)
def test_every_decision_has_reasons_for_people(file, ages):
    decision = decide(file, *ages)

    assert decision.reasons
    assert all(reason and "\n" not in reason for reason in decision.reasons)


@given(AGES)
def test_windows_hold_one_another(ages):
    assert isinstance(usage(*ages), Usage)


def test_settings_default_to_the_thresholds_of_the_domain():
    assert Thresholds() == ClassificationSettings().thresholds()


@pytest.mark.parametrize(
    "wrong",
    [
        {"keep": 0},
        {"keep": 1.5},
        {"hot_within_days": 40},
        {"new_for_days": -1},
        {"large_mib": 0},
        {"small": {"hot_1h": 0, "hot_1d": 1, "hot_7d": 1, "hot_30d": 1, "warm_90d": 1}},
    ],
)
def test_contradictory_thresholds_are_refused_with_one_line(wrong):
    with pytest.raises(WrongInputError):
        ClassificationSettings(**wrong).thresholds()


def test_levels_are_at_least_one_read():
    with pytest.raises(WrongInputError, match="from 1 on"):
        Levels(warm_90d=0)
