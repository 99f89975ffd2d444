"""Mails in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.mailing import Letter, LetterState, MailPreferences, MailWish, SentLetter


class MemoryMail(Shelves):
    """MailBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._mail_choices: dict[str, MailPreferences] = {}
        self._wishes: dict[str, MailWish] = {}
        self._letter_of: dict[str, str] = {}
        self._letters: dict[str, Letter] = {}

    def mail_preferences(self, users: Sequence[str]) -> Mapping[str, MailPreferences]:
        with self._lock:
            return {user: self._mail_choices.get(user, MailPreferences()) for user in users}

    def save_mail_preferences(self, user: str, preferences: MailPreferences) -> None:
        with self._lock:
            self._mail_choices[user] = preferences

    def wish_mail(self, wishes: Sequence[MailWish]) -> int:
        with self._lock:
            fresh = {wish.wish_id: wish for wish in wishes if wish.wish_id not in self._wishes}
            self._wishes |= fresh
            return len(fresh)

    def users_with_due_mail(self, now: datetime, *, limit: int = 500) -> Sequence[str]:
        with self._lock:
            return sorted({wish.user for wish in self._due(now)})[:limit]

    def due_wishes(self, user: str, now: datetime, *, limit: int = 20_000) -> Sequence[MailWish]:
        with self._lock:
            loose = [wish for name, wish in self._wishes.items() if name not in self._letter_of]
        due = [wish for wish in loose if wish.user == user and (wish.due_at <= now or wish.is_held)]
        return sorted(due, key=lambda wish: (wish.asked_at, wish.wish_id))[:limit]

    def _due(self, now: datetime) -> list[MailWish]:
        return [wish for name, wish in self._wishes.items() if name not in self._letter_of and wish.due_at <= now]

    def hold_wishes(self, wish_ids: Sequence[str], until: datetime) -> None:
        with self._lock:
            for name in wish_ids:
                self._wishes[name] = replace(self._wishes[name], due_at=until, is_held=True)

    def letters_since(self, user: str, since: datetime) -> Sequence[SentLetter]:
        with self._lock:
            return [
                SentLetter(made_at=letter.made_at, wishes=len(letter.wish_ids))
                for letter in self._letters.values()
                if letter.user == user and letter.made_at >= since
            ]

    def write_letter(self, letter: Letter) -> None:
        with self._lock:
            known = self._letters.setdefault(letter.letter_id, letter)
            for name in known.wish_ids:
                self._letter_of.setdefault(name, known.letter_id)

    def keep_mailed(self, letters: Sequence[Letter], wishes: Sequence[tuple[MailWish, str]]) -> None:
        with self._lock:
            for letter in letters:
                self._letters.setdefault(letter.letter_id, letter)
            for wish, letter_id in wishes:
                if wish.wish_id not in self._wishes:
                    self._wishes[wish.wish_id] = wish
                    self._letter_of[wish.wish_id] = letter_id

    def claim_letter(self, now: datetime, until: datetime) -> Letter | None:
        with self._lock:
            free = [
                letter
                for letter in self._letters.values()
                if letter.state is LetterState.QUEUED and letter.next_try_at <= now
            ]
            if not free:
                return None
            found = min(free, key=lambda letter: (letter.next_try_at, letter.letter_id))
            claimed = replace(found, next_try_at=until, attempts=found.attempts + 1, fence=found.fence + 1)
            self._letters[found.letter_id] = claimed
            return claimed

    def wishes_in(self, letter: Letter) -> Sequence[MailWish]:
        with self._lock:
            for name in letter.wish_ids:
                self._letter_of.setdefault(name, letter.letter_id)
            mine = [name for name in letter.wish_ids if self._letter_of[name] == letter.letter_id]
            return [self._wishes[name] for name in mine if name in self._wishes]

    def end_letter(self, letter: Letter, state: LetterState, events: Sequence[Event]) -> bool:
        with self._lock:
            if not self._is_held(letter):
                return False
            self._letters[letter.letter_id] = replace(letter, state=state)
            self._tell(events)
            return True

    def try_letter_later(self, letter: Letter, at: datetime, reason: str) -> None:
        with self._lock:
            if self._is_held(letter):
                self._letters[letter.letter_id] = replace(letter, next_try_at=at, reason=reason)

    def _is_held(self, letter: Letter) -> bool:
        known = self._letters[letter.letter_id]
        return known.fence == letter.fence and known.state is LetterState.QUEUED

    def letters_to(self, user: str, *, limit: int = 50) -> Sequence[Letter]:
        with self._lock:
            mine = [letter for letter in self._letters.values() if letter.user == user]
        return sorted(mine, key=lambda letter: (letter.made_at, letter.letter_id), reverse=True)[:limit]
