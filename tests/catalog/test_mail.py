"""What the catalogue promises about mails: each wish in one letter, each letter ended once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from cloudflow_lib.domain.events import MailData, MailSent
from cloudflow_lib.domain.mailing import Letter, LetterState, MailPreferences, MailWish, Pace
from cloudflow_lib.domain.notifications import Level, NotificationKind
from cloudflow_lib.workflows.send_mail import send_due_mail
from cloudflow_lib.workflows.services import Services
from tests.catalog.examples import drain

NOW = datetime.now(UTC).replace(microsecond=0)
LATER = NOW + timedelta(minutes=2)


def a_wish(name="w1", **changes) -> MailWish:
    wish = MailWish(
        wish_id=name,
        user="team-docs",
        kind=NotificationKind.MIGRATION,
        level=Level.ERROR,
        title="1 of 2 files not migrated",
        lines=("here/a: no such bucket", "there/b: gone"),
        path="migrations",
        asked_at=NOW,
        due_at=NOW,
    )
    return replace(wish, **changes)


def a_letter(*names, **changes) -> Letter:
    letter = Letter(letter_id=names[0], user="team-docs", wish_ids=names, made_at=NOW, next_try_at=NOW)
    return replace(letter, **changes)


def sent(letter) -> MailSent:
    data = MailData(to="team-docs@example.test", title="t", message_id=f"<{letter.letter_id}@x>")
    return MailSent(subject=letter.letter_id, user=letter.user, data=data)


def ids(wishes):
    return [wish.wish_id for wish in wishes]


def test_what_people_want_is_remembered_and_the_others_get_the_defaults(catalog):
    mine = MailPreferences(paces={NotificationKind.ALERT: Pace.OFF, NotificationKind.UPLOAD: Pace.DAILY}, daily_hour=5)
    catalog.save_mail_preferences("team-docs", mine)

    assert {"team-docs": mine, "team-media": MailPreferences()} == catalog.mail_preferences(["team-docs", "team-media"])


def test_a_wish_is_remembered_once_and_is_due_in_its_time(catalog):
    assert 2 == catalog.wish_mail([a_wish(), a_wish("w2", due_at=LATER)])
    assert 1 == catalog.wish_mail([a_wish(title="changed"), a_wish("w3", user="team-media")])

    assert [a_wish()] == list(catalog.due_wishes("team-docs", NOW))
    assert ["team-docs", "team-media"] == list(catalog.users_with_due_mail(NOW))
    assert ["w1", "w2"] == ids(catalog.due_wishes("team-docs", LATER))


def test_a_held_wish_is_due_later_and_is_collected_with_what_comes_before(catalog):
    catalog.wish_mail([a_wish()])
    catalog.hold_wishes(["w1"], LATER)
    assert [] == list(catalog.users_with_due_mail(NOW))
    assert [a_wish(due_at=LATER, is_held=True)] == list(catalog.due_wishes("team-docs", NOW))
    assert ["team-docs"] == list(catalog.users_with_due_mail(LATER))


def test_a_wish_in_a_letter_is_due_no_more(catalog):
    catalog.wish_mail([a_wish(), a_wish("w2")])
    catalog.write_letter(a_letter("w1", "w2"))

    assert [] == list(catalog.users_with_due_mail(NOW))
    letter = catalog.claim_letter(NOW, LATER)
    assert ("w1", 1, 1, LATER) == (letter.letter_id, letter.attempts, letter.fence, letter.next_try_at)
    assert ["w1", "w2"] == ids(catalog.wishes_in(letter))


def test_a_wish_is_in_one_letter_only_whoever_else_wants_it(catalog):
    catalog.wish_mail([a_wish(f"w{number}") for number in range(4)])
    catalog.write_letter(a_letter("w1", "w2"))
    catalog.write_letter(a_letter("w0", "w1", "w2", "w3"))
    catalog.write_letter(a_letter("w1", "w3"))

    letters = [catalog.claim_letter(NOW, LATER) for _ in range(2)]
    assert {"w1": ["w1", "w2"], "w0": ["w0", "w3"]} == {one.letter_id: ids(catalog.wishes_in(one)) for one in letters}
    assert catalog.claim_letter(NOW, LATER) is None


def test_a_letter_is_claimed_by_one_and_again_when_its_claim_ran_out(catalog):
    catalog.wish_mail([a_wish()])
    catalog.write_letter(a_letter("w1"))

    with ThreadPoolExecutor(4) as pool:
        claimed = [found for found in pool.map(lambda _: catalog.claim_letter(NOW, LATER), range(8)) if found]
    assert 1 == len(claimed)
    again = catalog.claim_letter(LATER, LATER + timedelta(minutes=2))
    assert (2, 2) == (again.attempts, again.fence)
    assert not catalog.end_letter(claimed[0], LetterState.SENT, [sent(claimed[0])])
    assert catalog.end_letter(again, LetterState.SENT, [sent(again)])
    assert 1 == len(drain(catalog))


def test_a_letter_ends_once_with_its_event(catalog):
    catalog.wish_mail([a_wish()])
    catalog.write_letter(a_letter("w1"))
    claimed = catalog.claim_letter(NOW, LATER)
    ended = replace(claimed, to="team-docs@example.test", title="t", sent_at=NOW)

    assert catalog.end_letter(ended, LetterState.SENT, [sent(ended)])
    assert not catalog.end_letter(ended, LetterState.SENT, [sent(ended)])
    assert ["io.cloudflow.mail.sent.v1"] == [event.type for event in drain(catalog)]
    assert catalog.claim_letter(LATER + timedelta(days=1), LATER + timedelta(days=2)) is None
    assert [replace(ended, state=LetterState.SENT)] == list(catalog.letters_to("team-docs"))


def test_a_letter_that_was_not_taken_comes_again_later_with_the_reason(catalog):
    catalog.wish_mail([a_wish()])
    catalog.write_letter(a_letter("w1"))
    catalog.try_letter_later(catalog.claim_letter(NOW, LATER), LATER + timedelta(minutes=1), "451 busy")

    assert catalog.claim_letter(LATER, LATER) is None
    again = catalog.claim_letter(LATER + timedelta(minutes=1), LATER + timedelta(minutes=3))
    assert ("451 busy", 2) == (again.reason, again.attempts)


@pytest.mark.parametrize("hours", [0, 2])
def test_lately_counts_only_the_letters_of_lately(catalog, hours):
    catalog.write_letter(a_letter("w1", "w2", made_at=NOW - timedelta(hours=hours)))
    catalog.write_letter(a_letter("w3", user="team-media"))

    found = catalog.letters_since("team-docs", NOW - timedelta(hours=1))
    assert ([2] if hours == 0 else []) == [letter.wishes for letter in found]


def test_what_was_mailed_before_is_written_down_and_never_due(catalog):
    told = a_letter("w1", "w2", state=LetterState.SENT, to="team-docs@example.test", title="t", sent_at=NOW)
    for _ in range(2):
        catalog.keep_mailed([told], [(a_wish(), "w1"), (a_wish("w2"), "w1"), (a_wish("w3"), "of nobody's")])

    assert [told] == list(catalog.letters_to("team-docs"))
    assert ["w1", "w2"] == ids(catalog.wishes_in(told))
    assert 0 == catalog.wish_mail([a_wish(), a_wish("w3")])
    assert [] == list(catalog.users_with_due_mail(LATER))
    assert [] == list(catalog.due_wishes("team-docs", LATER))
    assert catalog.claim_letter(LATER, LATER) is None


def test_what_waits_is_not_taken_for_mailed(catalog):
    catalog.wish_mail([a_wish()])
    catalog.keep_mailed([], [(a_wish(), "w1")])

    assert [a_wish()] == list(catalog.due_wishes("team-docs", NOW))


@pytest.mark.servers
def test_a_wish_of_a_newer_version_waits_and_holds_nobody_up(mongo_catalog):
    mongo_catalog.wish_mail([a_wish("w1", user="team-docs"), a_wish("w2", user="team-media")])
    mongo_catalog._shelf("mail_wishes").update_one({"_id": "w1"}, {"$set": {"kind": "sung"}})
    box = []
    mailer = SimpleNamespace(send=box.append)
    services = Services(catalog=mongo_catalog, open_store=None, mailer=mailer, clock=lambda: NOW + timedelta(hours=2))

    assert 1 == send_due_mail(services).sent
    assert ["team-media@localhost"] == [mail.to for mail in box]
    mongo_catalog._shelf("mail_wishes").update_one({"_id": "w1"}, {"$set": {"kind": "alert"}})
    assert 1 == send_due_mail(services).sent
