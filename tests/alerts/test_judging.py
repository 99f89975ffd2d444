"""When an alert begins, is told, passed on and over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_lib.domain.alert_preview import preview
from cloudflow_lib.domain.alert_rules import Channel, Comparison, Reading, Rule, Signal, Silence
from cloudflow_lib.domain.alert_words import sentence
from cloudflow_lib.domain.alerts import AlertState, Change, acknowledge, judge, usual_value
from cloudflow_lib.errors import WrongInputError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_rule(**changes) -> Rule:
    rule = Rule(rule_id="r1", owner="team-docs", name="errors", signal=Signal.ERROR_RATE, threshold=5.0)
    return replace(rule, **changes)


def reading(value, minutes=0, **changes) -> Reading:
    one = Reading(signal=Signal.ERROR_RATE, user="team-docs", value=float(value), at=NOW + timedelta(minutes=minutes))
    return replace(one, **changes)


def play(rule, values, *, usual=None, minutes=5):
    """Judge readings that come every few minutes; return (state or None, what is told) of each."""
    alert, seen = None, []
    for number, value in enumerate(values):
        verdict = judge(rule, alert, reading(value, number * minutes), usual)
        alert = verdict.alert
        seen.append((alert.state.value if alert else None, [change.value for change in verdict.changes]))
        if alert and alert.state is AlertState.RESOLVED:
            alert = None
    return seen


def test_an_alert_fires_once_and_is_over_once():
    assert [
        (None, []),
        ("firing", ["fired"]),
        ("firing", []),
        ("firing", []),
        ("resolved", ["resolved"]),
        (None, []),
    ] == play(a_rule(), [5, 5.1, 50, 7, 1, 1])


def test_a_value_that_trembles_around_the_threshold_is_one_alert():
    told = [change for _, changes in play(a_rule(), [6, 4.9, 5.2, 4.6, 5.4, 4.9, 4.4]) for change in changes]

    assert ["fired", "resolved"] == told


def test_what_does_not_last_is_not_told():
    rule = a_rule(lasts=timedelta(minutes=10))

    assert [("pending", []), ("resolved", [])] == play(rule, [9, 4.9])
    assert [("pending", []), ("pending", []), ("firing", ["fired"])] == play(rule, [9, 8, 7])


def test_a_silence_keeps_quiet_and_what_still_fires_is_told_behind_it():
    silence = Silence(begins_at=NOW, ends_at=NOW + timedelta(minutes=12))
    rule = a_rule(silences=(silence,))

    assert [("firing", []), ("firing", []), ("firing", []), ("firing", ["fired"])] == play(rule, [9, 9, 9, 9])
    assert [("firing", []), ("resolved", [])] == play(rule, [9, 1])


def test_the_end_of_what_was_told_is_told_even_in_a_silence():
    silence = Silence(begins_at=NOW + timedelta(minutes=5), ends_at=NOW + timedelta(hours=1))

    assert ("resolved", ["resolved"]) == play(a_rule(silences=(silence,)), [9, 9, 1])[-1]


def test_what_nobody_takes_care_of_is_passed_on_once():
    rule = a_rule(escalate_after=timedelta(minutes=10), escalate_to=("boss",))

    assert [["fired"], [], ["escalated"], [], ["resolved"]] == [changes for _, changes in play(rule, [9, 9, 9, 9, 1])]


def test_what_somebody_takes_care_of_is_passed_on_to_nobody():
    rule = a_rule(escalate_after=timedelta(minutes=10), escalate_to=("boss",))
    firing = judge(rule, None, reading(9)).alert
    taken = acknowledge(firing, "ann", NOW)

    assert ("ann", AlertState.ACKNOWLEDGED) == (taken.acknowledged_by, taken.state)
    assert taken == acknowledge(taken, "bob", NOW)
    later = judge(rule, taken, reading(9, 60))
    assert (AlertState.ACKNOWLEDGED, ()) == (later.alert.state, later.changes)
    assert (Change.RESOLVED,) == judge(rule, taken, reading(0, 60)).changes


def test_only_what_fires_can_be_acknowledged():
    pending = judge(a_rule(lasts=timedelta(hours=1)), None, reading(9)).alert

    with pytest.raises(WrongInputError, match="is pending"):
        acknowledge(pending, "ann", NOW)


def test_the_peak_is_remembered():
    alert = None
    for value in (6, 60, 8):
        alert = judge(a_rule(), alert, reading(value)).alert

    assert (60.0, 8.0) == (alert.peak, alert.value)


@pytest.mark.parametrize(("limit", "state"), [(7.0, "resolved"), (6.5, "resolved"), (6.4, "firing"), (4.0, "firing")])
def test_an_alert_follows_the_limit_of_its_rule(limit, state):
    alert = judge(a_rule(), None, reading(6.5)).alert

    verdict = judge(a_rule(threshold=limit), alert, reading(6.5, 1))

    assert (state, limit) == (verdict.alert.state.value, verdict.alert.threshold)
    assert f"the limit is {limit} %" in sentence(verdict.alert, Change.FIRED)


def test_a_spike_is_measured_by_what_is_usual():
    rule = a_rule(comparison=Comparison.SPIKE, threshold=3.0)

    assert [(None, []), ("firing", ["fired"]), ("resolved", ["resolved"])] == play(rule, [29, 31, 26], usual=10.0)
    assert [(None, [])] == play(rule, [1000], usual=None)


def test_a_spike_ends_also_when_nobody_can_say_any_more_what_is_usual():
    rule = a_rule(comparison=Comparison.SPIKE, threshold=3.0)
    alert = judge(rule, None, reading(31), 10.0).alert

    assert AlertState.FIRING is judge(rule, alert, reading(31, 1)).alert.state
    assert AlertState.RESOLVED is judge(rule, alert, reading(30, 1)).alert.state


def test_a_share_is_measured_by_the_limit_of_its_rule():
    rule = a_rule(comparison=Comparison.SHARE, threshold=80.0, limit=10.0)

    assert [(None, []), ("firing", ["fired"]), ("firing", []), ("resolved", ["resolved"])] == play(rule, [8, 9, 7.5, 7])
    assert "team-docs is at 9.0 %, the limit is 8.0 %, 80 % of 10.0 %" == sentence(
        judge(rule, None, reading(9)).alert, Change.FIRED
    )


def test_of_few_readings_nobody_can_say_what_is_usual():
    assert usual_value([1.0] * 23) is None
    assert 95.0 == usual_value([float(number) for number in range(100)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": -1.0},
        {"comparison": Comparison.SPIKE, "threshold": 1.0},
        {"clears_at": 6.0},
        {"channels": frozenset({Channel.WEBHOOK})},
        {"escalate_to": ("boss",)},
        {"comparison": Comparison.SHARE},
        {"comparison": Comparison.SHARE, "limit": 0.0},
        {"limit": 10.0},
        {"prefix": "reports/", "location_id": "s3"},
        {"prefix": "reports/", "signal": Signal.STORED_BYTES},
        {"prefix": "reports", "location_id": "s3", "signal": Signal.STORED_BYTES},
        {"prefix": "a/b/", "location_id": "s3", "signal": Signal.STORED_BYTES},
        {"escalate_after": timedelta(minutes=1)},
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(WrongInputError):
        a_rule(**wrong)


def test_a_silence_must_end_after_it_begins():
    with pytest.raises(WrongInputError, match="must end after"):
        Silence(begins_at=NOW, ends_at=NOW)


def test_a_rule_watches_its_owners_things_and_an_administrators_everybodys():
    theirs, disk = reading(9, user="team-media"), reading(9, signal=Signal.DISK_PERCENT, user="", scope="/")
    platform = a_rule(signal=Signal.DISK_PERCENT)

    assert a_rule().watches(reading(9), sees_all=False)
    assert not a_rule().watches(theirs, sees_all=False)
    assert a_rule().watches(theirs, sees_all=True)
    assert not a_rule(of_user="team-docs").watches(theirs, sees_all=True)
    assert not a_rule(location_id="s3").watches(reading(9), sees_all=False)
    assert not platform.watches(disk, sees_all=False)
    assert platform.watches(disk, sees_all=True)


@pytest.mark.parametrize(
    ("signal", "place", "scopes"),
    [
        (Signal.STORED_BYTES, {}, {"", "s3", "azure"}),
        (Signal.STORED_BYTES, {"location_id": "s3"}, {"s3"}),
        (Signal.STORED_BYTES, {"location_id": "s3", "prefix": "a/"}, {"s3/a/"}),
        (Signal.COST_THIS_MONTH, {}, {""}),
        (Signal.COST_THIS_MONTH, {"location_id": "s3"}, {"s3"}),
        (Signal.ACCESS_ANOMALY, {}, {"", "s3", "azure", "s3/a/", "s3/a", "s3/a/deep", "s3/ab"}),
        (Signal.ACCESS_ANOMALY, {"location_id": "s3", "prefix": "a/"}, {"s3/a/", "s3/a", "s3/a/deep"}),
    ],
)
def test_a_rule_watches_its_place_and_no_other(signal, place, scopes):
    rule = a_rule(signal=signal, **place)
    every = ("", "s3", "azure", "s3/a/", "s3/a", "s3/a/deep", "s3/ab")
    seen = {scope for scope in every if rule.watches(reading(1, signal=signal, scope=scope), sees_all=False)}

    assert scopes == seen


def test_a_preview_fires_on_what_the_rule_would_have_fired_on():
    days = [
        reading(9 if number in (3, 4, 9) else 1, minutes=number * 24 * 60 + offset)
        for number in range(30)
        for offset in (0, 5, 10)
    ]
    since = NOW + timedelta(days=4)
    found = preview(a_rule(), days, since)

    assert {"2026-11-27": 1, "2026-12-02": 1} == found.by_day
    assert (2, 26 * 3, since) == (len(found.alerts), found.readings, found.first_at)
    assert () == preview(a_rule(threshold=10.0), days, since).alerts


def test_a_preview_of_a_spike_looks_at_what_was_usual_then():
    hours = [reading(100 if number == 200 else 10 + number % 3, minutes=number * 60) for number in range(240)]
    found = preview(a_rule(comparison=Comparison.SPIKE, threshold=3.0), hours, NOW + timedelta(days=2))

    assert [NOW + timedelta(hours=200)] == [alert.began_at for alert in found.alerts]
    assert AlertState.RESOLVED is found.alerts[0].state
