"""Which object names each provider allows; emulators take more, so we look before any request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.errors import InvalidNameError

MAX_NAME_BYTES = 1024
MAX_AZURE_SEGMENTS = 254
GCS_PARTS_PREFIX = ".cloudflow-uploads/"
"""Where unfinished uploads to Google Cloud Storage keep their parts; see `gcs_uploads`."""

AZURE_MANGLED = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
"""Control characters are refused or lost by Azure, and a backslash arrives there as a slash."""
NOT_FOR_OBSTORE = re.compile(r"[\x00-\x1f\x7f]|^/|/$|//|(^|/)\.{1,2}(/|$)")


def check_key(provider: Provider, key: str) -> None:
    """Raise InvalidNameError if *provider* cannot keep an object called *key* under exactly this name."""
    if reason := RULES[provider](key):
        raise InvalidNameError(f"{key!r} is no name for an object here: {reason}; choose another name")


def obstore_keeps(key: str) -> bool:
    """Whether obstore asks for *key* as it is: it drops outer slashes and rejects some segments."""
    return NOT_FOR_OBSTORE.search(key) is None


def _check_bytes(key: str) -> str | None:
    if not key:
        return "it is empty"
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    return f"it has {size:,} bytes, {MAX_NAME_BYTES:,} are allowed" if size > MAX_NAME_BYTES else None


def _check_s3(key: str) -> str | None:
    depth = 0
    for segment in key.split("/"):
        depth += -1 if segment == ".." else 1
        if depth < 0:
            return "its `..` lead out of the bucket"
    return _check_bytes(key)


def _check_azure(key: str) -> str | None:
    if not key:
        return "it is empty"
    if len(key) > MAX_NAME_BYTES:
        return f"it has {len(key):,} characters, {MAX_NAME_BYTES:,} are allowed"
    if AZURE_MANGLED.search(key):
        return "Azure takes no control characters and no backslash"
    if any(segment.endswith(".") for segment in key.split("/")):
        return "Azure drops the dot at the end of a name or segment"
    if key.count("/") >= MAX_AZURE_SEGMENTS:
        return f"it has more than {MAX_AZURE_SEGMENTS} segments"
    return None if key.isascii() else _check_unicode(key)


def _check_unicode(key: str) -> str | None:
    try:
        key.encode()
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    return None


def _check_gcs(key: str) -> str | None:
    if key in {".", ".."} or "\r" in key or "\n" in key or key.startswith(".well-known/acme-challenge/"):
        return "Google Cloud Storage takes no line breaks, no `.` or `..`, no `.well-known/acme-challenge/`"
    if key.startswith(GCS_PARTS_PREFIX):
        return f"{GCS_PARTS_PREFIX!r} is where unfinished uploads keep their parts"
    return _check_bytes(key)


RULES: Mapping[Provider, Callable[[str], str | None]] = {
    Provider.S3: _check_s3,
    Provider.AZURE: _check_azure,
    Provider.GCS: _check_gcs,
    Provider.MEMORY: _check_bytes,
}
