"""
Send the mails that people wish for: each wish in one letter, each letter once.

Every step is written down before the next begins, so that a process that dies anywhere is carried on
by the next one. One window cannot be closed by anybody: between the mail server's "accepted" and our
note of it. Who dies in it leaves a letter that is sent again, after its claim ran out, under the
same Message-ID, by which mail systems recognise it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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
from cloudflow_lib.errors import CloudFlowError, MailError, MailRefusedError, MailUnwritableError
from cloudflow_lib.ports.mail import SEND_WITHIN, Mail
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.write_mail import message_id, write_mail

log = logging.getLogger(__name__)

CLAIM = 2 * SEND_WITHIN
"""How long one try of one letter may take: writing it, and handing it over."""
UNWRITTEN = "a mail that could not be written"


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

    The first trouble with the mail server ends the round: what is left comes with a later one. A letter that
    cannot be written is put off alone.
    """
    _write_letters(services)
    ends: Counter[LetterState | None] = Counter()
    while (
        not ends[None] and go_on() and (letter := services.catalog.claim_letter(now := services.clock(), now + CLAIM))
    ):
        ends[_send(letter, services)] += 1
    return MailReport(
        sent=ends[LetterState.SENT],
        refused=ends[LetterState.REFUSED],
        postponed=ends[LetterState.QUEUED] + ends[None],
    )


def _write_letters(services: Services) -> None:
    now = services.clock()
    for user in services.catalog.users_with_due_mail(now):
        try:
            _write_letters_to(user, now, services)
        except CloudFlowError:
            raise
        except Exception:  # whatever is wrong with what this person wishes for: the others have their mails
            log.exception("mail.not_planned user=%s", user)


def _write_letters_to(user: str, now: datetime, services: Services) -> None:
    book = services.catalog
    plan = plan_letters(book.due_wishes(user, now), book.letters_since(user, now - DIGEST_EVERY), now)
    for wishes in plan.letters:
        book.write_letter(_letter(user, wishes, now))
    if plan.until is not None:
        book.hold_wishes([wish.wish_id for wish in plan.waiting if wish.due_at != plan.until], plan.until)


def _letter(user: str, wishes: Sequence[MailWish], now: datetime) -> Letter:
    names = tuple(wish.wish_id for wish in wishes)
    return Letter(letter_id=names[0], user=user, wish_ids=names, made_at=now, next_try_at=now)


def _send(letter: Letter, services: Services) -> LetterState | None:
    """Try a claimed letter once; queued when it alone is to be tried again later, None when the server has trouble."""
    try:
        mail = _mail_of(letter, services)
        if mail is None:
            services.catalog.end_letter(letter, LetterState.EMPTY, ())
            return LetterState.EMPTY
        letter = replace(letter, to=mail.to, title=mail.title)
        services.mailer.send(mail)
    except MailRefusedError as error:
        return _refused(letter, str(error), services)
    except MailError as error:
        if services.clock() - letter.made_at > GIVEN_UP_AFTER:
            return _refused(letter, f"given up: {error}", services)
        wait = wait_after(letter.attempts)
        services.catalog.try_letter_later(letter, services.clock() + wait, str(error))
        log.warning("mail.postponed letter=%s wait_s=%.0f error=%s", letter.letter_id, wait.total_seconds(), error)
        return LetterState.QUEUED if isinstance(error, MailUnwritableError) else None
    sent = MailSent(
        subject=letter.letter_id,
        user=letter.user,
        data=MailData(to=mail.to, title=mail.title, message_id=mail.message_id),
    )
    return _end(replace(letter, sent_at=services.clock(), reason=None), LetterState.SENT, sent, services)


def _mail_of(letter: Letter, services: Services) -> Mail | None:
    """Return the mail that *letter* is; None if another letter carries all of it, or nobody wants it any more."""
    try:
        chosen = services.catalog.mail_preferences([letter.user])[letter.user]
        wishes = [wish for wish in services.catalog.wishes_in(letter) if chosen.pace_of(wish.kind) is not Pace.OFF]
        return write_mail(letter, wishes, services) if wishes else None
    except CloudFlowError:
        raise
    except Exception as error:  # a template, or data that this version cannot read
        log.exception("mail.unwritable letter=%s", letter.letter_id)
        raise MailUnwritableError(f"it could not be written: {type(error).__name__}: {error}") from error


def _refused(letter: Letter, reason: str, services: Services) -> LetterState:
    data = RefusedMailData(
        to=letter.to or services.mail_address(letter.user),
        title=letter.title or UNWRITTEN,
        message_id=message_id(letter, services),
        reason=reason,
    )
    log.warning("mail.refused letter=%s reason=%s", letter.letter_id, reason)
    refusal = MailRefused(subject=letter.letter_id, user=letter.user, data=data)
    return _end(replace(letter, reason=reason), LetterState.REFUSED, refusal, services)


def _end(letter: Letter, state: LetterState, event: Event, services: Services) -> LetterState:
    if not services.catalog.end_letter(letter, state, [event]):
        log.warning("mail.claim_lost letter=%s", letter.letter_id)  # somebody else tells how it ended
    return state
