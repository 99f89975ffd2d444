"""What streams go over: a WebSocket, or an answer that never ends (server-sent events)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import Receive, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from cloudflow_plugin.api.live.hub import Told, notice
from cloudflow_plugin.api.live.stream import ClientLeftError, End

CLOSE_SECONDS = 5.0
RETRY_MS = 2000
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # else a proxy keeps events back until there are many
]


class SocketChannel:
    """A WebSocket that was accepted; the server itself looks whether the other side is there."""

    ping_seconds: float | None = None

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def send(self, told: Told) -> None:
        try:
            await self._socket.send_text(told.text)
        except (WebSocketDisconnect, RuntimeError) as error:  # the latter: it was closed a moment ago
            raise ClientLeftError from error

    async def ping(self) -> None:
        """Nothing to do: the server pings."""

    async def gone(self) -> None:
        with suppress(WebSocketDisconnect):
            while True:
                await self._socket.receive_text()  # nothing that a client says matters, but that it leaves

    async def close(self, end: End) -> None:
        """Say why; a client that takes nothing any more is not waited for."""
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(end.code, end.reason)


class EventSourceChannel:
    """An answer of the type `text/event-stream`."""

    def __init__(self, receive: Receive, send: Send, ping_seconds: float) -> None:
        self._receive = receive
        self._send = send
        self.ping_seconds: float | None = ping_seconds

    async def open(self) -> None:
        """Send the head."""
        await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await self._say(f"retry: {RETRY_MS}\n\n")

    async def send(self, told: Told) -> None:
        kind = "event: notice\n" if told.event_id is None else f"id: {told.event_id}\n"
        await self._say(f"{kind}data: {told.text}\n\n")

    async def ping(self) -> None:
        await self._say(": still here\n\n")

    async def gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def close(self, end: End) -> None:
        """Say why, and end the answer."""
        with suppress(TimeoutError, OSError, ClientLeftError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.send(notice("ended", end.reason))
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _say(self, text: str) -> None:
        try:
            await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        except OSError as error:
            raise ClientLeftError from error
