"""What happens around every request: its id, its line in the log, and an answer even when a handler breaks."""

from __future__ import annotations

import logging
import re
import time
from urllib.parse import quote
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudflow_plugin.api.metering import Meters
from cloudflow_plugin.api.problems import unexpected

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""An id that is taken over from the caller; any other might forge lines in the log."""


class RequestScope:
    """Gives every request an id that its log lines and its answer carry, and answers what nobody caught."""

    def __init__(self, app: ASGIApp, *, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if WELL_FORMED.fullmatch(given) else uuid4().hex
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            if scope["type"] == "websocket":
                await self._app(scope, receive, send)
            else:
                await self._answer(scope, receive, send, request_id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        began = time.perf_counter()
        path = quote(scope["path"])  # as it came: else terminals would show lines that it forges
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            log.exception("api.broke method=%s path=%s request=%s", scope["method"], path, request_id)
            if status:
                raise  # half an answer is out: the server ends the connection, so that nobody takes it for a whole one
            await unexpected(scope)(scope, receive, sending)
        finally:
            spent = time.perf_counter() - began
            self._meters.count(scope, status, spent)
            user = scope["state"].get("user", "-")
            facts = (scope["method"], path, status, spent * 1000, user, request_id)
            log.info("api.answered method=%s path=%s status=%d ms=%.1f user=%s request=%s", *facts)
