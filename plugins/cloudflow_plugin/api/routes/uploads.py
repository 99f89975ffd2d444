"""Sending a file in pieces that may be carried on with: the tus protocol 1.0."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cloudflow_lib.domain.incoming import ResumableUpload
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.resumable_uploads import Standing, begin_resumable, standing_of
from cloudflow_lib.workflows.resume_upload import discard_resumable
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.upload_plan import UploadWish
from cloudflow_plugin.api import fields, tus
from cloudflow_plugin.api.callers import WriterDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.paths import RESUMABLE, TUS_VERSION
from cloudflow_plugin.api.turns import receive_pieces, turns_of

router = APIRouter(prefix="/uploads", tags=["upload"])

PIECE = {
    "requestBody": {"content": {tus.PIECE: {"schema": {"type": "string", "format": "binary"}}}},
}


class UploadsQuery(fields.Request):
    """Where the file goes; `Upload-Metadata` may say the same, with the names `filename` and `filetype`."""

    location_id: fields.Handle | None = Field(None, examples=["s3-main"])
    folder: fields.Key = ""
    name: fields.Key | None = None
    replaces: fields.Text | None = None


class UploadState(fields.Answer):
    """How far an upload has come."""

    upload_id: str
    location_id: str
    name: str
    size_bytes: int
    offset: int = Field(description="How many bytes are durable.")
    begun_at: AwareDatetime
    expires_at: AwareDatetime
    file_id: str | None = Field(description="The file that it became.")


@router.options("", status_code=204, responses={204: {"description": "What of tus is spoken here."}})
async def tus_options(services: ServicesDep) -> Response:
    """Tell what of the tus protocol is spoken here."""
    headers = {
        "Tus-Version": TUS_VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Max-Size": str(services.upload_limits.max_resumable_bytes),
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


@router.post("", status_code=201, response_class=Response, openapi_extra=PIECE)
async def begin_upload(
    request: Request, query: Annotated[UploadsQuery, Query()], caller: WriterDep, services: ServicesDep
) -> Response:
    """Begin an upload of `Upload-Length` bytes; its first piece may come along."""
    headers = request.headers
    tus.require_version(headers)
    size_bytes = tus.number_in(headers, "Upload-Length")
    wish = _wish(query, tus.metadata_in(headers), caller.user)
    upload = await run_in_threadpool(begin_resumable, wish, size_bytes, services)
    place = f"{request.scope.get('root_path', '')}{RESUMABLE}/{upload.upload_id}"
    if headers.get("content-type", "").startswith(tus.PIECE) or size_bytes == 0:
        await receive_pieces(request, upload.upload_id, caller.user, 0, services)
    standing = await run_in_threadpool(standing_of, upload.upload_id, caller.user, services)
    return Response(status_code=HTTPStatus.CREATED, headers={**tus.told(standing), "Location": place})


def _wish(query: UploadsQuery, given: Mapping[str, str], user: str) -> UploadWish:
    location_id = query.location_id or given.get("location_id")
    name = query.name or given.get("filename") or given.get("name")
    if not location_id or not name:
        raise WrongInputError("say location_id and filename, in the query or in Upload-Metadata")
    folder = (query.folder or given.get("folder", "")).rstrip("/")
    return UploadWish(
        user=user,
        location_id=location_id,
        name=f"{folder}/{name}" if folder else name,
        content_type=given.get("filetype") or given.get("type") or None,
        replaces=query.replaces or given.get("replaces") or None,
    )


@router.head("/{upload_id}", response_class=Response)
async def where_upload_stands(
    upload_id: fields.FileId, request: Request, caller: WriterDep, services: ServicesDep
) -> Response:
    """Tell in headers where to go on; a connection that broke is given up for that."""
    tus.require_version(request.headers)
    standing = await _settled(upload_id, request, caller.user, services)
    return Response(headers={**tus.told(standing), "Cache-Control": "no-store"})


async def _settled(upload_id: str, request: Request, user: str, services: Services) -> Standing:
    """Return where it stands once nobody sends here; if only its end is missing, that is done first."""
    await run_in_threadpool(standing_of, upload_id, user, services)  # what belongs to others is not disturbed
    await turns_of(request).end(upload_id)
    standing = await run_in_threadpool(standing_of, upload_id, user, services)
    if standing.waits_for_its_end:
        await receive_pieces(request, upload_id, user, None, services)
        standing = await run_in_threadpool(standing_of, upload_id, user, services)
    return standing


@router.get("/{upload_id}")
async def look_at_upload(upload_id: fields.FileId, caller: WriterDep, services: ServicesDep) -> UploadState:
    """Look how far an upload has come, and which file it became."""
    standing = await run_in_threadpool(standing_of, upload_id, caller.user, services)
    return _state(standing.upload, standing.offset)


def _state(upload: ResumableUpload, offset: int) -> UploadState:
    return UploadState(
        upload_id=upload.upload_id,
        location_id=upload.location_id,
        name=upload.key,
        size_bytes=upload.size_bytes,
        offset=offset,
        begun_at=upload.begun_at,
        expires_at=upload.expires_at,
        file_id=upload.file_id,
    )


@router.patch("/{upload_id}", status_code=204, response_class=Response, openapi_extra=PIECE)
async def go_on_with_upload(
    upload_id: fields.FileId, request: Request, caller: WriterDep, services: ServicesDep
) -> Response:
    """Send the bytes from `Upload-Offset` on; with the last one the file is stored, proved and catalogued as warm."""
    tus.require_version(request.headers)
    tus.require_piece(request.headers)
    offset = tus.number_in(request.headers, "Upload-Offset")
    standing = await run_in_threadpool(standing_of, upload_id, caller.user, services)
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and offset + int(announced) > standing.upload.size_bytes:
        raise WrongInputError(f"more bytes were announced than the {standing.upload.size_bytes:,} of Upload-Length")
    if standing.upload.file_id is None:
        await receive_pieces(request, upload_id, caller.user, offset, services)
        standing = await run_in_threadpool(standing_of, upload_id, caller.user, services)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=tus.told(standing))


@router.delete("/{upload_id}", status_code=204, response_class=Response)
async def take_upload_back(
    upload_id: fields.FileId, request: Request, caller: WriterDep, services: ServicesDep
) -> Response:
    """Take an unfinished upload back; nothing of it stays."""
    tus.require_version(request.headers)
    await run_in_threadpool(standing_of, upload_id, caller.user, services)
    await turns_of(request).end(upload_id)
    await run_in_threadpool(discard_resumable, upload_id, caller.user, services)
    return Response(status_code=HTTPStatus.NO_CONTENT)
