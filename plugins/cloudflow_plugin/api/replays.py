"""`Idempotency-Key`: a write that is sent again, because its answer was lost, is not done again."""

from __future__ import annotations

import asyncio
import logging
import re
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

from fastapi import Header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudflow_lib.errors import CatalogError, CloudFlowError, SecretError, UnsupportedError, WrongInputError
from cloudflow_lib.ports.answer_book import OTHER_REQUEST, AnswerClaim, KeptAnswer
from cloudflow_lib.workflows.credentials import keyring_of
from cloudflow_lib.workflows.services import Services
from cloudflow_plugin.api.callers import known_caller
from cloudflow_plugin.api.context import context_of
from cloudflow_plugin.api.paths import SIGNING_IN, is_below, is_streamed, is_write
from cloudflow_plugin.api.problems import answer_to
from cloudflow_plugin.api.streamed import StreamedBody

log = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
SentKey = Annotated[str | None, Header(alias=HEADER, include_in_schema=False)]
"""What a handler asks for that names what it starts after the request; its form was looked at here."""
WELL_FORMED = re.compile(r"[\x21-\x7e]{1,255}")
CLAIMED = timedelta(minutes=5)
"""A claim that nobody renewed for so long belongs to a process that died."""
RENEWED_EVERY = timedelta(minutes=1)
LARGEST = 256 * 1024
"""A longer answer is not kept."""
PASSING = frozenset({401, 403, 404, 408, 409, 413, 423, 425, 429})
"""What the same request may get past a little later: not worth keeping."""
REFUSED, FAILED = 400, 500
TOLD_AGAIN = ("content-type", "location", "etag", "upload-offset", "upload-length", "upload-expires")
NO_STORE = "no-store"
"""The `Cache-Control` of an answer with a secret: it is kept, too, but sealed."""
SAID_OF_FILES = ("content-length", "upload-length", "upload-metadata")


