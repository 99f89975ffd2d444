"""Messages of HTTP/1.1 as a proxy sees them: read whole, spoilt where asked, sent on."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from typing import Literal

from cloudflow_lib.testing.faults import flipped

Spoiling = Literal["flip", "cut", "short"]
BODILESS = frozenset({204, 304})
INTERIM = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request or an answer, with its whole body."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    promised: int | None = None
    """The length its headers say, where it is not the body's: of an answer to HEAD, or of a cut one."""
    is_cut: bool = False

    @property
    def method(self) -> str:
        """The first word of a request."""
        return self.start.partition(" ")[0]

    @property
    def target(self) -> str:
        """The second word: the path of a request, the status of an answer."""
        return self.start.split(" ")[1]

    @property
    def closes(self) -> bool:
        """Whether the sender ends the connection behind it."""
        return (self.header("connection") or "").lower() == "close"

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None."""
        return next((value for one, value in self.headers if one.lower() == name), None)

    def raw(self) -> bytes:
        """Return the message as it goes over the wire."""
        length = len(self.body) if self.promised is None else self.promised
        kept = [(name, value) for name, value in self.headers if name.lower() not in REFRAMED]
        if self.body or self.promised is not None or self.header("content-length") is not None:
            kept.append(("Content-Length", str(length)))
        head = "\r\n".join([self.start, *(f"{name}: {value}" for name, value in kept)])
        return head.encode("latin-1") + b"\r\n\r\n" + self.body


REFRAMED = frozenset({"content-length", "transfer-encoding", "expect"})


async def read_message(
    reader: asyncio.StreamReader,
    *,
    interim: asyncio.StreamWriter | None = None,
    to_head: bool = False,
) -> Message | None:
    """
    Return the next message, or None at the end of the connection.

    A client that waits for leave to send its body gets it through *interim*.
    """
    message = await _read_head(reader)
    while message and message.start.startswith("HTTP/") and int(message.target) // 100 * 100 == INTERIM:
        message = await _read_head(reader)
    if message is None:
        return None
    if interim and (message.header("expect") or "").lower() == "100-continue":
        interim.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await interim.drain()
    length = message.header("content-length")
    is_answer = message.start.startswith("HTTP/")
    if to_head or (is_answer and int(message.target) in BODILESS):
        return replace(message, promised=int(length) if length else None)
    if (message.header("transfer-encoding") or "").lower() == "chunked":
        body = await _read_chunks(reader)
        return replace(message, body=body, promised=len(body))
    if length is None:
        return replace(message, body=await reader.read()) if is_answer else message
    return replace(message, body=await reader.readexactly(int(length)))


async def _read_head(reader: asyncio.StreamReader) -> Message | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    start, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Message(start=start, headers=tuple((name, value.strip()) for name, _, value in pairs))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    pieces = []
    while size := int((await reader.readline()).partition(b";")[0], 16):
        pieces.append(await reader.readexactly(size))
        await reader.readline()
    while (await reader.readline()).strip():
        pass  # trailers
    return b"".join(pieces)


def is_data_request(request: Message) -> bool:
    """Return whether it brings bytes of an object."""
    if request.method not in {"PUT", "POST"} or not request.body:
        return False
    kind = request.header("content-type") or ""
    if "multipart/related" in kind:
        return True
    is_form = "comp=" in request.target and "comp=block&" not in f"{request.target}&"
    return request.method == "PUT" and not is_form and "?tagging" not in request.target


def is_data_answer(answer: Message) -> bool:
    """Return whether it brings bytes of an object."""
    kind = answer.header("content-type") or ""
    return answer.target in {"200", "206"} and bool(answer.body) and not any(word in kind for word in ("xml", "json"))


def spoil(message: Message, how: Spoiling, chance: random.Random) -> Message:
    """Return *message* with one bit of data changed, or with a body that ends early."""
    if how == "flip":
        start, stop = _data_in(message)
        data = flipped(message.body[start:stop], chance)
        return replace(message, body=message.body[:start] + data + message.body[stop:])
    kept = message.body[: chance.randrange(len(message.body))]
    if how == "short":
        return replace(message, body=kept)
    return replace(message, body=kept, promised=len(message.body), is_cut=True)


def _data_in(message: Message) -> tuple[int, int]:
    """Return where the object's bytes lie in the body: Google's uploads bring JSON along."""
    if "multipart/related" not in (message.header("content-type") or ""):
        return 0, len(message.body)
    first = message.body.find(b"\r\n\r\n")
    start = message.body.find(b"\r\n\r\n", first + 4) + 4
    return start, message.body.rfind(b"\r\n--")


def status_answer(status: int, retry_after: float | None) -> bytes:
    """Return the answer of a server that is too busy or broken; its body fits no provider, as a gateway's."""
    wait = f"Retry-After: {retry_after:g}\r\n" if retry_after is not None else ""
    return f"HTTP/1.1 {status} No\r\n{wait}Content-Length: 0\r\n\r\n".encode()


def name_to_create(request: Message) -> str | None:
    """
    Return the path of the object that a rewrite or a compose makes, if it must not be there yet.

    Google refuses such a request where the object exists; fake-gcs-server forgets to look.
    """
    path, _, query = request.target.partition("?")
    if request.method != "POST" or "ifGenerationMatch=0" not in query.split("&"):
        return None
    if path.endswith("/compose"):
        return path.removesuffix("/compose")
    start, is_rewrite, made = path.partition("/rewriteTo/b/")
    return f"{start[: start.index('/b/')]}/b/{made}" if is_rewrite else None
