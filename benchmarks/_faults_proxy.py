"""A wire between our SDKs and a server that can break in every way wires break; the bucket names the run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit

from benchmarks._faults_http import Message, is_data_answer, name_to_create, read_message, spoil, status_answer
from benchmarks._faults_wire import SPOILINGS, WireEvent, WireFault, WireScript

LONGEST_HEAD = 256 * 1024


class Proxy:
    """Pass requests on to *server*, but for what the script of their run spoils."""

    def __init__(self, server: str, scripts: dict[str, WireScript]) -> None:
        parts = urlsplit(server)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._path = parts.path
        self._scripts = scripts
        self._loop = asyncio.new_event_loop()
        self._port = 0
        self._creating = asyncio.Lock()

    @property
    def url(self) -> str:
        """Where clients send what is to pass here."""
        return f"http://127.0.0.1:{self._port}{self._path}"

    def start(self) -> Thread:
        """Listen, in a thread of its own."""
        serving = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LONGEST_HEAD),
        )
        self._port = serving.sockets[0].getsockname()[1]
        thread = Thread(target=self._loop.run_forever, daemon=True, name="proxy")
        thread.start()
        return thread

    def stop(self) -> None:
        """Take no further request."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server: asyncio.StreamWriter | None = None
        try:
            upstream, server = await asyncio.open_connection(*self._server, limit=LONGEST_HEAD)
            while request := await read_message(reader, interim=writer):
                if not await self._exchange(request, writer, upstream, server):
                    break
        except (OSError, asyncio.IncompleteReadError, ValueError):
            pass  # one side is gone: the other hears of it now
        finally:
            for end in (writer, server):
                if end is not None:
                    with suppress(OSError):
                        end.close()

    async def _exchange(
        self,
        request: Message,
        client: asyncio.StreamWriter,
        upstream: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> bool:
        """Carry one request and its answer; return whether the connection lives on."""
        script = self._script_of(request)
        event = script.due(request) if script else None
        if event is None or script is None:
            answer = await self._ask(request, upstream, server)
        else:
            if early := _early_answer(event):
                script.note(event)
                client.write(early)
                await client.drain()
                return True
            spoilt = await self._spoilt(event, script, request, upstream, server)
            if spoilt is None:
                return False
            answer = spoilt
        client.write(answer.raw())
        await client.drain()
        return not answer.is_cut and not answer.closes

    async def _spoilt(
        self,
        event: WireEvent,
        script: WireScript,
        request: Message,
        upstream: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> Message | None:
        """Return what the client hears, or None where it hears nothing."""
        if event.what is WireFault.RESET:
            script.note(event)
            return None
        if event.what is WireFault.FLIPPED_REQUEST:
            request = spoil(request, "flip", script.chance)
            script.note(event)
        answer = await self._ask(request, upstream, server)
        if event.what is WireFault.LOST_ANSWER:
            script.note(event)
            return None
        if event.what is WireFault.STALL:
            script.note(event)
            await asyncio.sleep(event.seconds)
        if event.what in SPOILINGS and is_data_answer(answer):
            script.note(event)
            return spoil(answer, SPOILINGS[event.what], script.chance)
        return answer

    async def _ask(self, request: Message, upstream: asyncio.StreamReader, server: asyncio.StreamWriter) -> Message:
        if name := name_to_create(request):
            async with self._creating:
                look = Message(start=f"GET {name} HTTP/1.1", headers=request.headers)
                if (await self._answer(look, upstream, server)).target == "200":
                    return Message(start="HTTP/1.1 412 Precondition Failed", headers=(("Content-Length", "0"),))
                return await self._answer(request, upstream, server)
        return await self._answer(request, upstream, server)

    async def _answer(self, request: Message, upstream: asyncio.StreamReader, server: asyncio.StreamWriter) -> Message:
        server.write(request.raw())
        await server.drain()
        answer = await read_message(upstream, to_head=request.method == "HEAD")
        if answer is None:
            raise ConnectionResetError
        return answer

    def _script_of(self, request: Message) -> WireScript | None:
        for word in request.target.partition("?")[0].split("/"):
            if script := self._scripts.get(word):
                return script
        return None


def _early_answer(event: WireEvent) -> bytes | None:
    match event.what:
        case WireFault.BUSY:
            return status_answer(503, None)
        case WireFault.BUSY_UNTIL:
            return status_answer(503, event.seconds)
        case WireFault.BROKEN:
            return status_answer(500, None)
        case _:
            return None


@contextmanager
def proxied(servers: Sequence[str], scripts: dict[str, WireScript]) -> Iterator[list[str]]:
    """Yield the addresses of proxies before *servers*; *scripts*, by bucket, say what goes wrong."""
    proxies = [Proxy(server, scripts) for server in servers]
    threads = [proxy.start() for proxy in proxies]
    try:
        yield [proxy.url for proxy in proxies]
    finally:
        for proxy, thread in zip(proxies, threads, strict=True):
            proxy.stop()
            thread.join()
