"""
The way out for what users tell us to ask: a proxy inside this process that looks at each address it connects to.

A name may lead outside when a credential is saved and inside a moment later, and a store may answer with a redirect
to anywhere. So the clients of such credentials, of whatever library, connect through here: the name is resolved
once, every address of it is judged, and one of exactly these is connected to.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock, Thread

from cloudflow_lib.domain.endpoints import Network, host_of, require_outside
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.ports.resolver import Resolver

log = logging.getLogger(__name__)

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 30.0
CONNECT_SECONDS = 5.0
PIECE_BYTES = 256 * 1024
LISTENS_AT = "127.0.0.1"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Outlet:
    """One proxy per process; it listens on the loopback interface only, and begins when it is first asked for."""

    def __init__(self, resolve: Resolver, allowed: Callable[[], Sequence[Network]]) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._lock = Lock()
        self._begun: tuple[int, str] | None = None
        """The process that it runs in, and its address: threads do not live on in a forked one."""

    @property
    def url(self) -> str:
        """The address that clients are told."""
        with self._lock:
            if self._begun is None or self._begun[0] != os.getpid():
                self._begun = (os.getpid(), self._begin())
            return self._begun[1]

    def _begin(self) -> str:
        loop = asyncio.new_event_loop()
        Thread(target=loop.run_forever, name="outlet", daemon=True).start()
        serving = asyncio.start_server(self._serve, LISTENS_AT, 0, limit=HEAD_BYTES)
        server = asyncio.run_coroutine_threadsafe(serving, loop).result(HEAD_SECONDS)
        return f"http://{LISTENS_AT}:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._pass_on(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.debug("outlet.broke_off error=%r", error)
        finally:
            with suppress(OSError):
                writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        host = "-"
        try:
            host, port, onward = _read_head(head)
            addresses = await asyncio.to_thread(self._resolve, host, port)
            require_outside(addresses, self._allowed())
        except WrongInputError as error:
            log.warning("outlet.refused host=%r reason=%s", host, error)  # the rest of an address may hold a signature
            writer.write(_refusal("403 Forbidden", str(error)))
            await writer.drain()
            return
        there = await _connected(addresses, port)
        if there is None:
            writer.write(_refusal("502 Bad Gateway", "no address of the host answers"))
            await writer.drain()
            return
        if onward is None:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            there[1].write(onward)
        try:
            await asyncio.gather(_pour(reader, there[1]), _pour(there[0], writer))
        finally:
            there[1].close()


async def _connected(addresses: Sequence[str], port: int) -> Connection | None:
    """Return a connection to the first of *addresses* that answers; no name is looked up any more."""
    for address in addresses:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                return await asyncio.open_connection(address, port)
    return None


async def _pour(source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(PIECE_BYTES):
            drain.write(piece)
            await drain.drain()
    finally:
        with suppress(OSError, RuntimeError):
            if drain.can_write_eof():
                drain.write_eof()


def _read_head(head: bytes) -> tuple[str, int, bytes | None]:
    """
    Return host, port, and what is said there instead of *head*: None for a tunnel, where the client itself speaks.

    A plain request ends its connection, so that the next one is judged again.

    Raises:
        WrongInputError: It asks for nothing that a store may be asked.
    """
    line, _, rest = head.partition(b"\r\n")
    words = line.decode("latin-1").split(" ")
    if len(words) != 3:  # noqa: PLR2004 - method, target, version
        raise WrongInputError("this is no request to a proxy")
    method, target, version = words
    if method == "CONNECT":
        return *host_of(f"https://{target}"), None
    host, port = host_of(target.partition("?")[0])
    _, _, behind = target.partition("://")
    place = behind[len(behind.partition("/")[0].partition("?")[0]) :] or "/"
    kept = [one for one in rest.split(b"\r\n") if not one.lower().startswith((b"connection:", b"proxy-"))]
    first = f"{method} {place} {version}".encode("latin-1")
    return host, port, b"\r\n".join([first, b"Connection: close", *kept])


def _refusal(status: str, reason: str) -> bytes:
    body = reason.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
