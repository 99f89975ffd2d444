"""What we ask of whoever knows the accounts, and of the catalogue about sign-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.sessions import AccessToken, Account, AccountDetails, Issued, Session


class Accounts(Protocol):
    """The accounts, their passwords and their access tokens."""

    def sign_in(self, user: str, password: str) -> Account | None:
        """Return the active account with this name and password, or None."""
        ...

    def active(self, account_id: str) -> Account | None:
        """Return the account, or None when it is gone or was switched off."""
        ...

    def everyone(self) -> Sequence[AccountDetails]:
        """Return every account that there is, by name."""
        ...

    def end_web_session(self, account_id: str) -> None:
        """End what keeps this account signed in to the web page beside our sessions; none is no error."""
        ...

    def issue(self, account: Account) -> AccessToken: ...
    def read(self, token: str) -> Issued | None:
        """Return what this access token is, or None when it is not, or no longer, one of ours."""
        ...

    def revoke(self, issued: Issued) -> None:
        """Make this access token worthless; doing it again changes nothing."""
        ...


class SessionBook(Protocol):
    """Remember sign-ins."""

    def open_session(self, session: Session) -> None: ...
    def session(self, session_id: str) -> Session:
        """Return it, or raise NotFoundError."""
        ...

    def rotate_session(self, digest: str, after: Session) -> bool:
        """
        Note the digest, the issued tokens and the mark of the password of *after* in one step; return whether it was.

        It is not when another digest than *digest* is the good one by now, or when the session was revoked.
        """
        ...

    def revoke_session(self, session_id: str, because: str) -> Session | None:
        """End the session in one step and return it; None if it is unknown or was ended before."""
        ...

    def running_sessions(self, now: datetime, user: str | None = None) -> Sequence[Session]:
        """Return those of *user*, or everybody's, that neither expired nor were revoked."""
        ...

    def forget_sessions(self, before: datetime) -> int:
        """Remove the sessions that expired before then; return how many."""
        ...
