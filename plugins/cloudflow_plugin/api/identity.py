"""Who Airflow says is asking: the bearer token or the cookie of its web page, and the roles of that account."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import resolve_user_from_token
from fastapi import HTTPException
from starlette.requests import HTTPConnection

from cloudflow_lib.bootstrap import settings
from cloudflow_lib.errors import NotAllowedError
from cloudflow_plugin.api.callers import RESOURCE, Caller

ADMINISTER = "can_administer"
"""The action of an administrator on `RESOURCE`; FAB takes any name."""


def token_of(connection: HTTPConnection) -> str | None:
    """Return the access token that came along: the header's goes before the cookie's, as in Airflow."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip() or None
    return connection.cookies.get(COOKIE_NAME_JWT_TOKEN)


async def airflow_caller(connection: HTTPConnection) -> Caller | None:
    """Tell who is asking; see `callers.Authenticate`. Works for requests and for WebSockets alike."""
    if (token := token_of(connection)) is None:
        return None
    try:
        user = await resolve_user_from_token(token)
    except HTTPException:  # expired, forged, revoked, or its account is gone
        return None
    return caller_for(user)


def caller_for(user: BaseUser) -> Caller:
    """Return what the roles of *user* allow, or raise NotAllowedError when that is nothing."""
    name = user.get_name()

    def may(action: str) -> bool:
        manager: Any = get_auth_manager()  # its type names HTTP methods only; FAB takes any action
        return bool(manager.is_authorized_custom_view(method=action, resource_name=RESOURCE, user=user))

    if not may("GET"):
        raise NotAllowedError(f"{name} has no right to use CloudFlow; ask an administrator for the role CloudFlowUser.")
    is_admin = may(ADMINISTER) or name in settings().admins
    roles = tuple(sorted(role.name for role in getattr(user, "roles", ())))  # other auth managers have none
    return Caller(user=name, is_admin=is_admin, can_write=may("POST"), roles=roles)
