"""The bytes of files, whole or in ranges; each reading counts as an access."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from cloudflow_lib.domain.incoming import UNKNOWN_TYPE
from cloudflow_lib.domain.objects import ByteSpan
from cloudflow_lib.workflows.read_file import read_file, visible_file
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.etags import is_same
from cloudflow_plugin.api.fields import FileId
from cloudflow_plugin.api.problems import problem
from cloudflow_plugin.api.spans import UnsatisfiableError, asked_span

router = APIRouter(prefix="/files", tags=["files"])

BYTES = {"content": {UNKNOWN_TYPE: {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/{file_id}/content",
    response_class=Response,
    responses={
        200: {**BYTES, "description": "The whole file."},
        206: {**BYTES, "description": "The range that was asked for."},
        304: {"description": "The file is still the version that `If-None-Match` names."},
        416: {"description": "The range lies behind the end of the file."},
    },
)
async def content_of_file(file_id: FileId, request: Request, caller: CallerDep, services: ServicesDep) -> Response:
    """Download a file; `Range`, `If-Range` and `If-None-Match` do what RFC 9110 says."""
    file = await run_in_threadpool(visible_file, file_id, caller.sees_owner, services)
    tag = f'"{quote(file.version)}"'
    headers = {"Accept-Ranges": "bytes", "ETag": tag}
    if is_same(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        span = asked_span(request.headers, file.size_bytes, tag)
    except UnsatisfiableError:
        said = f"This file has {file.size_bytes:,} bytes, and the range begins behind them."
        headers["Content-Range"] = f"bytes */{file.size_bytes}"
        return problem(request.scope, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, said, headers=headers)
    status = HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{file.size_bytes}"
    wanted = span or ByteSpan(0, file.size_bytes)
    pieces = await run_in_threadpool(read_file, file, wanted, services)
    headers["Content-Length"] = str(wanted.size_bytes)
    headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.key.rpartition('/')[2], safe='')}"
    return StreamingResponse(pieces, status, headers, media_type=_safe(file.content_type))


def _safe(content_type: str | None) -> str:
    """Return the type if it can stand in a header as it is: stores hand out what anybody once put in."""
    if content_type and content_type.isascii() and content_type.isprintable():
        return content_type
    return UNKNOWN_TYPE
