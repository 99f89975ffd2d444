"""What tells one upload from another that has the same length: a digest, made while the body goes through."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import Headers
from starlette.types import Message, Receive

FORM = b"multipart/form-data"
DIGEST_BYTES = 32


class StreamedBody:
    """Hands a body on as it comes; a form has the same digest whatever boundary it was sent with."""

    def __init__(self, headers: Headers, receive: Receive) -> None:
        self._receive = receive
        self._hash = blake2b(digest_size=DIGEST_BYTES)
        self._is_over = False
        self._is_whole = False
        kind, options = parse_options_header(headers.get("content-type", ""))
        boundary = options.get(b"boundary") if kind == FORM else None
        self._form = self._parser(boundary) if boundary else None

    async def receive(self) -> Message:
        """Return the next message of the body."""
        message = await self._receive()
        self._take(message.get("body", b""))
        self._is_whole |= message["type"] == "http.request" and not message.get("more_body", False)
        self._is_over = self._is_whole or message["type"] == "http.disconnect"
        return message

    async def skip(self) -> None:
        """Read what is left of it, for its digest alone."""
        while not self._is_over:
            await self.receive()

    @property
    def digest(self) -> str | None:
        """Return the digest of the whole body; None if its end was not read."""
        return self._hash.hexdigest() if self._is_whole else None

    def _take(self, piece: bytes) -> None:
        if self._form is None:
            self._hash.update(piece)
            return
        try:
            self._form.write(piece)
        except FormParserError:
            self._form = None  # the handler refuses it, too

    def _parser(self, boundary: bytes) -> MultipartParser | None:
        def part(data: bytes, start: int, stop: int) -> None:
            self._hash.update(data[start:stop])

        begin = partial(self._hash.update, b"\0")
        callbacks = {
            "on_part_begin": begin,
            "on_header_field": part,
            "on_header_value": part,
            "on_headers_finished": begin,
            "on_part_data": part,
        }
        try:
            return MultipartParser(boundary, callbacks)  # type: ignore[arg-type]  # a dict of some of its callbacks
        except FormParserError:
            return None  # longer than a boundary may be: the handler refuses it, too
