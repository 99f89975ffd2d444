"""
Sign-ins that outlive an access token.

A session is one family of refresh tokens, of which only the newest is good. Whoever shows an older one
stole it, or was stolen from: the family ends for both.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import uuid4

from cloudflow_lib.errors import NotSignedInError

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can sign in."""

    account_id: str
    user: str
    password_mark: str = ""
    """Another one once the password was changed; empty where nobody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails(Account):
    """An account as administrators see it."""

    full_name: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()
    is_active: bool = True
    is_admin: bool = False
    """Its roles make it an administrator here."""
    last_sign_in: datetime | None = None
    """With its password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token that opens the API until *expires_at*."""

    token: str
    token_id: str
    expires_at: datetime


class Issued(NamedTuple):
    """An access token as a session remembers it: enough to revoke it."""

    token_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in."""

    session_id: str
    account: Account
    digest: str
    """Of the secret in the refresh token that is good now; the token itself is nowhere kept."""
    opened_at: datetime
    expires_at: datetime
    issued: tuple[Issued, ...] = ()
    """The access tokens that may not have expired yet."""
    revoked_because: str | None = None

    def accepts(self, secret: str, now: datetime) -> bool:
        """Return whether *secret* is the good one and the session still runs."""
        return self.is_running(now) and hmac.compare_digest(self.digest, digest_of(secret))

    def is_running(self, now: datetime) -> bool:
        return self.revoked_because is None and now < self.expires_at


class RefreshToken(NamedTuple):
    """What its holder shows to get the next pair of tokens."""

    session_id: str
    secret: str

    @property
    def text(self) -> str:
        """Return it as it is handed out."""
        return f"{self.session_id}.{self.secret}"

    @property
    def digest(self) -> str:
        return digest_of(self.secret)

    def next(self) -> RefreshToken:
        """Return the one that replaces it."""
        return self._replace(secret=secrets.token_urlsafe(SECRET_BYTES))


def new_refresh_token() -> RefreshToken:
    """Return the first one of a new session."""
    return RefreshToken(uuid4().hex, secrets.token_urlsafe(SECRET_BYTES))


def read_refresh_token(text: str) -> RefreshToken:
    """Return the token that *text* is, or raise NotSignedInError."""
    session_id, found, secret = text.partition(".")
    if not (found and session_id.isalnum() and secret):
        raise NotSignedInError("This is no refresh token; sign in again.")
    return RefreshToken(session_id, secret)


def digest_of(secret: str) -> str:
    """Return the digest that is kept; a secret of 256 random bits needs no slow one."""
    return sha256(secret.encode()).hexdigest()
