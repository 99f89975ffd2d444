"""Who is an administrator: asked by every process in the same way, whether it can ask Airflow or not."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from threading import Lock
from typing import TypeVar

from cloudflow_lib.ports.session_book import Accounts
from cloudflow_lib.ports.user_book import UserBook

Other = TypeVar("Other")
KNOWN_SECONDS = 10.0
"""How long an answer of the catalogue is good: a right that was taken away is gone after so long."""


class Administrators(AbstractSet[str]):
    """
    Those whose role in Airflow says so, as the API server last wrote it down, and those named in the settings.

    A task cannot ask Airflow for roles; the catalogue tells it what the API goes by, too.
    """

    def __init__(self, named: Collection[str], book: UserBook) -> None:
        self._named = frozenset(named)
        self._book = book
        self._lock = Lock()
        self._known: frozenset[str] = frozenset()
        self._read_at: float | None = None

    def _all(self) -> frozenset[str]:
        with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > KNOWN_SECONDS:
                self._known = self._named | self._book.admins()
                self._read_at = time.monotonic()
            return self._known

    def __contains__(self, user: object) -> bool:
        return user in self._named or user in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    @classmethod
    def _from_iterable(cls, it: Iterable[Other]) -> AbstractSet[Other]:
        return frozenset(it)


def note_admins(accounts: Accounts, book: UserBook) -> None:
    """Write down who is an administrator by their role; an account that was switched off is none."""
    book.save_admins([account.user for account in accounts.everyone() if account.is_admin and account.is_active])
