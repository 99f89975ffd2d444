"""What was mailed before a catalogue was lost is not mailed again, and what was not is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudflow_cli.commands.consume import consume
from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.domain.events import MailRequested
from cloudflow_lib.domain.mailing import CALM, LetterState, MailPreferences, Pace
from cloudflow_lib.domain.notifications import NotificationKind, NotificationQuery
from cloudflow_lib.errors import MailError, MailRefusedError, WrongInputError
from cloudflow_lib.workflows.consume_events import replay
from cloudflow_lib.workflows.notify_people import notify_people
from cloudflow_lib.workflows.rebuild_news import OLD_NEWS, BellRebuilder, MailRebuilder
from cloudflow_lib.workflows.send_mail import queue_mail, send_due_mail
from tests.catalog.examples import drain
from tests.catalog.test_notifications import a_batch, a_class_change

HOURLY = MailPreferences(paces={NotificationKind.MIGRATION: Pace.HOURLY})


@pytest.fixture
def live(office):
    """Do what the platform does with mails, and keep all events as Kafka does."""
    return Live(office)


class Live:
    def __init__(self, office):
        self.office, self.kept = office, []

    def ask(self, *requests):
        self.kept += requests
        queue_mail(requests, self.office.services)
        self.send()

    def send(self):
        send_due_mail(self.office.services)
        self.kept += drain(self.office.catalog)

    def lose_catalogue(self, preferences=MailPreferences()):  # noqa: B008 - a value that never changes
        """Replay everything twice into an empty catalogue, and let the sender look at it; return its new mails."""
        self.office.catalog, seen = MemoryCatalog(), len(self.office.mails)
        self.office.catalog.save_mail_preferences("team-docs", preferences)
        for _ in range(2):
            replay(MailRebuilder(self.office.services), self.kept)
        queue_mail([one for one in self.kept if isinstance(one, MailRequested)], self.office.services)
        send_due_mail(self.office.services)
        return self.office.mails[seen:]


def test_a_replay_mails_nothing_again_and_knows_what_was_mailed(office, live):
    for number in range(5):
        live.ask(office.request(title=f"run {number}"))
        office.later(minutes=1)
    before = office.catalog.letters_to("team-docs")

    assert [] == live.lose_catalogue()
    after = office.catalog.letters_to("team-docs")
    assert [(one.letter_id, one.to, one.title) for one in before] == [(x.letter_id, x.to, x.title) for x in after]
    assert {LetterState.SENT} == {one.state for one in after}
    office.later(hours=8)
    assert 0 == send_due_mail(office.services).sent


def test_what_came_in_a_digest_does_not_come_alone(office, live):
    for number in range(50):
        live.ask(office.request(title=f"run {number}"))
    office.later(seconds=CALM.total_seconds())
    live.send()
    assert [30] == [len(one.wish_ids) for one in office.catalog.letters_to("team-docs") if len(one.wish_ids) > 1]

    assert [] == live.lose_catalogue()


def test_what_waits_for_a_digest_still_comes_with_it(office, live):
    office.catalog.save_mail_preferences("team-docs", HOURLY)
    live.ask(office.request())

    assert [] == live.lose_catalogue(HOURLY)
    office.later(minutes=30)
    assert 1 == send_due_mail(office.services).sent


def test_what_the_mail_server_did_not_take_is_mailed_afterwards(office, live):
    live.ask(office.request(title="taken"))
    office.later(minutes=1)
    office.trouble = MailError("no server")
    live.ask(office.request(title="not taken"))
    office.trouble = None

    [mail] = live.lose_catalogue()
    assert "CloudFlow: not taken" == mail.title


def test_what_nobody_wanted_then_is_not_mailed_when_that_is_forgotten(office, live):
    live.ask(office.request(user="team-media"))
    office.catalog.save_mail_preferences("team-docs", MailPreferences(paces={NotificationKind.MIGRATION: Pace.OFF}))
    live.ask(office.request())
    office.later(seconds=OLD_NEWS.total_seconds())

    assert [] == live.lose_catalogue()


def test_where_nothing_was_ever_mailed_everything_is_new(office, live):
    office.trouble = MailError("no server yet")
    live.ask(office.request())
    office.trouble = None
    office.later(hours=10)

    assert 1 == len(live.lose_catalogue())


def test_a_refused_mail_stays_refused(office, live):
    office.trouble = MailRefusedError("550 no such mailbox")
    live.ask(office.request())
    office.trouble = None

    assert [] == live.lose_catalogue()
    [letter] = office.catalog.letters_to("team-docs")
    assert (LetterState.REFUSED, "550 no such mailbox") == (letter.state, letter.reason)


def test_a_rebuilt_bell_says_the_same_and_raises_nothing(office):
    events = [a_batch(), *(a_class_change(str(number)) for number in range(30))]
    notify_people(events, office.catalog)
    users = {event.user for event in events}
    said = {user: office.catalog.notification_page(NotificationQuery(user=user)) for user in users}
    assert [] != drain(office.catalog)

    office.catalog = MemoryCatalog()
    assert len(events) == replay(BellRebuilder(office.services), events)

    assert said == {user: office.catalog.notification_page(NotificationQuery(user=user)) for user in users}
    assert [] == drain(office.catalog)
    office.later(seconds=timedelta(days=1).total_seconds())
    assert 0 == notify_people(events, office.catalog)


def test_what_does_not_follow_from_events_is_refused_and_the_others_are_named():
    with pytest.raises(WrongInputError, match=r"alerts keeps nothing .* metrics, costs, notifications, mail"):
        consume(["alerts"], "1h")
