"""What is refused before any handler sees it, and what every answer tells browsers."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from cloudflow_plugin.api.paths import RESUMABLE, TUS_VERSION, is_below, is_streamed, is_write
from cloudflow_plugin.api.problems import problem

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A file that somebody opens instead of saving must not run scripts in our name.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}
UNPACKED = {"Accept-Encoding": "identity"}
KEPT_FOR_A_YEAR = "max-age=31536000"


def is_from_here(scope: Scope, allowed: frozenset[str]) -> bool:
    """
    Return whether a browser's request comes from our own pages, or from an origin in *allowed*.

    One without `Origin` comes from no page of another site: browsers send it with every write and
    every WebSocket. But then it has no business with a cookie either.
    """
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None:
        return "cookie" not in headers
    return origin in allowed or origin in {f"{scheme}://{headers.get('host')}" for scheme in _own_schemes(scope)}


def _own_schemes(scope: Scope) -> tuple[str, ...]:
    """
    Return what our pages came over: TLS where this request did.

    Anybody on the way can write a page that came over plain HTTP. But where the request did so as well, TLS may have
    ended in front of us.
    """
    return ("https",) if scope["scheme"] in ("https", "wss") else ("http", "https")


def carries_token(headers: Headers) -> bool:
    """Return whether the caller shows a token itself, which no other site's page can make a browser do."""
    return headers.get("authorization", "").lower().startswith("bearer ")


class Guards:
    """Refuses what comes from other sites' pages, and bodies that are too large; adds headers that protect browsers."""

    def __init__(self, app: ASGIApp, *, origins: frozenset[str], body_bytes: int) -> None:
        self._app = app
        self._origins = origins
        self._body_bytes = body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_ours = carries_token(headers) or is_from_here(scope, self._origins)
        if scope["type"] == "websocket":
            if is_ours:
                await self._app(scope, receive, send)
            else:
                await WebSocket(scope, receive, send).send_denial_response(_foreign(scope, "WebSocket"))
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _protect(MutableHeaders(scope=message), scope)
            await send(message)

        if is_write(scope) and not is_ours:
            await _foreign(scope, "write")(scope, receive, sending)
        elif is_write(scope) and headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            # What a packed body unpacks to has no bound, and its bytes are not those of the file.
            said = "Send the body as it is, without Content-Encoding."
            await problem(scope, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, said, headers=UNPACKED)(scope, receive, sending)
        elif is_streamed(scope):
            await self._app(scope, receive, sending)
        elif self._is_announced_too_large(headers):
            await problem(scope, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._too_large())(scope, receive, sending)
        else:
            await self._app(scope, self._counted(receive), sending)

    def _is_announced_too_large(self, headers: Headers) -> bool:
        length = headers.get("content-length", "0")
        return length.isdigit() and int(length) > self._body_bytes

    def _too_large(self) -> str:
        return f"The body is larger than {self._body_bytes} bytes, and no such request needs that much."

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def receiving() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._body_bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._too_large())
            return message

        return receiving


def _foreign(scope: Scope, what: str) -> Response:
    said = f"This {what} came from another site's page, and such are refused: its Origin is not ours."
    return problem(scope, HTTPStatus.FORBIDDEN, said, kind="foreign-origin")


def _protect(headers: MutableHeaders, scope: Scope) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if is_below(scope, RESUMABLE):
        headers.setdefault("Tus-Resumable", TUS_VERSION)
    # What has a tag may be kept and asked about again; anything else is gone with the page.
    headers.setdefault("Cache-Control", "private, no-cache" if "etag" in headers else "no-store")
    if scope["scheme"] == "https":
        headers.setdefault("Strict-Transport-Security", KEPT_FOR_A_YEAR)
