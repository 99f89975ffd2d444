"""What the catalogue promises about rules, readings, alerts and calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_lib.domain.alert_rules import Channel, Comparison, Reading, Rule, Signal, Silence
from cloudflow_lib.domain.alerts import Alert, AlertState, Change, judge
from cloudflow_lib.domain.notifications import Level
from cloudflow_lib.errors import LostRaceError, NotFoundError
from cloudflow_lib.ports.alert_book import WebhookCall
from cloudflow_lib.workflows.evaluate_alerts import told
from tests.catalog.examples import drain

NOW = datetime.now(UTC).replace(microsecond=0)
LATER = NOW + timedelta(minutes=1)


def a_rule(rule_id="r1", **changes) -> Rule:
    rule = Rule(
        rule_id=rule_id,
        owner="team-docs",
        name="errors",
        signal=Signal.ERROR_RATE,
        comparison=Comparison.SPIKE,
        threshold=5.0,
        clears_at=2.0,
        lasts=timedelta(minutes=5),
        location_id="s3-main",
        level=Level.ERROR,
        channels=frozenset({Channel.IN_APP, Channel.WEBHOOK}),
        escalate_after=timedelta(hours=1),
        escalate_to=("boss",),
        silences=(Silence(begins_at=NOW, ends_at=LATER, reason="works", by="ann"),),
        webhook_url="https://hooks.example.test/x",
        webhook_secret=b"sealed",
    )
    return replace(rule, **changes)


def reading(value=9.0, at=NOW, **changes) -> Reading:
    return replace(Reading(signal=Signal.ERROR_RATE, user="team-docs", value=value, at=at), **changes)


def an_alert(rule_id="r1", at=NOW) -> Alert:
    plain = Rule(rule_id=rule_id, owner="team-docs", name="errors", signal=Signal.ERROR_RATE, threshold=5.0)
    return judge(plain, None, reading(at=at)).alert


def test_a_rule_comes_back_as_it_was_kept(catalog):
    catalog.save_rule(a_rule())

    assert a_rule(fence=1) == catalog.rule("r1")
    with pytest.raises(NotFoundError, match="no rule 'x'"):
        catalog.rule("x")


def test_a_share_of_a_limit_below_a_prefix_comes_back_as_it_was_kept(catalog):
    share = a_rule(signal=Signal.STORED_BYTES, comparison=Comparison.SHARE, limit=1e9, threshold=80.0, prefix="logs/")
    catalog.save_rule(share)
    alert = judge(share, None, reading(9e8, signal=Signal.STORED_BYTES, scope="s3-main/logs/")).alert
    catalog.put_alert(None, alert, [])

    assert replace(share, fence=1) == catalog.rule("r1")
    assert (8e8, 1e9) == (catalog.alert(alert.alert_id).threshold, catalog.alert(alert.alert_id).limit)


def test_rules_are_listed_by_owner_and_name(catalog):
    for name, owner in (("b", "team-docs"), ("a", "team-docs"), ("c", "team-media")):
        catalog.save_rule(a_rule(f"id-{name}", name=name, owner=owner))

    assert ["a", "b"] == [rule.name for rule in catalog.rules("team-docs")]
    assert ["a", "b", "c"] == [rule.name for rule in catalog.rules()]


def test_a_rule_that_somebody_else_changed_is_not_overwritten(catalog):
    catalog.save_rule(a_rule())
    mine = catalog.rule("r1")
    catalog.save_rule(replace(mine, name="theirs"))

    with pytest.raises(LostRaceError):
        catalog.save_rule(replace(mine, name="mine"))
    with pytest.raises(LostRaceError):
        catalog.save_rule(a_rule(name="a second one of this id"))
    assert "theirs" == catalog.rule("r1").name


def test_default_rules_are_added_once_and_stay_as_people_left_them(catalog):
    catalog.add_default_rules([a_rule("d1"), a_rule("d2")])
    catalog.save_rule(replace(catalog.rule("d1"), threshold=9.0))
    catalog.delete_rule("d2")
    catalog.add_default_rules([a_rule("d1"), a_rule("d2"), a_rule("d3")])

    assert {"d1": 9.0, "d3": 5.0} == {rule.rule_id: rule.threshold for rule in catalog.rules()}
    with pytest.raises(LostRaceError):
        catalog.save_rule(a_rule("d2"))


def test_readings_come_back_by_signal_and_source(catalog):
    mine = [reading(float(number), NOW + timedelta(minutes=number)) for number in range(3)]
    catalog.add_readings([*mine, reading(user="team-media"), reading(signal=Signal.KAFKA_LAG, user="")])
    catalog.add_readings([replace(mine[1], value=7.0)])

    found = catalog.readings(Signal.ERROR_RATE, NOW + timedelta(seconds=1), user="team-docs", scope="")
    assert [replace(mine[1], value=7.0), mine[2]] == list(found)
    assert 4 == len(catalog.readings(Signal.ERROR_RATE, NOW))


def test_an_alert_is_opened_once_whoever_finds_it(catalog):
    first, second = an_alert(), an_alert(at=LATER)
    rule = Rule(rule_id="r1", owner="team-docs", name="errors", signal=Signal.ERROR_RATE, threshold=5.0)

    assert catalog.put_alert(None, first, told(rule, first, Change.FIRED))
    assert not catalog.put_alert(None, first, told(rule, first, Change.FIRED))
    assert not catalog.put_alert(None, second, told(rule, second, Change.FIRED))
    assert [replace(first, fence=1)] == list(catalog.open_alerts("r1"))
    assert ["io.cloudflow.alert.changed.v1", "io.cloudflow.mail.requested.v1"] == [
        event.type for event in drain(catalog)
    ]


def test_an_alert_is_changed_by_who_saw_it_last_and_a_new_one_opens_behind_it(catalog):
    catalog.put_alert(None, an_alert(), [])
    [seen] = catalog.open_alerts("r1")
    over = replace(seen, state=AlertState.RESOLVED, resolved_at=LATER, changed_at=LATER)

    assert catalog.put_alert(seen, over, [])
    assert not catalog.put_alert(seen, over, [])
    assert [] == list(catalog.open_alerts("r1"))
    assert replace(over, fence=2) == catalog.alert(seen.alert_id)
    assert catalog.put_alert(None, an_alert(at=LATER), [])
    with pytest.raises(NotFoundError, match="no alert 'x'"):
        catalog.alert("x")


def test_alerts_are_listed_the_last_changed_first_without_those_that_never_fired(catalog):
    for number, rule_id in enumerate(("r1", "r2", "r3")):
        catalog.put_alert(None, an_alert(rule_id, NOW + timedelta(minutes=number)), [])
    pending = replace(an_alert("r4"), state=AlertState.PENDING, fired_at=None)
    catalog.put_alert(None, pending, [])
    [first] = catalog.open_alerts("r1")
    catalog.put_alert(first, replace(first, state=AlertState.RESOLVED, changed_at=NOW + timedelta(hours=1)), [])

    assert ["r1", "r3", "r2"] == [alert.rule_id for alert in catalog.alerts()]
    assert ["r3", "r2"] == [alert.rule_id for alert in catalog.alerts("team-docs", only_open=True)]
    assert [] == list(catalog.alerts("team-media"))


def a_call(name="c1", **changes) -> WebhookCall:
    call = WebhookCall(call_id=name, rule_id="r1", user="team-docs", body=b"{}", made_at=NOW, next_try_at=NOW)
    return replace(call, **changes)


def test_a_call_is_made_by_one_until_it_is_taken(catalog):
    catalog.queue_calls([a_call()])
    catalog.queue_calls([a_call(), a_call("c2", next_try_at=LATER)])

    claimed = catalog.claim_call(NOW, LATER)
    assert a_call(next_try_at=LATER, attempts=1, fence=1) == claimed
    assert catalog.claim_call(NOW, LATER) is None
    catalog.try_call_later(claimed, LATER + timedelta(minutes=1), "503")
    assert "c2" == catalog.claim_call(LATER, LATER + timedelta(hours=1)).call_id
    again = catalog.claim_call(LATER + timedelta(minutes=1), LATER + timedelta(hours=1))
    assert ("c1", 2, "503") == (again.call_id, again.attempts, again.reason)
    catalog.end_call(claimed)  # its claim was lost
    catalog.end_call(again)
    catalog.queue_calls([a_call()])
    assert catalog.claim_call(LATER + timedelta(days=1), LATER + timedelta(days=2)).call_id == "c2"
