"""Sign in with a password, stay signed in, sign out."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from cloudflow_lib.errors import NotSignedInError
from cloudflow_lib.workflows.keep_sessions import Desk, Grant, refresh, sign_in, sign_out
from cloudflow_plugin.api.context import context_of
from cloudflow_plugin.api.openapi import NO_SIGN_IN
from cloudflow_plugin.api.paths import SIGNING_IN
from cloudflow_plugin.api.rates import address_of, rates_of

router = APIRouter(prefix="/auth", tags=["accounts"])

ACCESS_COOKIE = "_token"
"""Airflow's own: who signs in here is signed in to its web page too."""
REFRESH_COOKIE = "cloudflow_refresh"
PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
NO_BODY = 204


class SignIn(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(min_length=1, max_length=256, pattern=PRINTABLE)
    password: SecretStr = Field(min_length=1, max_length=256)
    cookies: bool = False
    """Put both tokens into cookies that no script can read, instead of into the answer."""


class Renewal(BaseModel):
    """A refresh token; without one the cookie counts."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: SecretStr | None = Field(default=None, max_length=256)


class Tokens(BaseModel):
    """What opens the API for a while, and what gets the next one. Both are empty when they went into cookies."""

    user: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750's word for the kind
    access_token: str | None
    expires_in: int
    """Seconds until the access token expires."""
    refresh_token: str | None
    """Good once; the answer to it brings the next."""


async def _desk(connection: HTTPConnection) -> Desk:
    context = context_of(connection)
    services = context.services()
    return Desk(
        accounts=context.accounts,
        book=services.catalog,
        clock=services.clock,
        lifetime=timedelta(days=context.settings().api.refresh_days),
    )


DeskDep = Annotated[Desk, Depends(_desk)]


@router.post("/token", openapi_extra=NO_SIGN_IN)
async def token(request: Request, response: Response, body: SignIn, desk: DeskDep) -> Tokens:
    """Sign in."""
    charges = [("login_per_user", body.username.casefold()), ("login_per_address", address_of(request))]
    await rates_of(request).spend(charges)
    grant = await run_in_threadpool(sign_in, body.username, body.password.get_secret_value(), desk)
    return _hand_out(request, response, grant, desk, in_cookies=body.cookies)


@router.post("/refresh", openapi_extra=NO_SIGN_IN)
async def renew(request: Request, response: Response, desk: DeskDep, body: Renewal | None = None) -> Tokens:
    """Get the next pair of tokens; the refresh token that was shown is worthless from then on."""
    await rates_of(request).spend([("refresh_per_address", address_of(request))])
    shown, in_cookies = _shown(request, body)
    if shown is None:
        raise NotSignedInError("There is no refresh token in the request; sign in again.")
    grant = await run_in_threadpool(refresh, shown, desk)
    return _hand_out(request, response, grant, desk, in_cookies=in_cookies)


@router.post("/logout", status_code=NO_BODY, openapi_extra=NO_SIGN_IN)
async def logout(request: Request, response: Response, desk: DeskDep, body: Renewal | None = None) -> None:
    """Make every token that came along worthless, with all others of its session. Again: nothing happens."""
    await rates_of(request).spend([("refresh_per_address", address_of(request))])
    shown, _ = _shown(request, body)
    await run_in_threadpool(_end, shown, _access_tokens(request), desk)
    response.delete_cookie(ACCESS_COOKIE, path=_site_path(request), httponly=True)
    response.delete_cookie(REFRESH_COOKIE, path=_own_path(request), httponly=True)


def _end(shown: str | None, tokens: list[str], desk: Desk) -> None:
    if shown is not None:
        with suppress(NotSignedInError):  # it had ended before
            sign_out(shown, desk)
    for access in tokens:
        if issued := desk.accounts.read(access):
            desk.accounts.revoke(issued)


def _shown(request: Request, body: Renewal | None) -> tuple[str | None, bool]:
    """Return the refresh token, and whether it came in a cookie."""
    if body is not None and body.refresh_token is not None:
        return body.refresh_token.get_secret_value(), False
    return request.cookies.get(REFRESH_COOKIE), True


def _access_tokens(request: Request) -> list[str]:
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    found = [bearer.strip() if kind.lower() == "bearer" else "", request.cookies.get(ACCESS_COOKIE, "")]
    return [one for one in found if one]


def _hand_out(request: Request, response: Response, grant: Grant, desk: Desk, *, in_cookies: bool) -> Tokens:
    now = desk.clock()
    seconds = int((grant.access.expires_at - now).total_seconds())
    if not in_cookies:
        return Tokens(
            user=grant.user,
            access_token=grant.access.token,
            expires_in=seconds,
            refresh_token=grant.refresh.text,
        )
    is_secure = request.url.scheme == "https"
    response.set_cookie(
        ACCESS_COOKIE,
        grant.access.token,
        path=_site_path(request),
        max_age=seconds,
        httponly=True,
        secure=is_secure,
        samesite="lax",  # as Airflow sets it: a link in a mail opens the page
    )
    response.set_cookie(
        REFRESH_COOKIE,
        grant.refresh.text,
        path=_own_path(request),
        max_age=int((grant.expires_at - now).total_seconds()),
        httponly=True,
        secure=is_secure,
        samesite="strict",
    )
    return Tokens(user=grant.user, access_token=None, expires_in=seconds, refresh_token=None)


def _own_path(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}{SIGNING_IN}"


def _site_path(request: Request) -> str:
    """Return the path of Airflow's page: what is in front of where we are mounted."""
    return str(request.scope.get("root_path", "")).rpartition("/")[0] + "/"
