"""The words of the tus protocol 1.0 (https://tus.io/protocols/resumable-upload): its headers, read and written."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC
from email.utils import format_datetime
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.resumable_uploads import Standing
from cloudflow_plugin.api.paths import TUS_VERSION

EXTENSIONS = "creation,creation-with-upload,expiration,termination"
PIECE = "application/offset+octet-stream"
MOST_METADATA = 8192
DIGITS = 18


def require_version(headers: Headers) -> None:
    """Refuse any other version of the protocol than ours."""
    if headers.get("tus-resumable") != TUS_VERSION:
        said = f"send `Tus-Resumable: {TUS_VERSION}`: uploads in pieces speak this version of the tus protocol only"
        raise HTTPException(HTTPStatus.PRECONDITION_FAILED, said, {"Tus-Version": TUS_VERSION})


def number_in(headers: Headers, name: str) -> int:
    """
    Return the number in the header *name*.

    Raises:
        WrongInputError: It is missing, or no such number.
    """
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise WrongInputError(f"{name} must be a number of bytes")
    return int(text)


def require_piece(headers: Headers) -> None:
    """Refuse a body that is not sent as a piece of a file."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != PIECE:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"a piece of a file has `Content-Type: {PIECE}`")


def metadata_in(headers: Headers) -> Mapping[str, str]:
    """
    Return what `Upload-Metadata` says.

    Raises:
        WrongInputError: It is not of the form `name base64,name base64`.
    """
    given = headers.get("upload-metadata", "")
    if len(given) > MOST_METADATA:
        raise WrongInputError(f"Upload-Metadata has {MOST_METADATA:,} characters at most")
    found = {}
    for pair in filter(None, (one.strip() for one in given.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise WrongInputError("Upload-Metadata: each value is base64 of UTF-8") from error
    return found


def told(standing: Standing) -> dict[str, str]:
    """Return the headers that tell how far an upload is."""
    upload = standing.upload
    headers = {"Upload-Offset": str(standing.offset), "Upload-Length": str(upload.size_bytes)}
    if upload.file_id is None:
        headers["Upload-Expires"] = format_datetime(upload.expires_at.astimezone(UTC), usegmt=True)
    return headers
