"""From a signal that is too high to everybody who has to know."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.adapters.platform.watch import MachineWatch
from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.alert_rules import Channel, Comparison, Signal, Silence
from cloudflow_lib.domain.alerts import AlertState
from cloudflow_lib.domain.events import AlertChanged, BatchData, MailRequested, MigrationBatchEnded
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.notifications import Level, NotificationKind, NotificationQuery
from cloudflow_lib.domain.performance import MIGRATE, Page, Series, bucket_start
from cloudflow_lib.errors import NotAllowedError, WebhookError, WrongInputError
from cloudflow_lib.ports.alert_book import WebhookCall
from cloudflow_lib.ports.catalogs import FileChange
from cloudflow_lib.workflows.call_webhooks import GIVEN_UP_AFTER, make_calls, queue_calls, signed
from cloudflow_lib.workflows.evaluate_alerts import acknowledge_alert, evaluate_alerts
from cloudflow_lib.workflows.keep_rules import change_rule, delete_rule, make_rule, silence_rule, try_rule
from cloudflow_lib.workflows.notify_people import notify_people
from cloudflow_lib.workflows.take_readings import take_readings
from cloudflow_lib.workflows.tell_people import AlertHandler, WebhookHandler
from tests.catalog.examples import a_file, fill


def changes(events):
    return [(event.user, event.data.change.value) for event in events if isinstance(event, AlertChanged)]


def of(readings, signal):
    return {(one.user, one.scope): one.value for one in readings if one.signal is signal}


def note_moves(desk, *, user="team-docs", good=0, bad=0, seconds=2.0):
    page = Page(start=bucket_start(desk.now))
    for number in range(good + bad):
        page.add(user, Series(MIGRATE, "a > b", "under 1 MiB"), seconds, size_bytes=1, failed=number < bad)
    desk.catalog.save_metric_page(page)


def test_each_channel_hears_once_that_it_began_and_once_that_it_is_over(desk):
    desk.keep(channels=frozenset(Channel) - {Channel.WEBHOOK})
    told, bell = [], []
    for value in (50.0, 91.5, 92.0, 95.0, 60.0, 60.0):
        desk.platform.disks = {"/": value}
        evaluate_alerts(desk.services)
        events = [event for event in desk.events() if event.user == "admin" and "default" not in str(event.data)]
        told += events
        notify_people(events, desk.catalog)
        desk.later(minutes=1)
    mine = [event for event in told if event.subject in {one.alert_id for one in desk.catalog.alerts()}]

    assert [("admin", "fired"), ("admin", "resolved")] == changes(mine)
    mails = [event for event in mine if isinstance(event, MailRequested)]
    assert ["Alert: disk", "Over: disk"] == [event.data.title for event in mails]
    assert ("/ is at 91.5 %, the limit is 80.0 %",) == mails[0].data.lines
    assert ("/ is back at 60.0 %; it was at 95.0 %, the limit is 80.0 %",) == mails[1].data.lines
    bell = [
        (one.title, one.level)
        for one in desk.catalog.notification_page(NotificationQuery(user="admin")).notifications
        if one.kind is NotificationKind.ALERT
    ]
    assert sorted([("Over: disk", Level.SUCCESS), ("Alert: disk", Level.WARNING)]) == sorted(bell)


def test_two_who_evaluate_at_once_open_one_alert(desk):
    desk.keep()
    desk.platform.disks = {"/": 99.0}
    first = evaluate_alerts(desk.services)
    second = evaluate_alerts(desk.services)

    assert (1, 0) == (first, second)


def test_every_disk_and_every_reader_of_events_has_an_alert_of_its_own(desk):
    desk.keep()
    desk.platform.disks = {"/": 99.0, "/data": 85.0, "/tmp": 10.0}
    evaluate_alerts(desk.services)

    assert {"/", "/data"} == {one.scope for one in desk.catalog.open_alerts("r1")}


def test_administrators_begin_with_rules_for_the_platform(desk):
    desk.platform.lags = {"mail": 1001, "metrics": 3}
    evaluate_alerts(desk.services)
    desk.later(minutes=6)
    evaluate_alerts(desk.services)

    assert [("More than 1,000 events wait", "mail")] == [(one.name, one.scope) for one in desk.catalog.alerts("admin")]
    assert {Signal.MIGRATIONS_FAILED, Signal.ERROR_RATE, Signal.REQUEST_SECONDS, Signal.KAFKA_LAG} <= {
        rule.signal for rule in desk.catalog.rules("admin")
    }


def test_moves_are_read_per_user(desk):
    note_moves(desk, good=8, bad=2, seconds=4.0)
    readings = take_readings(desk.services)

    assert {("team-docs", ""): 2.0} == of(readings, Signal.MIGRATIONS_FAILED)
    assert {("team-docs", ""): 20.0} == of(readings, Signal.ERROR_RATE)
    assert 4.0 == pytest.approx(of(readings, Signal.MOVE_SECONDS)["team-docs", ""], rel=0.02)


def test_a_failed_move_is_an_alert_and_is_over_an_hour_later(desk):
    note_moves(desk, good=1, bad=1)
    evaluate_alerts(desk.services)
    assert [("admin", "fired")] == changes(desk.events())
    desk.later(minutes=66)
    note_moves(desk, good=1)
    evaluate_alerts(desk.services)

    assert [("admin", "resolved")] == changes(desk.events())


def test_a_failed_move_is_over_an_hour_later_although_nothing_moves_any_more(desk):
    note_moves(desk, good=1, bad=9)
    evaluate_alerts(desk.services)
    assert 2 == changes(desk.events()).count(("admin", "fired"))
    for _ in range(15):
        desk.later(minutes=5)
        evaluate_alerts(desk.services)
        evaluate_alerts(desk.services)

    over = [event for event in desk.events() if isinstance(event, AlertChanged)]
    assert {
        "team-docs is back at 0 failed moves; it was at 9 failed moves, the limit is 0 failed moves",
        "team-docs is back at 0.0 %; it was at 90.0 %, the limit is 5.0 %",
    } == {event.data.text for event in over}
    assert 2 == len(over)


def test_an_error_rate_is_not_over_while_the_few_moves_that_are_left_fail(desk):
    note_moves(desk, bad=9)
    evaluate_alerts(desk.services)
    desk.later(minutes=66)
    note_moves(desk, bad=1)
    evaluate_alerts(desk.services)
    assert [] == [one for one in desk.catalog.alerts("admin") if one.state is AlertState.RESOLVED]
    desk.later(minutes=66)
    evaluate_alerts(desk.services)

    assert {AlertState.RESOLVED} == {one.state for one in desk.catalog.alerts("admin")}


def test_what_a_former_administrator_may_no_longer_see_is_over_and_told_once(desk):
    """Nobody reads it for them any more, so no reading would ever end it."""
    desk.keep()
    desk.platform.disks = {"/": 99.0}
    evaluate_alerts(desk.services)
    assert [("admin", "fired")] == changes(desk.events())
    desk.admins = frozenset()
    desk.later(minutes=5)

    assert [1, 0] == [evaluate_alerts(desk.services) for _ in range(2)]
    [told] = [event for event in desk.events() if isinstance(event, AlertChanged)]
    assert "/ is not watched any more; it was at 99.0 %, the limit is 80.0 %" == told.data.text
    assert ("admin", "resolved") == (told.user, told.data.change)
    assert [] == desk.catalog.open_alerts("r1")


def test_what_a_former_administrator_may_still_see_stays_open(desk):
    desk.keep(signal=Signal.MIGRATIONS_FAILED, threshold=0.0)
    for user in ("admin", "team-docs"):
        desk.later(minutes=5)
        note_moves(desk, user=user, bad=1)
    evaluate_alerts(desk.services)
    desk.admins = frozenset()
    desk.later(minutes=5)
    evaluate_alerts(desk.services)

    assert ["admin"] == [alert.user for alert in desk.catalog.open_alerts("r1")]


def test_what_lay_there_and_is_gone_is_over_with_the_next_reading(desk):
    desk.keep(signal=Signal.STORED_BYTES, threshold=10.0)
    fill(desk.catalog, file := a_file("a", size_bytes=50))
    evaluate_alerts(desk.services)
    assert [("admin", "fired")] == changes(desk.events())
    gone = {"expected_version": file.version, "expected_tier": file.tier, "changed": {"state": FileState.VANISHED}}
    desk.catalog.update_files([FileChange(file_id=file.file_id, event=None, **gone)])
    desk.later(minutes=5)
    evaluate_alerts(desk.services)
    assert 1 == len(desk.catalog.open_alerts("r1"))
    desk.later(hours=1)
    evaluate_alerts(desk.services)

    assert [("admin", "resolved")] == changes(desk.events())


def test_what_is_no_longer_known_of_the_machine_is_not_over(desk):
    desk.keep()
    desk.platform.disks, desk.platform.lags = {"/": 99.0}, {"mail": 5000}
    evaluate_alerts(desk.services)
    desk.platform.disks, desk.platform.lags = {}, None
    desk.later(hours=2)
    evaluate_alerts(desk.services)

    assert 1 == len(desk.catalog.open_alerts("r1"))


def test_what_changes_slowly_is_read_once_an_hour(desk):
    fill(desk.catalog, a_file("a", size_bytes=5), a_file("b", size_bytes=6))
    [file] = [one for one in desk.catalog.files_between("s3-main", None, None) if one.key == "a"]
    rollup = DayRollup(file_id=file.file_id, day=desk.now.date(), reads=3, read_bytes=15, last_read_at=desk.now)
    desk.catalog.add_reads("batch", [rollup])
    first = take_readings(desk.services)
    desk.later(minutes=10)
    second = take_readings(desk.services)
    desk.later(minutes=30)
    third = take_readings(desk.services)

    assert {("team-docs", "s3-main"): 11.0} == of(first, Signal.STORED_BYTES) == of(third, Signal.STORED_BYTES)
    assert {("team-docs", "s3-main"): 3.0} == of(first, Signal.READS_PER_DAY)
    assert {} == of(second, Signal.STORED_BYTES)


@pytest.mark.parametrize(("yesterday", "today", "told"), [(60, 50, 60.0), (60, 70, 70.0), (60, 0, 60.0)])
def test_reads_of_two_days_are_not_told_as_those_of_one(desk, yesterday, today, told):
    fill(desk.catalog, file := a_file("a"))
    for number, reads in enumerate((today, yesterday)):
        day = desk.now.date() - timedelta(days=number)
        rollup = DayRollup(file_id=file.file_id, day=day, reads=reads, read_bytes=reads, last_read_at=desk.now)
        desk.catalog.add_reads(f"batch-{number}", [rollup])

    assert {("team-docs", "s3-main"): told} == of(take_readings(desk.services), Signal.READS_PER_DAY)


def test_a_broker_that_is_away_leaves_the_other_signals(desk):
    desk.platform.lags = None

    assert {("", "/"): 50.0} == of(take_readings(desk.services), Signal.DISK_PERCENT)


def test_a_disk_that_is_not_there_leaves_the_others_and_all_other_signals(desk, tmp_path, caplog):
    machine = MachineWatch("127.0.0.1:1", {}, [tmp_path / "gone", tmp_path])
    desk.platform.full_disks = machine.full_disks
    note_moves(desk, bad=1)
    readings = take_readings(desk.services)

    assert {("", str(tmp_path))} == of(readings, Signal.DISK_PERCENT).keys()
    assert {("team-docs", ""): 1.0} == of(readings, Signal.MIGRATIONS_FAILED)
    assert f"alerts.no_disk path={tmp_path / 'gone'}" in caplog.text


def test_what_nobody_takes_care_of_is_passed_on_and_they_hear_of_its_end(desk):
    rule = desk.keep(escalate_after=timedelta(minutes=10), escalate_to=("boss",))
    told = []
    for value in (90.0, 90.0, 90.0, 90.0, 10.0):
        desk.platform.disks = {"/": value}
        evaluate_alerts(desk.services)
        told += [event for event in desk.events() if getattr(event.data, "rule_id", "") == rule.rule_id]
        desk.later(minutes=4)

    both = [("admin", "escalated"), ("boss", "escalated"), ("admin", "resolved"), ("boss", "resolved")]
    assert [("admin", "fired"), *both] == changes(told)


def test_who_takes_care_is_told_and_it_is_passed_on_to_nobody(desk):
    desk.keep(escalate_after=timedelta(minutes=10), escalate_to=("boss",))
    desk.platform.disks = {"/": 90.0}
    evaluate_alerts(desk.services)
    [alert] = desk.catalog.open_alerts("r1")
    desk.events()
    after = acknowledge_alert(alert.alert_id, "ann", desk.services)

    assert (AlertState.ACKNOWLEDGED, "ann") == (after.state, after.acknowledged_by)
    assert after == acknowledge_alert(alert.alert_id, "bob", desk.services)
    assert [("admin", "acknowledged")] == changes(desk.events())
    desk.later(hours=1)
    evaluate_alerts(desk.services)
    assert ("boss", "escalated") not in changes(desk.events())


def test_a_silenced_rule_says_nothing_until_the_silence_is_over(desk):
    desk.keep()
    silence = Silence(begins_at=desk.now, ends_at=desk.now + timedelta(hours=1), by="admin")
    silence_rule("r1", "admin", silence, desk.services)
    desk.platform.disks = {"/": 90.0}
    evaluate_alerts(desk.services)
    quiet = changes(desk.events())
    desk.later(hours=1)
    evaluate_alerts(desk.services)

    assert [] == quiet
    assert ("admin", "fired") in changes(desk.events())


def test_a_rule_that_is_deleted_or_switched_off_ends_its_alerts(desk):
    desk.keep()
    desk.platform.disks = {"/": 90.0}
    evaluate_alerts(desk.services)
    desk.events()
    change_rule(desk.catalog.rule("r1"), {"is_enabled": False}, desk.services)
    assert [("admin", "resolved")] == changes(desk.events())
    change_rule(desk.catalog.rule("r1"), {"is_enabled": True}, desk.services)
    desk.later(minutes=1)
    evaluate_alerts(desk.services)
    delete_rule("r1", "admin", desk.services)

    assert ("admin", "resolved") in changes(desk.events())
    assert [] == list(desk.catalog.open_alerts("r1"))


def test_a_preview_says_what_the_kept_readings_would_have_set_off(desk):
    for value in (10.0, 90.0, 90.0, 10.0, 95.0, 10.0):
        desk.platform.disks = {"/": value}
        take_readings(desk.services)
        desk.later(hours=6)
    wanted = {"name": "x", "signal": Signal.DISK_PERCENT, "threshold": 80.0}

    assert [90.0, 95.0] == [alert.peak for alert in try_rule("admin", wanted, desk.services).alerts]
    assert 0 == try_rule("team-docs", wanted, desk.services).readings


def test_people_watch_their_own_things_only(desk):
    disk = {"name": "x", "signal": Signal.DISK_PERCENT, "threshold": 80.0}
    others = {"name": "x", "signal": Signal.STORED_BYTES, "threshold": 80.0, "of_user": "team-media"}

    for wanted in (disk, others):
        with pytest.raises(NotAllowedError):
            make_rule("team-docs", wanted, desk.services)
        assert "admin" == make_rule("admin", wanted, desk.services).rule.owner


HOOK = {
    "name": "hook",
    "signal": Signal.DISK_PERCENT,
    "threshold": 80.0,
    "channels": frozenset({Channel.WEBHOOK}),
    "webhook_url": "https://hooks.example.test/in",
}


def test_a_webhook_is_called_once_for_each_change_and_proves_who_calls(desk):
    kept = make_rule("admin", HOOK, desk.services)
    desk.platform.disks = {"/": 90.0}
    evaluate_alerts(desk.services)
    [event] = [one for one in desk.events() if isinstance(one, AlertChanged) and one.data.rule_id == kept.rule.rule_id]
    for _ in range(2):
        queue_calls([event], desk.services)
        make_calls(desk.services)

    [(url, address, body, headers)] = desk.calls
    assert ("https://hooks.example.test/in", "93.184.216.34") == (url, address)
    assert headers == signed(body, kept.new_secret, event.id, desk.now)
    assert event == AlertChanged.model_validate_json(body)
    assert kept.new_secret.encode() not in desk.catalog.rule(kept.rule.rule_id).webhook_secret


def test_no_webhook_is_called_about_what_is_read_again_days_later(desk):
    kept = make_rule("admin", HOOK, desk.services)
    desk.platform.disks = {"/": 90.0}
    evaluate_alerts(desk.services)
    [event] = [one for one in desk.events() if isinstance(one, AlertChanged) and one.data.rule_id == kept.rule.rule_id]
    old = event.model_copy(update={"time": desk.now - GIVEN_UP_AFTER - timedelta(seconds=1)})
    queue_calls([old], desk.services)

    assert 0 == make_calls(desk.services)
    assert [] == desk.calls


def test_a_webhook_that_does_not_answer_is_called_again_until_a_day_is_over(desk):
    make_rule("admin", HOOK, desk.services)
    handler = WebhookHandler(desk.services)
    desk.platform.disks = {"/": 90.0}
    evaluate_alerts(desk.services)
    desk.trouble = WebhookError("503")
    handler.handle([event for event in desk.events() if isinstance(event, AlertChanged)])
    for _ in range(5):
        desk.later(minutes=16)
        handler.handle(())
    desk.trouble = None
    desk.later(minutes=16)
    handler.handle(())

    assert 1 == len(desk.calls)


def test_who_has_a_slow_receiver_waits_for_it_alone(desk):
    taken = threading.Event()

    def post(url, _address, _body, _headers):
        if "slow" in url and not taken.wait(20):
            raise WebhookError("the other one was not called meanwhile")
        if "slow" not in url:
            taken.set()

    services = replace(desk.services, post_webhook=post)
    for user, name in (("team-docs", "slow"), ("team-media", "quick")):
        hook = {**HOOK, "signal": Signal.STORED_BYTES, "webhook_url": f"https://{name}.example.test/in"}
        rule = make_rule(user, hook, services).rule
        call = WebhookCall(
            call_id=name, rule_id=rule.rule_id, user=user, body=b"{}", made_at=desk.now, next_try_at=desk.now
        )
        desk.catalog.queue_calls([call])
        desk.later(seconds=1)  # the slow one is the first

    assert 2 == make_calls(services)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
def test_no_webhook_leads_into_our_own_network_now_or_later(desk, address):
    kept = make_rule("admin", HOOK, desk.services)
    desk.addresses = (address,)
    with pytest.raises(WrongInputError, match="inside of our own network"):
        make_rule("admin", HOOK, desk.services)
    desk.platform.disks = {"/": 90.0}
    evaluate_alerts(desk.services)
    queue_calls([event for event in desk.events() if isinstance(event, AlertChanged)], desk.services)

    assert 0 == make_calls(desk.services)
    assert [] == desk.calls
    same_address = change_rule(kept.rule, {"threshold": 70.0}, desk.services)
    assert same_address.new_secret is None


def test_the_handler_judges_once_a_minute_and_a_moment_after_a_run(desk):
    desk.keep()
    handler = AlertHandler(desk.services)
    desk.platform.disks = {"/": 90.0}
    handler.handle(())
    assert [] != changes(desk.events())
    desk.platform.disks = {"/": 10.0}
    desk.later(seconds=30)
    handler.handle(())
    assert [] == changes(desk.events())
    data = BatchData(done=0, failed=1, cancelled=0, size_bytes=0, seconds=1.0)
    handler.handle([MigrationBatchEnded(subject="run-1", user="team-docs", data=data)])
    desk.later(seconds=6)
    handler.handle(())

    assert [("admin", "resolved")] == changes(desk.events())


def test_a_clock_that_was_ahead_and_is_set_back_holds_no_rule_up(desk):
    fill(desk.catalog, a_file("a", size_bytes=50))
    handler = AlertHandler(desk.services)
    desk.later(days=30)
    handler.handle(())
    desk.later(days=-30)
    desk.platform.disks = {"/": 90.0}
    desk.keep()
    desk.keep(rule_id="r2", signal=Signal.STORED_BYTES, threshold=10.0)
    handler.handle(())
    desk.later(minutes=1)
    handler.handle(())

    assert [1, 1] == [len(desk.catalog.open_alerts(name)) for name in ("r1", "r2")]


def test_a_spike_against_its_own_past(desk):
    desk.keep(signal=Signal.DISK_PERCENT, comparison=Comparison.SPIKE, threshold=2.0)
    for _ in range(30):
        evaluate_alerts(desk.services)
        desk.later(minutes=30)
    desk.events()
    assert [] == list(desk.catalog.open_alerts("r1"))
    desk.platform.disks = {"/": 101.0}
    evaluate_alerts(desk.services)

    [alert] = desk.catalog.open_alerts("r1")
    assert 100.0 == alert.threshold
    assert replace(alert, state=AlertState.FIRING) == alert
