"""Files in the body of one request, handed on as they come: never on disk, never more than a part in memory."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.errors import CloudFlowError, WrongInputError
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.upload_file import FileUpload
from cloudflow_lib.workflows.upload_plan import UploadWish

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

log = logging.getLogger(__name__)

BROKEN = "the body is no multipart/form-data as RFC 7578 describes it, or it ended in the middle"
DRAINED_BYTES = 64 * 1024 * 1024
"""What is read and thrown away behind a refused file, so that those after it still arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of one file of a request."""

    name: str
    file: CatalogFile | None = None
    error: CloudFlowError | None = None


@dataclass(slots=True)
class _Head:
    """The headers of one part of the body."""

    field: bytes = b""
    value: bytes = b""
    disposition: bytes = b""
    content_type: bytes = b""

    def end_header(self) -> None:
        match self.field.lower():
            case b"content-disposition":
                self.disposition = self.value
            case b"content-type":
                self.content_type = self.value
        self.field = self.value = b""

    def file_name(self) -> str | None:
        """Return the name of the file; None for a part that is none."""
        _, options = parse_options_header(self.disposition)
        name = options.get(b"filename")
        return None if name is None else name.decode("utf-8", "surrogateescape")


Step = tuple[str, object]
"""What the parser came across: `begin` with a head, `data` with bytes, `end`."""


@asynccontextmanager
async def _uploading(wish: UploadWish, services: Services) -> AsyncIterator[FileUpload]:
    upload = await run_in_threadpool(FileUpload, wish, services)
    try:
        yield upload
    finally:
        await run_in_threadpool(upload.__exit__, None, None, None)


async def _pour(upload: FileUpload, piece: bytes) -> None:
    if upload.take(piece):
        await run_in_threadpool(upload.send)


async def receive_raw(request: Request, wish: UploadWish, services: Services) -> Received:
    """
    Take the whole body as one file.

    Raises:
        WrongInputError: The body has not as many bytes as its Content-Length said.
        ClientDisconnect: The client vanished; nothing of the file stays.
    """
    announced = request.headers.get("content-length")
    came = 0
    async with _uploading(wish, services) as upload:
        if announced is not None and announced.isdigit():
            upload.require_fits(int(announced))
        async for piece in request.stream():
            came += len(piece)
            await _pour(upload, piece)
        if announced is not None and announced != str(came):
            raise WrongInputError(f"the body has {came:,} bytes, but its Content-Length is {announced[:20]}")
        return Received(name=wish.name, file=await run_in_threadpool(upload.finish))


class FormReceiver:
    """The files of one multipart form, one after the other; a refused one does not keep the others from arriving."""

    def __init__(self, wish: UploadWish, folder: str, services: Services) -> None:
        self._wish = wish
        self._folder = folder
        self._services = services
        self._steps: list[Step] = []
        self._head = _Head()
        self._is_whole = False
        self._drained = 0
        self._upload: FileUpload | None = None
        self._stack = AsyncExitStack()
        self.received: list[Received] = []

    async def receive(self, request: Request) -> list[Received]:
        """
        Return what became of each file, in their order.

        Raises:
            WrongInputError: The body is broken; files that were whole before are stored.
            ClientDisconnect: The client vanished; nothing of the last file stays.
        """
        _, options = parse_options_header(request.headers.get("content-type", ""))
        try:
            parser = MultipartParser(options.get(b"boundary", b""), self._callbacks())
            async with self._stack:
                async for chunk in request.stream():
                    parser.write(chunk)
                    await self._take_steps()
                if not self._is_whole:
                    raise WrongInputError(BROKEN)
        except FormParserError as error:
            raise WrongInputError(BROKEN) from error
        return self.received

    def _callbacks(self) -> MultipartCallbacks:
        def put(name: str, value: object = None) -> None:
            self._steps.append((name, value))

        def begin() -> None:
            self._head = _Head()

        def field(data: bytes, start: int, stop: int) -> None:
            self._head.field += data[start:stop]

        def value(data: bytes, start: int, stop: int) -> None:
            self._head.value += data[start:stop]

        def end_header() -> None:
            self._head.end_header()

        def end() -> None:
            self._is_whole = True

        return {
            "on_part_begin": begin,
            "on_header_field": field,
            "on_header_value": value,
            "on_header_end": end_header,
            "on_headers_finished": lambda: put("begin", self._head),
            "on_part_data": lambda data, start, stop: put("data", data[start:stop]),
            "on_part_end": partial(put, "end"),
            "on_end": end,
        }

    async def _take_steps(self) -> None:
        steps, self._steps = self._steps, []
        for name, value in steps:
            match name, value:
                case "begin", _Head() as head:
                    await self._begin(head)
                case "data", bytes() as piece:
                    await self._data(piece)
                case "end", _:
                    await self._end()

    async def _begin(self, head: _Head) -> None:
        name = head.file_name()
        if name is None:
            raise WrongInputError("every part of the form must be a file: what else is to be said goes into the query")
        if len(self.received) >= self._services.upload_limits.max_files:
            raise WrongInputError(f"at most {self._services.upload_limits.max_files} files in one request")
        content_type = head.content_type.decode("latin-1") or None
        wish = replace(self._wish, name=self._folder + name, content_type=content_type)
        self.received.append(Received(name=name))
        try:
            self._upload = await self._stack.enter_async_context(_uploading(wish, self._services))
        except CloudFlowError as error:
            self._refuse(error)

    async def _data(self, piece: bytes) -> None:
        if self._upload is None:
            self._drained += len(piece)
            if self._drained > DRAINED_BYTES and (error := self.received[-1].error):
                raise error
            return
        try:
            await _pour(self._upload, piece)
        except CloudFlowError as error:
            self._refuse(error)

    async def _end(self) -> None:
        if self._upload is not None:
            try:
                file = await run_in_threadpool(self._upload.finish)
                self.received[-1] = replace(self.received[-1], file=file)
            except CloudFlowError as error:
                self._refuse(error)
        self._upload = None
        await self._stack.aclose()

    def _refuse(self, error: CloudFlowError) -> None:
        log.info("upload.refused name=%r error=%s", self.received[-1].name, error)
        self.received[-1] = replace(self.received[-1], error=error)
        self._upload = None
