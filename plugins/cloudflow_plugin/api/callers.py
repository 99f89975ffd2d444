"""
Who is asking, and what that account may do.

Handlers declare what they need as a parameter: `CallerDep` (may look), `WriterDep` (may change own
things) or `AdminDep` (sees and changes everybody's).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from cloudflow_lib.errors import NotAllowedError, NotSignedInError
from cloudflow_plugin.api.context import context_of
from cloudflow_plugin.api.paths import is_write
from cloudflow_plugin.api.rates import spend_write
from cloudflow_plugin.api.repeats import require_single

RESOURCE = "CloudFlow"
"""The resource that roles hold permissions on; `webserver_config.py` gives them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in account that may at least look."""

    user: str
    is_admin: bool = False
    """Sees and changes what others own."""
    can_write: bool = True
    roles: tuple[str, ...] = ()
    """What Airflow calls the account's roles."""

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


async def known_caller(connection: HTTPConnection) -> Caller | None:
    """Return who asks, None for nobody; asked several times for one request, the account is looked up once."""
    state = connection.state
    if not hasattr(state, "caller"):
        state.caller = await context_of(connection).authenticate(connection)
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
        await spend_write(connection, caller.user)
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
