"""
The one request that makes an object in Google Cloud Storage, without the SDK: that copies the bytes four times.

What describes the object and its bytes travel together, as https://cloud.google.com/storage/docs/uploading-objects
says under "JSON API, multipart upload".
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cloudflow_lib.adapters.stores.checksums import base64_of_hex, hex_of_base64
from cloudflow_lib.adapters.stores.metadata import PLAIN_TYPE
from cloudflow_lib.domain.objects import ChecksumKind, ObjectTraits

NAMES = {
    "content-encoding": "contentEncoding",
    "cache-control": "cacheControl",
    "content-disposition": "contentDisposition",
    "content-language": "contentLanguage",
}


def upload_url(bucket: str, endpoint_url: str | None) -> str:
    """Return where objects of *bucket* are made."""
    origin = (endpoint_url or "https://storage.googleapis.com").rstrip("/")
    return f"{origin}/upload/storage/v1/b/{quote(bucket, safe='')}/o?uploadType=multipart"


def resource_of(key: str, traits: ObjectTraits, crc: str, *, has_classes: bool) -> dict[str, Any]:
    """Return the description of an object whose bytes have this CRC32C, in hexadecimal."""
    resource: dict[str, Any] = {
        "name": key,
        "contentType": traits.content_type or PLAIN_TYPE,
        "crc32c": base64_of_hex(crc),  # Google refuses the object if it computes another one
        **{NAMES[name]: value for name, value in traits.headers.items()},
    }
    if traits.metadata:
        resource["metadata"] = dict(traits.metadata)
    if traits.storage_class and has_classes:
        resource["storageClass"] = traits.storage_class
    return resource


def related(resource: Mapping[str, Any], data: bytes | memoryview) -> tuple[str, bytes]:
    """Return the content type and the body that carry an object and its description."""
    boundary = secrets.token_hex(16)
    parts = (
        f"--{boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n{json.dumps(resource)}\r\n".encode(),
        f"--{boundary}\r\ncontent-type: {resource['contentType']}\r\n\r\n".encode(),
        data,
        f"\r\n--{boundary}--".encode(),
    )
    return f"multipart/related; boundary={boundary}", b"".join(parts)


def checksums_told(resource: Mapping[str, Any]) -> dict[ChecksumKind, str]:
    """Return the checksums in Google's own words about an object, in hexadecimal; it computes both itself."""
    kinds = {ChecksumKind.CRC32C: resource.get("crc32c"), ChecksumKind.MD5: resource.get("md5Hash")}
    return {kind: hex_of_base64(value) for kind, value in kinds.items() if value}
