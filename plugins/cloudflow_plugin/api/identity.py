"""Who Airflow says is asking: the bearer token or the cookie of its web page, and the roles of that account."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import jwt
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import resolve_user_from_token
from fastapi import HTTPException
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from cloudflow_lib.bootstrap import settings
from cloudflow_lib.errors import AccountsUnavailableError, NotAllowedError
from cloudflow_plugin.api.callers import ADMINISTER, RESOURCE, Caller

KNOWN_SECONDS = 5.0
MOST_KNOWN = 10_000


class KnownCallers:
    """
    Who showed a token a moment ago: Airflow's database answers several questions for each of them, one by one.

    A role that is taken away, or an account that is switched off, ends rights here after `KNOWN_SECONDS`; a token
    that this process revokes opens nothing at once.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()

    def caller(self, token: str) -> Caller | None:
        """Return who showed *token*, if that is known."""
        found, until = self._known.get(_digest(token), (None, 0.0))
        return found if time.time() < until else None

    def note(self, token: str, caller: Caller, *, expires_at: float) -> None:
        """Keep who showed *token* for a moment, and not beyond its own time."""
        shown = _digest(token)
        self._known[shown] = (caller, min(time.time() + KNOWN_SECONDS, expires_at))
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
    if (found := KNOWN.caller(token)) is not None:
        return found
    with asking_airflow():
        try:
            user = await resolve_user_from_token(token)
        except HTTPException:  # expired, forged, revoked, or its account is gone
            return None
        claims = jwt.decode(token, options={"verify_signature": False})  # Airflow has verified it a moment ago
        caller = caller_for(user, since=datetime.fromtimestamp(claims["iat"], tz=UTC) if "iat" in claims else None)
    KNOWN.note(token, caller, expires_at=claims["exp"])
    return caller


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
