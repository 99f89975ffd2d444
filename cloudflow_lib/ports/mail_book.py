"""What we ask of the catalogue about mails: which are wished for, which are written, what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.mailing import Letter, LetterState, MailPreferences, MailWish, SentLetter


class MailBook(Protocol):
    """Remember mails and what people want of them."""

    def mail_preferences(self, users: Sequence[str]) -> Mapping[str, MailPreferences]:
        """Return user -> what they want; those who never said get the defaults."""
        ...

    def save_mail_preferences(self, user: str, preferences: MailPreferences) -> None: ...

    def wish_mail(self, wishes: Sequence[MailWish]) -> int:
        """Remember *wishes* and return how many are new; one that is known stays as it is."""
        ...

    def users_with_due_mail(self, now: datetime, *, limit: int = 500) -> Sequence[str]: ...

    def due_wishes(self, user: str, now: datetime, *, limit: int = 20_000) -> Sequence[MailWish]:
        """Return the wishes in no letter that are due or held, those asked first in front."""
        ...

    def hold_wishes(self, wish_ids: Sequence[str], until: datetime) -> None:
        """Hold wishes that were due, to be collected with others; they are due again then."""
        ...

    def letters_since(self, user: str, since: datetime) -> Sequence[SentLetter]: ...

    def write_letter(self, letter: Letter) -> None:
        """
        Write *letter* down; if one of its id is there, that one counts.

        Then each of its wishes that is in no letter is put into this one, for ever: two writers of the
        same wishes make two letters at most, and no wish is in both.
        """
        ...

    def keep_mailed(self, letters: Sequence[Letter], wishes: Sequence[tuple[MailWish, str]]) -> None:
        """
        Write down what was mailed before, for a catalogue that forgot it: nothing of it is ever due.

        *letters* are kept as they ended, and each wish as one in the letter named with it, which nobody has
        to know. What is known already stays as it is.
        """
        ...

    def claim_letter(self, now: datetime, until: datetime) -> Letter | None:
        """Return a queued letter that may be tried now, for this caller alone until then; None if none may."""
        ...

    def wishes_in(self, letter: Letter) -> Sequence[MailWish]:
        """Return what the letter carries: the same each time, also if its writer died half-way."""
        ...

    def end_letter(self, letter: Letter, state: LetterState, events: Sequence[Event]) -> bool:
        """Write how the letter ended, with its events, in one update; False if its claim was lost."""
        ...

    def try_letter_later(self, letter: Letter, at: datetime, reason: str) -> None:
        """Note why it was not taken; nothing, if its claim was lost."""
        ...

    def letters_to(self, user: str, *, limit: int = 50) -> Sequence[Letter]:
        """Return the last letters to *user*, newest first."""
        ...
