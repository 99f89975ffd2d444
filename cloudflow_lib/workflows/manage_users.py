"""What administrators see of the people here, and what they may change about them."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from cloudflow_lib.domain.campaigns import Tally
from cloudflow_lib.domain.people import Standing, UserLimits
from cloudflow_lib.domain.sessions import AccountDetails
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.session_book import Accounts
from cloudflow_lib.workflows.keep_sessions import Desk, end_session
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)

ENDED = "an administrator ended it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account, or whose files are here."""

    user: str
    account: AccountDetails | None = None
    """None: there is no account of that name any more, or not yet."""
    is_admin: bool = False
    held: Tally = field(default_factory=Tally)
    sessions: int = 0
    standing: Standing = field(default_factory=Standing)

    @property
    def seen_at(self) -> datetime | None:
        """When they were here last, as far as anybody noted it."""
        signed_in = self.account.last_sign_in if self.account else None
        return max((at for at in (self.standing.seen_at, signed_in) if at is not None), default=None)


def list_people(accounts: Accounts, services: Services) -> list[Person]:
    """Return everybody by name."""
    known = {account.user: account for account in accounts.everyone()}
    held: defaultdict[str, Tally] = defaultdict(Tally)
    for total in services.catalog.sum_files():
        held[total.owner] += Tally(files=total.files, size_bytes=total.size_bytes)
    running = Counter(one.account.user for one in services.catalog.running_sessions(services.clock()))
    standings = services.catalog.standings()
    return [
        Person(
            user=user,
            account=known.get(user),
            is_admin=user in services.admins or (user in known and known[user].is_admin),
            held=held[user],
            sessions=running[user],
            standing=standings.get(user, Standing()),
        )
        for user in sorted({*known, *held})
    ]


def find_person(user: str, accounts: Accounts, services: Services) -> Person:
    """Return one of them, or raise NotFoundError."""
    for person in list_people(accounts, services):
        if person.user == user:
            return person
    raise NotFoundError(f"there is nobody called {user!r}")


def change_limits(user: str, limits: UserLimits, accounts: Accounts, services: Services, *, by: str) -> Person:
    """Allow *user* other amounts than everybody; what is None again follows the settings."""
    find_person(user, accounts, services)
    services.catalog.save_limits(user, limits)
    log.info("users.limits_changed user=%s by=%s limits=%s", user, by, limits)
    return find_person(user, accounts, services)


def sign_out_everywhere(user: str, desk: Desk, services: Services, *, by: str) -> int:
    """
    End every session of *user*, and make every access token worthless that was given out until now.

    Returns how many sessions ran. Airflow's own pages stay open to a token of theirs until it expires.
    """
    person, now = find_person(user, desk.accounts, services), desk.clock()
    services.catalog.sign_out(user, now)
    running = services.catalog.running_sessions(now, user)
    for session in running:
        end_session(session.session_id, ENDED, desk)
    if person.account is not None:
        desk.accounts.end_web_session(person.account.account_id)
    log.info("users.signed_out user=%s by=%s sessions=%d", user, by, len(running))
    return len(running)
