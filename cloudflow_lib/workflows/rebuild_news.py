"""
Rebuild what people were told, from its events: a replay is history, and history tells nobody anything.

The bell is written down without raising a word of it. A mail is written down as sent where its own event says so;
where it came in a digest, whose event names only its first line, the order of one person's mails tells: what was due
before the last one that came was in one of them. What is left was never mailed, and is mailed by whoever sends mails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from cloudflow_lib.domain.events import Event, Fact, MailRefused, MailRequested, MailSent
from cloudflow_lib.domain.mailing import TOO_OLD, Letter, LetterState, MailWish
from cloudflow_lib.workflows.notify_people import notify_people
from cloudflow_lib.workflows.send_mail import wish_of
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.tell_people import BellHandler

OLD_NEWS = timedelta(hours=1)
"""What was due so long ago is mailed no more: choices that switched it off are forgotten as well."""


class BellRebuilder:
    """Writes the notifications of events that people heard of when they happened."""

    name = BellHandler.name
    reads = BellHandler.reads

    def __init__(self, services: Services) -> None:
        self._services = services

    def handle(self, events: Sequence[Event]) -> None:
        """Write down what *events* were told as."""
        if events:
            notify_people(events, self._services.catalog, is_news=False)


class MailRebuilder:
    """Writes down which mails were wished for and what became of them, and sends none."""

    name = "mail"
    reads: Sequence[type[Fact]] = (MailRequested, MailSent, MailRefused)

    def __init__(self, services: Services) -> None:
        self._services = services
        self._open: defaultdict[str, dict[str, MailWish]] = defaultdict(dict)
        """User -> what was asked for and not yet seen to be mailed, by its id."""
        self._sends = False
        """Whether anything was ever mailed: if nothing was, nothing can come again."""

    def handle(self, events: Sequence[Event]) -> None:
        """Follow the queue: each user's events come in order. Without any, the replay is over."""
        asked = [event for event in events if isinstance(event, MailRequested)]
        choices = self._services.catalog.mail_preferences(sorted({event.user for event in asked}))
        for event in events:
            match event:
                case MailRequested():
                    if wish := wish_of(event, choices[event.user], event.time):
                        self._open[event.user].setdefault(wish.wish_id, wish)
                case MailSent() | MailRefused():
                    self._ended(event)
                case _:
                    pass
        if not events:
            self._leave_the_rest()

    def _ended(self, event: MailSent | MailRefused) -> None:
        """Keep a letter as its event tells, and what came with it or before."""
        self._sends, waiting = True, self._open[event.user]
        told = [wish for wish in waiting.values() if wish.wish_id == event.subject or wish.due_at <= event.time]
        letter = Letter(
            letter_id=event.subject,
            user=event.user,
            wish_ids=tuple(wish.wish_id for wish in told) or (event.subject,),
            state=LetterState.SENT if isinstance(event, MailSent) else LetterState.REFUSED,
            made_at=event.time,
            next_try_at=event.time,
            attempts=1,
            reason=event.data.reason if isinstance(event, MailRefused) else None,
            to=event.data.to,
            title=event.data.title,
            sent_at=event.time if isinstance(event, MailSent) else None,
        )
        self._services.catalog.keep_mailed([letter], [(wish, letter.letter_id) for wish in told])
        for wish in told:
            del waiting[wish.wish_id]

    def _leave_the_rest(self) -> None:
        """Leave what was never mailed to the sender, but nothing that is old news."""
        now, catalog = self._services.clock(), self._services.catalog
        until = now - (OLD_NEWS if self._sends else TOO_OLD)
        left = [wish for mine in self._open.values() for wish in mine.values()]
        old = [wish for wish in left if wish.due_at <= until]
        catalog.keep_mailed([], [(wish, wish.wish_id) for wish in old])
        catalog.wish_mail([wish for wish in left if wish.due_at > until])
        self._open.clear()
