"""ETags: an answer that did not change is not sent again, and what did change is not overwritten unseen."""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudflow_lib.errors import CloudFlowError

LENGTH = 32

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="Change it only if this still is the `ETag` that reading it answers with."),
]
"""What a handler asks for that hands it to `require_match`."""


class PreconditionFailedError(CloudFlowError):
    """What is to be changed is not what was read."""


class ETags:
    """Tags JSON answers with a digest of their bytes, and answers 304 to who has the same already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = bytearray()

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_tagged_here(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                await _send(scope, receive, send, start, bytes(body))

        await self._app(scope, receive, sending)


def _is_tagged_here(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_json = headers.get("content-type", "").split(";")[0] == "application/json"
    return start["status"] == HTTPStatus.OK and is_json and "etag" not in headers


async def _send(scope: Scope, receive: Receive, send: Send, start: Message, body: bytes) -> None:
    tag = _tag_of(body)
    headers = MutableHeaders(raw=start["headers"])
    headers["ETag"] = tag
    headers.add_vary_header("Authorization, Cookie")
    if is_same(Headers(scope=scope).get("if-none-match", ""), tag):
        del headers["content-length"], headers["content-type"]
        await Response(status_code=HTTPStatus.NOT_MODIFIED, headers=dict(headers))(scope, receive, send)
        return
    await send(start)
    await send({"type": "http.response.body", "body": body})


def is_same(asked: str, tag: str) -> bool:
    """Return whether `If-None-Match: asked` or `If-Match: asked` means *tag*; proxies may have weakened it."""
    return asked.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in asked.split(",")}


def require_match(asked: str | None, current: BaseModel) -> None:
    """Raise PreconditionFailedError if `If-Match: asked` does not mean what reading answers with now: *current*."""
    if asked is not None and not is_same(asked, _tag_of(current.model_dump_json().encode())):
        raise PreconditionFailedError("it is not what you read any more: somebody changed it, read it again")


def _tag_of(body: bytes) -> str:
    return f'"{sha256(body).hexdigest()[:LENGTH]}"'
