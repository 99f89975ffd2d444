"""One request at a time sends an upload's pieces; whoever comes back ends the turn of a connection that broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.errors import CloudFlowError, UploadBusyError
from cloudflow_lib.workflows.resume_upload import ResumedUpload
from cloudflow_lib.workflows.services import Services

PATIENCE_SECONDS = 10.0


@dataclass(eq=False)
class Turn:
    """The request that sends pieces of one upload in this process."""

    must_end: asyncio.Event = field(default_factory=asyncio.Event)
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)


class Turns:
    """The turns of one app."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}

    async def end(self, upload_id: str) -> None:
        """
        End the turn of *upload_id*, if there is one here: what it got is kept.

        A sender that lost its connection comes back before the server has noticed that it left.
        """
        if turn := self._turns.get(upload_id):
            turn.must_end.set()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await turn.has_ended.wait()
            except TimeoutError:
                return  # the upload itself says that it is busy

    @asynccontextmanager
    async def take(self, upload_id: str) -> AsyncIterator[Turn]:
        """Take the turn, after whoever has it now."""
        await self.end(upload_id)
        turn = self._turns[upload_id] = Turn()
        try:
            yield turn
        finally:
            turn.has_ended.set()
            if self._turns.get(upload_id) is turn:
                del self._turns[upload_id]


def turns_of(connection: HTTPConnection) -> Turns:
    """Return the turns of the app that this request went to."""
    state: Any = connection.app.state
    if not hasattr(state, "turns"):
        state.turns = Turns()
    return cast("Turns", state.turns)


async def receive_pieces(
    request: Request, upload_id: str, user: str, offset: int | None, services: Services
) -> CatalogFile | None:
    """
    Take what this request brings, and return the file if that was the end of it.

    Raises:
        CloudFlowError: As `ResumedUpload`; what came before is kept.
        ClientDisconnect: The client vanished; what came is kept.
    """
    async with turns_of(request).take(upload_id) as turn:
        upload = await run_in_threadpool(ResumedUpload, upload_id, user, services, offset=offset)
        try:
            async with aclosing(_until(request, turn.must_end)) as pieces:
                async for piece in pieces:
                    if upload.take(piece):
                        await run_in_threadpool(upload.send)
        except BaseException:
            await asyncio.shield(run_in_threadpool(_keep, upload))
            raise
        if not upload.is_whole:
            await run_in_threadpool(upload.pause)
            return None
        return await run_in_threadpool(upload.finish)


def _keep(upload: ResumedUpload) -> None:
    """Keep what came, if the catalogue can be reached: without that the parts that were sent are kept."""
    try:
        upload.pause()
    except CloudFlowError:
        return


async def _until(request: Request, must_end: asyncio.Event) -> AsyncGenerator[bytes]:
    """Yield the body's pieces until its end, or until somebody else wants the turn."""
    stream = request.stream()
    coming: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
    ending = asyncio.create_task(must_end.wait())
    try:
        while True:
            coming = asyncio.ensure_future(anext(stream, None))
            await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                raise UploadBusyError("another request went on with this upload")
            if (piece := coming.result()) is None:
                return
            if piece:
                yield piece
    finally:
        for waiting in (coming, ending):
            waiting.cancel()
        await asyncio.gather(coming, ending, return_exceptions=True)
