"""People at the API: each browses, searches, sends and decides, with pauses for thinking and a WebSocket open."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData, TCPConnector, WSMsgType

from benchmarks._api_ground import ROOT, SOURCE, TARGET
from cloudflow_lib.domain.events.facts import moment_of_id

THINK_SECONDS = (2.0, 4.0)
UPLOAD_BYTES = 100 * 1024
PATIENCE = ClientTimeout(total=60)
TICK_SECONDS = 0.05
OPEN_AT_ONCE = 50
OK = 400


@dataclass
class Seen:
    """What the users saw, and how the machine that plays them did."""

    reads: dict[str, list[float]] = field(default_factory=dict)
    writes: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    """Seconds from what happened to its arrival at the WebSocket."""
    lags: list[float] = field(default_factory=list)
    """How late the loop that plays the users was."""
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    lost_sockets: int = 0


class User:
    """One person."""

    def __init__(self, session: ClientSession, name: str, token: str, seen: Seen, seed: int) -> None:
        self._session = session
        self._name = name
        self._headers = {"Authorization": f"Bearer {token}"}
        self._seen = seen
        self._dice = random.Random(seed)  # noqa: S311 - not a secret
        self._files: list[str] = []
        self._cursor: str | None = None
        self._order = "name"
        self._advice: list[str] = []
        self._sent: list[str] = []

    async def work(self, until: float) -> None:
        """Do one thing after the other, thinking in between."""
        await asyncio.sleep(self._dice.uniform(0, THINK_SECONDS[1]))
        deeds: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (36, self._browse),
            (20, self._search),
            (14, self._look),
            (8, self._totals),
            (14, self._upload),
            (7, self._dismiss),
            (1, self._migrate),
        ]
        while time.monotonic() < until:
            weights = [weight for weight, _ in deeds]
            [(_, deed)] = self._dice.choices(deeds, weights)
            await deed()
            await asyncio.sleep(self._dice.uniform(*THINK_SECONDS))

    async def listen(self, until: float) -> None:
        """Hold a WebSocket, and note how old each event is when it arrives."""
        try:
            async with self._session.ws_connect(f"{ROOT}/events/ws", headers=self._headers, heartbeat=None) as socket:
                while (left := until - time.monotonic()) > 0:
                    try:
                        message = await asyncio.wait_for(socket.receive(), left)
                    except TimeoutError:
                        return
                    if message.type is not WSMsgType.TEXT:
                        self._seen.lost_sockets += 1
                        return
                    self._note_event(json.loads(message.data))
        except ClientError as error:
            self._seen.errors.append(f"websocket: {error!r}")

    def _note_event(self, told: dict[str, dict[str, str]]) -> None:
        if event := told.get("event"):
            made = moment_of_id(event["id"])
            if made is not None:
                self._seen.events.append(time.time() - made.timestamp())

    async def _ask(self, kind: str, method: str, path: str, **more: object) -> dict[str, object]:
        book = self._seen.reads if method == "GET" else self._seen.writes
        began = time.perf_counter()
        try:
            request = self._session.request(method, ROOT + path, headers=self._headers, **more)  # type: ignore[arg-type]  # aiohttp's options
            async with request as answer:
                body = await answer.read()
                if answer.status >= OK:
                    self._seen.errors.append(f"{kind}: {answer.status} {body[:200].decode(errors='replace')}")
                    return {}
        except (ClientError, TimeoutError) as error:
            self._seen.errors.append(f"{kind}: {error!r}")
            return {}
        book.setdefault(kind, []).append(time.perf_counter() - began)
        found: dict[str, object] = json.loads(body)
        return found

    async def _browse(self) -> None:
        if self._cursor and self._dice.choice([True, False]):
            params = {"limit": "50", "sort": self._order, "cursor": self._cursor}
        else:
            self._order = self._dice.choice(["name", "size", "modified"])
            params = {"limit": "50", "sort": self._order}
        page = await self._ask("browse", "GET", "/files", params=params)
        self._take(page)

    def _take(self, page: dict[str, object]) -> None:
        files = page.get("files")
        if isinstance(files, list) and files:
            self._files = [file["file_id"] for file in files]
        cursor = page.get("next_cursor")
        self._cursor = cursor if isinstance(cursor, str) and page.get("files") else None

    async def _search(self) -> None:
        words = [("name", f"report-{self._dice.randrange(1000):06}"), ("tier", "cold"), ("min_bytes", "5000000")]
        name, value = self._dice.choice(words)
        page = await self._ask("search", "GET", "/files", params={"limit": "50", name: value})
        self._take({**page, "next_cursor": None})

    async def _look(self) -> None:
        if not self._files:
            return await self._browse()
        await self._ask("look", "GET", f"/files/{self._dice.choice(self._files)}")
        return None

    async def _totals(self) -> None:
        await self._ask("totals", "GET", "/totals")

    async def _upload(self) -> None:
        form = FormData()
        form.add_field("file", os.urandom(UPLOAD_BYTES), filename=f"{time.time_ns()}.bin")
        params = {"location_id": SOURCE, "folder": self._name}
        answer = await self._ask("upload", "POST", "/upload", params=params, data=form)
        for one in answer.get("files", []):  # type: ignore[attr-defined]  # a list by the API's description
            self._sent.append(one["file"]["file_id"])

    async def _dismiss(self) -> None:
        if not self._advice:
            page = await self._ask("advice", "GET", "/recommendations", params={"limit": "50"})
            found = page.get("recommendations")
            self._advice = [one["recommendation_id"] for one in found] if isinstance(found, list) else []
        if self._advice:
            body = {"recommendation_ids": [self._advice.pop()]}
            await self._ask("dismiss", "POST", "/recommendations/dismiss", json=body)

    async def _migrate(self) -> None:
        if not self._sent:
            return await self._upload()
        body = {"file_ids": [self._sent.pop()], "location_id": TARGET}
        await self._ask("migrate", "POST", "/migrations", json=body)
        return None


async def play(url: str, tokens: dict[str, str], seconds: float, *, with_sockets: bool = True) -> Seen:
    """Play all users for *seconds*."""
    seen, began, cpu = Seen(), time.monotonic(), time.process_time()
    until = began + seconds
    async with ClientSession(url, connector=TCPConnector(limit=0), timeout=PATIENCE) as session:
        users = [User(session, name, token, seen, seed) for seed, (name, token) in enumerate(tokens.items())]
        listening = [asyncio.create_task(user.listen(until)) for user in users] if with_sockets else []
        watching = asyncio.create_task(_watch(seen))
        await asyncio.gather(*(user.work(until) for user in users))
        await asyncio.gather(*listening)
        watching.cancel()
    seen.cpu_seconds, seen.wall_seconds = time.process_time() - cpu, time.monotonic() - began
    return seen


async def _watch(seen: Seen) -> None:
    """Note how late this loop is: what the users saw is worth nothing if they themselves were too slow."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        seen.lags.append(time.perf_counter() - began - TICK_SECONDS)


async def hold(url: str, tokens: list[str], count: int, seconds: float, tell: Callable[[], int]) -> tuple[int, int]:
    """Open *count* WebSockets, hold them for *seconds*, and return how many stayed and what *tell* said meanwhile."""
    open_at_once = asyncio.Semaphore(OPEN_AT_ONCE)
    async with ClientSession(url, connector=TCPConnector(limit=0), timeout=PATIENCE) as session:

        async def one(number: int) -> object:
            headers = {"Authorization": f"Bearer {tokens[number % len(tokens)]}"}
            async with open_at_once:
                return await session.ws_connect(f"{ROOT}/events/ws", headers=headers, heartbeat=None)

        sockets = await asyncio.gather(*(one(number) for number in range(count)), return_exceptions=True)
        await asyncio.sleep(seconds)
        told = tell()
        stayed = [socket for socket in sockets if not isinstance(socket, BaseException) and not socket.closed]  # type: ignore[attr-defined]  # aiohttp's WebSocket
        for socket in stayed:
            await socket.close()  # type: ignore[attr-defined]  # as above
        return len(stayed), told
