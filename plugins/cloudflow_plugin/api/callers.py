"""
Who is asking, and what that account may do.

Handlers declare what they need as a parameter: `CallerDep` (may look), `WriterDep` (may change own
things) or `AdminDep` (sees and changes everybody's).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from cloudflow_lib.domain.people import Standing
from cloudflow_lib.errors import NotAllowedError, NotSignedInError
from cloudflow_plugin.api.context import context_of
from cloudflow_plugin.api.paths import is_write
from cloudflow_plugin.api.rates import spend_write
from cloudflow_plugin.api.repeats import require_single
from cloudflow_plugin.api.standings import own_rates, standings_of

RESOURCE = "CloudFlow"
"""The resource that roles hold permissions on; `webserver_config.py` gives them out."""
ADMINISTER = "can_administer"
"""The action of an administrator on `RESOURCE`; FAB takes any name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in account that may at least look."""

    user: str
    is_admin: bool = False
    """Sees and changes what others own."""
    can_write: bool = True
    roles: tuple[str, ...] = ()
    """What Airflow calls the account's roles."""
    has_admin_role: bool = False
    """An administrator by these roles, and not by the settings alone."""
    since: datetime | None = None
    """When the token was given out that was shown; None: nobody can tell."""

    def may_see(self, owner: str) -> bool:
        """Return whether things of *owner* are shown at all; if not, they do not exist for this caller."""
        return self.is_admin or self.user == owner

    @property
    def sees_owner(self) -> str | None:
        """Whose things a list shows; None means everybody's, as the catalogue's `owner` does."""
        return None if self.is_admin else self.user


Authenticate = Callable[[HTTPConnection], Awaitable[Caller | None]]
"""
Tell who sent a request or opened a WebSocket: None for nobody.

Raises NotAllowedError for an account that is signed in and has no right here.
"""


async def authenticated(connection: HTTPConnection) -> tuple[Caller | None, Standing]:
    """Return who asks and how we stand to them; whom an administrator signed out since is nobody."""
    caller = await context_of(connection).authenticate(connection)
    if caller is None:
        return None, Standing()
    standing = await standings_of(connection).of(connection, caller.user, is_admin=caller.has_admin_role)
    ended = standing.signed_out_at
    # Tokens tell whole seconds: one of the same second is taken for one from before.
    if ended is not None and caller.since is not None and caller.since <= ended:
        return None, standing
    return caller, standing


async def known_caller(connection: HTTPConnection) -> Caller | None:
    """Return who asks, None for nobody; asked several times for one request, the account is looked up once."""
    state = connection.state
    if not hasattr(state, "caller"):
        state.caller, state.standing = await authenticated(connection)
        state.user = state.caller.user if state.caller else "-"
    found: Caller | None = state.caller
    return found


async def caller_of(connection: HTTPConnection) -> Caller:
    """
    Return who asks.

    Raises:
        NotSignedInError: Nobody does.
        NotAllowedError: An account without any right here.
        RequestValidationError: Its query says one thing several times.
        RateLimitedError: Too many writes in a short time.
    """
    if (caller := await known_caller(connection)) is None:
        raise NotSignedInError("Sign in first: nobody is signed in, or the session has ended.")
    require_single(connection)
    if is_write(connection.scope):
        await spend_write(connection, caller.user, own_rates(connection.state.standing.limits))
    return caller


CallerDep = Annotated[Caller, Depends(caller_of)]


async def writer_of(caller: CallerDep) -> Caller:
    """Return a caller who may change own things."""
    if not caller.can_write:
        raise NotAllowedError("This account may look but not change anything; ask an administrator for the right.")
    return caller


async def admin_of(caller: CallerDep) -> Caller:
    """Return a caller who may do everything."""
    if not caller.is_admin:
        raise NotAllowedError("Only an administrator may do this.")
    return caller


WriterDep = Annotated[Caller, Depends(writer_of)]
AdminDep = Annotated[Caller, Depends(admin_of)]
