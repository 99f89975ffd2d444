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

RESOURCE = "CloudFlow"
"""The resource that roles hold permissions on; `webserver_config.py` gives them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in account that may at least look."""

    user: str
    is_admin: bool = False
    """Sees and changes what others own."""
    can_write: bool = True

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


async def caller_of(connection: HTTPConnection) -> Caller:
    """Return who asks; NotSignedInError for nobody, NotAllowedError for an account without any right here."""
    if (caller := await context_of(connection).authenticate(connection)) is None:
        raise NotSignedInError("Sign in first: nobody is signed in, or the session has ended.")
    connection.state.user = caller.user
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
