"""Sending files: many in a form, or one as the body."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse

from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.upload_plan import UploadWish
from cloudflow_plugin.api import fields
from cloudflow_plugin.api.callers import WriterDep
from cloudflow_plugin.api.problems import kind_of, status_of
from cloudflow_plugin.api.receiving import FormReceiver, Received, receive_raw
from cloudflow_plugin.api.rights import ActingServicesDep
from cloudflow_plugin.api.routes.files import File, file_out

router = APIRouter(tags=["upload"])

FORM = "multipart/form-data"
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    "required": ["file"],
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class UploadQuery(fields.Request):
    """Where the files go."""

    location_id: fields.Handle = Field(examples=["s3-main"])
    folder: fields.Key = Field("", description="In front of every name.", examples=["reports/2026"])
    name: fields.Key | None = Field(None, description="The name of a file that is the body itself.")
    replaces: fields.Text | None = Field(None, description="The version of the one file that is to be replaced.")


class UploadedFile(fields.Answer):
    """What became of one file."""

    name: str
    file: File | None = Field(description="Null if it was refused.")
    status: int = Field(examples=[201, 409])
    problem: str | None = Field(description="The kind of the problem.", examples=["object-exists"])
    detail: str | None = Field(description="What was wrong, in one line.")


class Uploaded(fields.Answer):
    """What became of each file, in their order."""

    files: list[UploadedFile]


@router.post(
    "/upload",
    status_code=201,
    response_model=Uploaded,
    openapi_extra=BODY,
    responses={207: {"model": Uploaded, "description": "Some files, or all of several, were refused."}},
)
async def upload_files(
    request: Request, query: Annotated[UploadQuery, Query()], caller: WriterDep, services: ActingServicesDep
) -> JSONResponse:
    """
    Send files, streamed to the store: as parts of a form, or one as the body with its `name` in the query.

    Each is wholly stored and catalogued as warm, or not there at all. A single refused file is
    answered with its problem; of several, each tells how it went.
    """
    folder = query.folder.rstrip("/") + "/" if query.folder.rstrip("/") else ""
    wish = UploadWish(
        user=caller.user, location_id=query.location_id, name=folder + (query.name or ""), replaces=query.replaces
    )
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() == FORM:
        received = await FormReceiver(wish, folder, services).receive(request)
    elif query.name:
        received = [await receive_raw(request, replace(wish, content_type=content_type or None), services)]
    else:
        raise WrongInputError("send a form with files, or a body with its name in the query")
    if not received:
        raise WrongInputError("there is no file in the form")
    if len(received) == 1 and received[0].error:
        raise received[0].error
    status = HTTPStatus.MULTI_STATUS if any(one.error for one in received) else HTTPStatus.CREATED
    return JSONResponse(Uploaded(files=[_told(one) for one in received]).model_dump(mode="json"), status)


def _told(one: Received) -> UploadedFile:
    name = one.name.encode("utf-8", "backslashreplace").decode()
    if one.error is not None:
        return UploadedFile(
            name=name, file=None, status=status_of(one.error), problem=kind_of(one.error), detail=str(one.error)
        )
    file = file_out(one.file) if one.file else None
    return UploadedFile(name=name, file=file, status=HTTPStatus.CREATED, problem=None, detail=None)
