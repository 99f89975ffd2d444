"""From a wish to a mail: once, whatever breaks, and in the right words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.events import MailRefused, MailSent
from cloudflow_lib.domain.mailing import GIVEN_UP_AFTER, LetterState, MailPreferences, Pace
from cloudflow_lib.domain.notifications import NotificationKind
from cloudflow_lib.errors import CatalogUnavailableError, MailError, MailRefusedError, NotFoundError
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows import write_mail
from cloudflow_lib.workflows.mail_choices import choose_mail, unsubscribe
from cloudflow_lib.workflows.notify_people import notify_people
from cloudflow_lib.workflows.send_mail import queue_mail, send_due_mail, wish_of
from tests.catalog.examples import drain
from tests.catalog.test_notifications import a_class_change


def post(office, *requests):
    queue_mail(requests, office.services)
    return send_due_mail(office.services)


def test_one_mail_per_event_however_often_it_is_consumed(office):
    request = office.request()
    for _ in range(3):
        post(office, request, request)

    [mail] = office.mails
    assert f"<{request.id}@example.test>" == mail.message_id
    assert ("team-docs@example.test", "CloudFlow: 1 of 2 files not migrated") == (mail.to, mail.title)
    [event] = drain(office.catalog)
    assert isinstance(event, MailSent)
    assert (request.id, mail.message_id) == (event.subject, event.data.message_id)


def test_a_mail_says_what_happened_and_where_there_is_more(office):
    post(office, office.request())

    [mail] = office.mails
    for words in ("1 of 2 files not migrated", "1 done, 1 failed", "mails about runs of moves"):
        assert words in mail.text
        assert words in mail.html
    assert "http://airflow.test/plugin/cloudflow/migrations?batch=run-1" in mail.text
    assert "http://airflow.test/plugin/cloudflow/settings" in mail.html
    assert "here/<b>: no such bucket" in mail.text
    assert "here/&lt;b&gt;: no such bucket" in mail.html
    assert "<b>" not in mail.html


def test_a_link_that_is_whole_stays_as_it_is(office):
    post(office, office.request(path="http://airflow.test/dags/migrate_files/runs/1"))

    assert "More: http://airflow.test/dags/migrate_files/runs/1" in office.mails[0].text


def test_nobody_gets_what_they_do_not_want(office):
    choose_mail("team-docs", {NotificationKind.MIGRATION: Pace.OFF}, office.catalog)

    assert 0 == post(office, office.request()).sent
    office.later(days=2)
    assert 0 == post(office).sent


def test_a_digest_comes_in_its_time_with_everything_that_came_before_it(office):
    choose_mail("team-docs", {NotificationKind.MIGRATION: Pace.HOURLY}, office.catalog)
    for number in range(25):
        post(office, office.request(title=f"run {number}"))
    assert [] == office.mails
    office.later(minutes=30)
    post(office)
    post(office, office.request(title="the next hour"))

    [mail] = office.mails
    assert "CloudFlow: 25 runs of moves" == mail.title
    assert 20 == mail.text.count("1 done, 1 failed")
    assert 20 == mail.html.count("1 done, 1 failed")
    assert "and 5 more: http://airflow.test/plugin/cloudflow" in mail.text


def test_ten_thousand_events_in_a_minute_are_one_digest(office):
    for _ in range(20):
        queue_mail([office.request() for _ in range(500)], office.services)
        send_due_mail(office.services)
        office.later(seconds=3)
    for _ in range(120):
        office.later(minutes=1)
        send_due_mail(office.services)

    assert ["CloudFlow: 10,000 runs of moves"] == [mail.title for mail in office.mails]


def test_what_was_counted_while_it_waited_is_told_as_it_stands(office):
    choose_mail("team-docs", {NotificationKind.CLASSES: Pace.AT_ONCE}, office.catalog)
    for number in range(5):
        notify_people([a_class_change(number, at=office.now)], office.catalog)
        post(office, *(event for event in drain(office.catalog) if event.type == "io.cloudflow.mail.requested.v1"))
        office.later(minutes=5)
    office.later(hours=1)
    post(office)

    assert ["CloudFlow: 5 files changed class"] == [mail.title for mail in office.mails]
    assert "5 now cold" in office.mails[0].text


def test_a_mail_server_that_is_down_for_an_hour_loses_nothing(office):
    choose_mail("team-media", {}, office.catalog)
    office.trouble = MailError("cannot be reached")
    for minute in range(60):
        post(office, office.request(user=f"user-{minute}"))
        office.later(minutes=1)
    assert [] == office.mails
    office.trouble = None
    for _ in range(16):
        post(office)
        office.later(minutes=1)

    assert {f"user-{minute}@example.test" for minute in range(60)} == {mail.to for mail in office.mails}
    assert 60 == len(office.mails)


def test_a_refusal_is_recorded_and_not_tried_again(office):
    office.trouble = MailRefusedError("550 no such mailbox")
    assert 1 == post(office, office.request()).refused
    office.trouble = None
    office.later(days=1)
    post(office)

    assert [] == office.mails
    [letter] = office.catalog.letters_to("team-docs")
    assert (LetterState.REFUSED, "550 no such mailbox") == (letter.state, letter.reason)
    [event] = drain(office.catalog)
    assert isinstance(event, MailRefused)
    notify_people([event], office.catalog)
    assert 1 == office.catalog.unread_notifications("team-docs")


def test_a_letter_that_is_never_taken_is_given_up_in_the_end(office):
    office.trouble = MailError("451 busy")
    post(office, office.request())
    office.later(days=GIVEN_UP_AFTER.days, minutes=1)

    assert 1 == post(office).refused
    assert "given up: 451 busy" == office.catalog.letters_to("team-docs")[0].reason


UNWRITABLE = "it could not be written: KeyError: <NotificationKind.POLICY: 'policy'>"


@pytest.fixture
def strange(office, monkeypatch):
    """A wish of a kind that there are no words for, asked for before all others."""
    monkeypatch.delitem(write_mail.NOUNS, NotificationKind.POLICY)
    wish = wish_of(office.request(kind=NotificationKind.POLICY), MailPreferences(), office.now)
    office.catalog.wish_mail([replace(wish, wish_id="strange")])
    office.later(seconds=1)


def letter_of(office, name):
    return next(one for one in office.catalog.letters_to("team-docs") if one.letter_id == name)


@pytest.mark.usefixtures("strange")
def test_a_letter_that_cannot_be_written_waits_alone_and_comes_once_it_can_be(office, monkeypatch):
    report = post(office, office.request(title="mine"), office.request(user="team-media", title="theirs"))

    assert (2, 1) == (report.sent, report.postponed)
    assert {"CloudFlow: mine", "CloudFlow: theirs"} == {mail.title for mail in office.mails}
    letter = letter_of(office, "strange")
    assert (LetterState.QUEUED, UNWRITABLE) == (letter.state, letter.reason)
    monkeypatch.setitem(write_mail.NOUNS, NotificationKind.POLICY, "policies")
    office.later(minutes=1)
    assert 1 == post(office).sent


@pytest.mark.usefixtures("strange")
def test_a_letter_that_can_never_be_written_is_given_up_in_the_end(office):
    post(office)
    office.later(days=GIVEN_UP_AFTER.days, minutes=1)

    assert 1 == post(office).refused
    [event] = drain(office.catalog)
    assert ("<strange@example.test>", "team-docs@example.test") == (event.data.message_id, event.data.to)
    assert f"given up: {UNWRITABLE}" == event.data.reason


def test_what_is_first_seen_much_too_late_is_not_mailed(office):
    request = office.request()
    office.later(days=8)

    assert 0 == post(office, request).sent


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("broken_call", range(1, 12))
def test_crash_anywhere_mail_once(office, broken_call, moment):
    """Whichever call breaks, the next round carries on; only a lost answer of the mail server may double a mail."""
    requests = [office.request(), office.request(user="team-media")]
    wire = Tripwire(on_call=broken_call, moment=moment, error=CatalogUnavailableError)
    services = office.services
    try:
        wired = replace(services, catalog=wire.wrap(services.catalog), mailer=wire.wrap(office))
        queue_mail(requests, wired)
        send_due_mail(wired)
    except CatalogUnavailableError:
        pass
    accepted_in_vain = len(office.mails) - len([1 for event in drain(office.catalog) if isinstance(event, MailSent)])
    for _ in range(3):
        post(office, *requests)
        office.later(minutes=3)

    assert {f"<{request.id}@example.test>" for request in requests} == {mail.message_id for mail in office.mails}
    assert len(office.mails) <= 2 + accepted_in_vain
    assert accepted_in_vain <= 1


def test_the_wire_above_reaches_every_call(office):
    wire, services = Tripwire(), office.services
    wired = replace(services, catalog=wire.wrap(services.catalog), mailer=wire.wrap(office))
    queue_mail([office.request(), office.request(user="team-media")], wired)
    send_due_mail(wired)

    assert 12 <= len(wire.calls) <= 20


def test_a_mail_of_one_kind_can_be_ended_from_within_it(office):
    post(office, office.request())
    address = office.mails[0].headers["List-Unsubscribe"]
    token = address.rpartition("/")[2].rstrip(">")

    assert address.startswith("<http://airflow.test/cloudflow/api/v1/unsubscribe/")
    assert "List-Unsubscribe=One-Click" == office.mails[0].headers["List-Unsubscribe-Post"]
    for _ in range(2):
        assert ("team-docs", NotificationKind.MIGRATION) == unsubscribe(token, office.catalog, office.keyring)
    assert (
        MailPreferences(paces={NotificationKind.MIGRATION: Pace.OFF})
        == (office.catalog.mail_preferences(["team-docs"])["team-docs"])
    )


def test_what_waits_when_its_kind_is_ended_comes_no_more_and_the_rest_of_the_digest_does(office):
    hourly = dict.fromkeys((NotificationKind.MIGRATION, NotificationKind.ALERT), Pace.HOURLY)
    choose_mail("team-docs", hourly, office.catalog)
    post(office, office.request(), office.request(kind=NotificationKind.ALERT, title="Alert: disk"))
    choose_mail("team-docs", {NotificationKind.MIGRATION: Pace.OFF}, office.catalog)
    office.later(minutes=30)
    post(office)
    assert ["CloudFlow: Alert: disk"] == [mail.title for mail in office.mails]
    post(office, office.request(kind=NotificationKind.ALERT))
    choose_mail("team-docs", {NotificationKind.ALERT: Pace.OFF}, office.catalog)
    office.later(hours=1)

    assert (0, 1) == (post(office).sent, len(office.mails))
    assert LetterState.EMPTY is office.catalog.letters_to("team-docs")[0].state


@pytest.mark.parametrize("token", ["", "x", "e30", "é", "a" * 300])
def test_a_token_that_is_none_ends_nothing(office, token):
    with pytest.raises(NotFoundError, match="ends nothing"):
        unsubscribe(token, office.catalog, office.keyring)


def test_choosing_one_kind_leaves_the_others(office):
    choose_mail("team-docs", {NotificationKind.ALERT: Pace.OFF}, office.catalog)
    after = choose_mail("team-docs", {NotificationKind.UPLOAD: Pace.DAILY}, office.catalog, daily_hour=5)

    assert Pace.OFF is after.pace_of(NotificationKind.ALERT)
    assert timedelta(hours=16, minutes=30) == after.due_at(NotificationKind.UPLOAD, office.now) - office.now
