"""
Send the mails that people wish for: each wish in one letter, each letter once.

Every step is written down before the next begins, so that a process that dies anywhere is carried on
by the next one. One window cannot be closed by anybody: between the mail server's "accepted" and our
note of it. Who dies in it leaves a letter that is sent again, after its claim ran out, under the
same Message-ID, by which mail systems recognise it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloudflow_lib.domain.events import (
    Event,
    MailData,
    MailRefused,
    MailRequested,
    MailSent,
    RefusedMailData,
)
from cloudflow_lib.domain.mailing import (
    DIGEST_EVERY,
    GIVEN_UP_AFTER,
    TOO_OLD,
    Letter,
    LetterState,
    MailPreferences,
    MailWish,
    Pace,
    plan_letters,
    wait_after,
)
from cloudflow_lib.errors import MailError, MailRefusedError
from cloudflow_lib.ports.mail import Mail
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.write_mail import write_mail

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=2)
"""How long one try of one letter may take; longer than the mail server's timeouts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailReport:
    """What one round did."""

    sent: int = 0
    refused: int = 0
    postponed: int = 0


def queue_mail(requests: Sequence[MailRequested], services: Services) -> int:
    """Remember what *requests* ask for, each once, as its user wants it; return how many are new."""
    now = services.clock()
    preferences = services.catalog.mail_preferences(sorted({request.user for request in requests}))
    fresh = [request for request in requests if request.time >= now - TOO_OLD]
    wishes = [wish for request in fresh if (wish := wish_of(request, preferences[request.user], now))]
    return services.catalog.wish_mail(wishes) if wishes else 0


def wish_of(request: MailRequested, chosen: MailPreferences, now: datetime) -> MailWish | None:
    """Return what *request* asks for, as its user wants it from *now* on; None if they do not."""
    data = request.data
    due_at = chosen.due_at(data.kind, now, data.not_before)
    if due_at is None:
        return None
    return MailWish(
        wish_id=data.notification_id or request.id,
        user=request.user,
        kind=data.kind,
        level=data.level,
        title=data.title,
        lines=data.lines,
        path=data.path,
        notification_id=data.notification_id,
        asked_at=request.time,
        due_at=due_at,
        is_digest=chosen.pace_of(data.kind) is not Pace.AT_ONCE,
    )


def send_due_mail(services: Services, *, go_on: Callable[[], bool] = lambda: True) -> MailReport:
    """
    Write the letters that are due and send those that may be tried, until none is left.

    The first trouble with the mail server ends the round: what is left comes with a later one.
    """
    _write_letters(services)
    sent = refused = 0
    while go_on() and (letter := services.catalog.claim_letter(now := services.clock(), now + CLAIM)):
        ended = _send(letter, services)
        if ended is None:
            return MailReport(sent=sent, refused=refused, postponed=1)
        sent, refused = sent + (ended is LetterState.SENT), refused + (ended is LetterState.REFUSED)
    return MailReport(sent=sent, refused=refused)


def _write_letters(services: Services) -> None:
    book, now = services.catalog, services.clock()
    for user in book.users_with_due_mail(now):
        plan = plan_letters(book.due_wishes(user, now), book.letters_since(user, now - DIGEST_EVERY), now)
        for wishes in plan.letters:
            book.write_letter(_letter(user, wishes, now))
        if plan.until is not None:
            book.hold_wishes([wish.wish_id for wish in plan.waiting if wish.due_at != plan.until], plan.until)


def _letter(user: str, wishes: Sequence[MailWish], now: datetime) -> Letter:
    names = tuple(wish.wish_id for wish in wishes)
    return Letter(letter_id=names[0], user=user, wish_ids=names, made_at=now, next_try_at=now)


def _send(letter: Letter, services: Services) -> LetterState | None:
    """Try a claimed letter once; None when it is to be tried again later."""
    wishes = services.catalog.wishes_in(letter)
    if not wishes:
        services.catalog.end_letter(letter, LetterState.EMPTY, ())
        return LetterState.EMPTY
    mail = write_mail(letter, wishes, services)
    letter = replace(letter, to=mail.to, title=mail.title)
    try:
        services.mailer.send(mail)
    except MailRefusedError as error:
        return _refused(letter, mail, str(error), services)
    except MailError as error:
        if services.clock() - letter.made_at > GIVEN_UP_AFTER:
            return _refused(letter, mail, f"given up: {error}", services)
        wait = wait_after(letter.attempts)
        services.catalog.try_letter_later(letter, services.clock() + wait, str(error))
        log.warning("mail.postponed letter=%s wait_s=%.0f error=%s", letter.letter_id, wait.total_seconds(), error)
        return None
    sent = MailSent(
        subject=letter.letter_id,
        user=letter.user,
        data=MailData(to=mail.to, title=mail.title, message_id=mail.message_id),
    )
    return _end(replace(letter, sent_at=services.clock(), reason=None), LetterState.SENT, sent, services)


def _refused(letter: Letter, mail: Mail, reason: str, services: Services) -> LetterState:
    refusal = MailRefused(
        subject=letter.letter_id,
        user=letter.user,
        data=RefusedMailData(to=mail.to, title=mail.title, message_id=mail.message_id, reason=reason),
    )
    log.warning("mail.refused letter=%s reason=%s", letter.letter_id, reason)
    return _end(replace(letter, reason=reason), LetterState.REFUSED, refusal, services)


def _end(letter: Letter, state: LetterState, event: Event, services: Services) -> LetterState:
    if not services.catalog.end_letter(letter, state, [event]):
        log.warning("mail.claim_lost letter=%s", letter.letter_id)  # somebody else tells how it ended
    return state