class Replays:
    """Keeps the answers to writes with a key, and gives them again to whoever sends the same write again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Headers(scope=scope).get(HEADER) if is_write(scope) else None
        if key is None or is_below(scope, SIGNING_IN):
            await self._app(scope, receive, send)
            return
        try:
            write = await _identify(scope, receive, key)
            kept = None if write is None else await _claim(write, scope)
        except (CloudFlowError, HTTPException) as error:
            await answer_to(scope, error)(scope, receive, send)
            return
        if write is None:
            await self._app(scope, receive, send)
        elif kept is not None:
            await Response(kept.body, kept.status, {**kept.headers, REPLAYED: "true"})(scope, receive, send)
        else:
            await self._do(write, scope, send)

    async def _do(self, write: KeyedWrite, scope: Scope, send: Send) -> None:
        context = context_of(HTTPConnection(scope))
        services, recorder = context.services(), Recorder(send)
        until = services.clock() + timedelta(hours=context.settings().api.idempotency_hours)
        renewing = asyncio.create_task(_renew(write.claim, services))
        try:
            await self._app(scope, write.receive, recorder.send)
        finally:
            renewing.cancel()
            await run_in_threadpool(_settle, services, write.claim, recorder.answer(write.file), until)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedWrite:
    """A write with a key."""

    claim: AnswerClaim
    receive: Receive
    file: StreamedBody | None = None
    """Its body, if that goes through as it comes."""


async def _claim(write: KeyedWrite, scope: Scope) -> KeptAnswer | None:
    """Return what was answered to the same write before; None if it is to be done now."""
    services = context_of(HTTPConnection(scope)).services()
    until = services.clock() + CLAIMED
    kept = await run_in_threadpool(services.catalog.claim_answer, write.claim, until=until)
    if kept is not None and kept.is_sealed:
        kept = await run_in_threadpool(_opened, kept, write.claim, services)
    if kept is not None and kept.content is not None and write.file is not None:
        await write.file.skip()
        if write.file.digest != kept.content:
            raise WrongInputError(OTHER_REQUEST)
    return kept


async def _renew(claim: AnswerClaim, services: Services) -> None:
    """Hold a claim for as long as its request is at work: large files take hours."""
    while True:
        await asyncio.sleep(RENEWED_EVERY.total_seconds())
        with suppress(CatalogError):  # the next time is soon
            await run_in_threadpool(services.catalog.renew_claim, claim, until=services.clock() + CLAIMED)


def _settle(services: Services, claim: AnswerClaim, answer: KeptAnswer | None, until: datetime) -> None:
    """Note how it ended. The answer is out: where it cannot be noted, its sender is told nothing else any more."""
    try:
        if answer is None:
            services.catalog.release_answer(claim)
        else:
            kept = _sealed(answer, claim, services) if answer.is_sealed else answer
            services.catalog.keep_answer(claim, kept, until=until)
    except (CatalogError, SecretError, UnsupportedError) as error:
        log.warning("api.answer_not_kept error=%s", error)


def _sealed(answer: KeptAnswer, claim: AnswerClaim, services: Services) -> KeptAnswer:
    secret = {"body": b64encode(answer.body).decode()}
    return replace(answer, body=keyring_of(services).seal(secret, bound_to=claim.key))


def _opened(kept: KeptAnswer, claim: AnswerClaim, services: Services) -> KeptAnswer:
    return replace(kept, body=b64decode(keyring_of(services).open(kept.body, bound_to=claim.key)["body"]))


class Recorder:
    """Passes an answer on and remembers it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._headers = Headers()
        self._body = bytearray()
        self._is_whole = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], Headers(raw=message["headers"])
        elif message["type"] == "http.response.body":
            if len(self._body) <= LARGEST:
                self._body += message.get("body", b"")
            self._is_whole = not message.get("more_body", False)
        await self._send(message)

    def answer(self, file: StreamedBody | None) -> KeptAnswer | None:
        """
        Return what was answered, or None when it is not worth keeping: then the write may be tried again.

        *file* is the body, if it was streamed: of a refused one nobody knows whether all of it came.
        """
        is_refused = self._status >= (FAILED if file is None else REFUSED) or self._status in PASSING
        if not self._is_whole or is_refused or len(self._body) > LARGEST:
            return None
        told = {name: self._headers[name] for name in TOLD_AGAIN if name in self._headers}
        content = None if file is None else file.digest
        return KeptAnswer(
            status=self._status,
            headers=told,
            body=bytes(self._body),
            content=content,
            is_sealed=self._headers.get("cache-control") == NO_STORE,
        )


async def _identify(scope: Scope, receive: Receive, key: str) -> KeyedWrite | None:
    """Return what is known of a write by its *key*; None: nobody asks."""
    if not WELL_FORMED.fullmatch(key):
        raise WrongInputError(f"{HEADER}: use 1 to 255 visible ASCII characters, such as a UUID.")
    if (caller := await known_caller(HTTPConnection(scope))) is None:
        return None
    headers = Headers(scope=scope)
    piece = headers.get("upload-offset", "")  # clients of tus say one key for all pieces of a file
    place = (caller.user, scope["method"], scope["path"], scope.get("query_string", b"").decode("latin-1"), key, piece)
    name = sha256("\0".join(place).encode()).hexdigest()
    if is_streamed(scope):
        # What is in a file is known at its end only; what is said of it tells most others at once.
        said = "\0".join(headers.get(one, "") for one in SAID_OF_FILES)
        file = StreamedBody(headers, receive)
        claim = AnswerClaim(key=name, digest=sha256(said.encode()).hexdigest())
        return KeyedWrite(claim=claim, receive=file.receive, file=file)
    body = await _whole_body(receive)
    claim = AnswerClaim(key=name, digest=sha256(body).hexdigest())
    return KeyedWrite(claim=claim, receive=_again(body, receive))


async def _whole_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            # Half a body must not pass for a whole one: its answer would be kept for the one that is sent again.
            raise HTTPException(HTTPStatus.BAD_REQUEST, "The connection ended in the middle of the body.")
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    is_told = False

    async def receiving() -> Message:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving
