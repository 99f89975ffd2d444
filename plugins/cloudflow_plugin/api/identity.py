"""Who Airflow says is asking: the bearer token or the cookie of its web page, and the roles of that account."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import jwt
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import resolve_user_from_token
from airflow.models.revoked_token import RevokedToken
from fastapi import HTTPException
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from cloudflow_lib.bootstrap import settings
from cloudflow_lib.errors import AccountsUnavailableError, NotAllowedError
from cloudflow_plugin.api.callers import ADMINISTER, RESOURCE, Caller

KNOWN_SECONDS = 30.0
"""How long a role that is taken away in Airflow's own pages, or an account switched off there, may go on."""
ASKED_SECONDS = 5.0
"""How long a token goes on that another process revoked."""
MOST_KNOWN = 10_000


@dataclass(slots=True)
class Known:
    """Who showed a token a moment ago, and until when which part of that is believed, in seconds of the epoch."""

    caller: Caller
    token_id: str
    until: float
    stands_until: float


class KnownCallers:
    """
    Who showed a token a moment ago.

    Airflow reads an account with every right of every role it has: 40 ms, in which its server answers nobody else.
    Whether the token was revoked is one short question, and asked more often. A token that this process revokes
    opens nothing at once.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    def find(self, token: str) -> Known | None:
        """Return who showed *token*, if that is known; whether the token stands is another question."""
        found = self._known.get(_digest(token))
        return found if found is not None and time.time() < found.until else None

    def note(self, token: str, caller: Caller, *, token_id: str, expires_at: float) -> None:
        """Keep who showed *token* for a moment, and not beyond its own time."""
        shown, now = _digest(token), time.time()
        until = min(now + KNOWN_SECONDS, expires_at)
        self._known[shown] = Known(caller, token_id, until, now + ASKED_SECONDS)
        self._known.move_to_end(shown)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def forget(self) -> None:
        """Ask Airflow again about everybody: somebody's right has ended."""
        self._known = OrderedDict()


KNOWN = KnownCallers()


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def token_of(connection: HTTPConnection) -> str | None:
    """Return the access token that came along: the header's goes before the cookie's, as in Airflow."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip() or None
    return connection.cookies.get(COOKIE_NAME_JWT_TOKEN)


@contextmanager
def asking_airflow() -> Iterator[None]:
    """Raise AccountsUnavailableError where Airflow's database does not answer."""
    try:
        yield
    except SQLAlchemyError as error:
        raise AccountsUnavailableError("Airflow's database does not answer: try again in a moment.") from error


async def airflow_caller(connection: HTTPConnection) -> Caller | None:
    """Tell who is asking; see `callers.Authenticate`. Works for requests and for WebSockets alike."""
    if (token := token_of(connection)) is None:
        return None
    with asking_airflow():
        if (known := KNOWN.find(token)) is not None:
            return known.caller if await _stands(known) else None
        try:
            user = await resolve_user_from_token(token)
        except HTTPException:  # expired, forged, revoked, or its account is gone
            return None
        claims = jwt.decode(token, options={"verify_signature": False})  # Airflow has verified it a moment ago
        caller = caller_for(user, since=datetime.fromtimestamp(claims["iat"], tz=UTC) if "iat" in claims else None)
    KNOWN.note(token, caller, token_id=claims.get("jti", ""), expires_at=claims["exp"])
    return caller


async def _stands(known: Known) -> bool:
    """Return whether nobody revoked the token meanwhile; looked up in a thread, so that others are answered."""
    if time.time() < known.stands_until or not known.token_id:
        return True
    if await run_in_threadpool(RevokedToken.is_revoked, known.token_id):
        return False
    known.stands_until = time.time() + ASKED_SECONDS
    return True


def caller_for(user: BaseUser, *, since: datetime | None = None) -> Caller:
    """Return what the roles of *user* allow, or raise NotAllowedError when that is nothing."""
    name = user.get_name()

    def may(action: str) -> bool:
        manager: Any = get_auth_manager()  # its type names HTTP methods only; FAB takes any action
        return bool(manager.is_authorized_custom_view(method=action, resource_name=RESOURCE, user=user))

    if not may("GET"):
        raise NotAllowedError(f"{name} has no right to use CloudFlow; ask an administrator for the role CloudFlowUser.")
    has_admin_role = may(ADMINISTER)
    return Caller(
        user=name,
        is_admin=has_admin_role or name in settings().admins,
        can_write=may("POST"),
        roles=tuple(sorted(role.name for role in getattr(user, "roles", ()))),  # other auth managers have none
        has_admin_role=has_admin_role,
        since=since,
    )
