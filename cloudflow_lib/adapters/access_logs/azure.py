"""
Azure Blob storage logs: the classic `$logs` text (versions 1.0 and 2.0) and the resource logs in JSON.

Classic lines are parted by semicolons; fields that may hold one are quoted and HTML-encoded. Both
tell the object twice: as the request's encoded URL, and as `/account/container/blob` or, for the
source of a copy, as another URL. The request's URL says which bytes the name really has, the other
one which object is meant where the two differ.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

from cloudflow_lib.adapters.access_logs.times import iso_time
from cloudflow_lib.domain.access import AccessKind, AccessRecord, BrokenLine

KINDS: Mapping[str, AccessKind] = {
    **dict.fromkeys(("GetBlob", "CopyBlobSource"), AccessKind.READ),
    **dict.fromkeys(
        ("PutBlob", "PutBlock", "PutBlockList", "PutBlobFromURL", "PutPage", "CopyBlob", "AppendBlock"),
        AccessKind.WRITE,
    ),
    **dict.fromkeys(("DeleteBlob",), AccessKind.DELETE),
}
COPY_SOURCE = "CopyBlobSource"
ACCEPTED = 202
READS = frozenset({200, 206})
VERSIONS = frozenset({"1.0", "2.0"})
FIELDS = 30
FIELDS_WITH_USER = 36


class AzureClassicReader:
    """Read the lines of `$logs/blob/YYYY/MM/DD/hh00/NNNNNN.log`."""

    def read_lines(self, lines: Iterable[bytes]) -> Iterator[AccessRecord | BrokenLine]:
        for raw in lines:
            line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if not line:
                continue
            try:
                # One reader per line: a quote that is never closed must not swallow the lines behind it.
                yield _classic(next(csv.reader((line,), delimiter=";")))
            except (ValueError, csv.Error) as error:
                yield BrokenLine(line, f"not a line of an Azure storage log: {error}")


def _classic(fields: list[str]) -> AccessRecord:
    if len(fields) < FIELDS or fields[0] not in VERSIONS:
        raise ValueError(f"{len(fields)} fields of version {fields[0][:20]!r}")
    bucket, key = _place(_plain(fields[11]), _plain(fields[12]), fields[9]) if fields[10] == "blob" else ("", "")
    signed_in = fields[30] if len(fields) >= FIELDS_WITH_USER else ""
    return AccessRecord(
        line_id=f"{fields[13]} {fields[14]}",
        at=iso_time(fields[1]),
        kind=_kind(fields[2], int(fields[4] or 0)) if bucket else AccessKind.OTHER,
        operation=fields[2],
        bucket=bucket,
        key=key,
        size_bytes=int(fields[20] or 0),
        requester=signed_in or fields[8] or None,
        user_agent=_plain(fields[27]) or None,
    )


class AzureResourceReader:
    """Read the JSON lines of `insights-logs-storageread/…/PT1H.json` and its sisters for writes and deletes."""

    def read_lines(self, lines: Iterable[bytes]) -> Iterator[AccessRecord | BrokenLine]:
        for raw in lines:
            line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if not line.strip():
                continue
            try:
                yield _resource(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                yield BrokenLine(line, f"not a line of an Azure resource log: {type(error).__name__} {error}")


def _resource(entry: Mapping[str, Any]) -> AccessRecord:
    properties: Mapping[str, Any] = entry.get("properties") or {}
    asker: Mapping[str, Any] = (entry.get("identity") or {}).get("requester") or {}
    bucket, key = _place(entry.get("uri") or "", properties.get("objectKey") or "", properties.get("accountName") or "")
    operation = str(entry["operationName"])
    return AccessRecord(
        line_id=f"{entry['correlationId']} {properties.get('operationCount', 0)}",
        at=iso_time(entry["time"]),
        kind=_kind(operation, int(entry["statusCode"])) if bucket else AccessKind.OTHER,
        operation=operation,
        bucket=bucket,
        key=key,
        size_bytes=int(properties.get("responseBodySize") or 0),
        requester=asker.get("objectId") or asker.get("appId") or properties.get("accountName"),
        user_agent=properties.get("userAgentHeader"),
    )


def _kind(operation: str, status: int) -> AccessKind:
    kind = KINDS.get(operation, AccessKind.OTHER)
    if kind is AccessKind.READ:
        # The copy of a blob is only accepted while its source is read.
        return kind if status in READS or (operation == COPY_SOURCE and status == ACCEPTED) else AccessKind.OTHER
    return kind if status // 100 == 2 else AccessKind.OTHER  # noqa: PLR2004  # every 2xx is a success


def _place(url: str, object_key: str, account: str) -> tuple[str, str]:
    """Return container and blob; both are empty where the request was for the account."""
    sent = _path(url, account)
    if object_key.startswith(("http://", "https://")):
        meant = _path(object_key, account)
    else:
        meant = object_key.removeprefix(f"/{account}").removeprefix("/")
        if meant == sent or ("%" in meant and unquote(meant, errors="surrogateescape") == sent):
            meant = ""
    container, _, blob = (meant or sent).partition("/")
    return container, blob


def _path(url: str, account: str) -> str:
    """Return `container/blob`, decoded; endpoints without a name of their own put the account before it."""
    parts = urlsplit(url)
    path = parts.path.removeprefix("/")
    if account and not parts.netloc.startswith(f"{account}."):
        path = path.removeprefix(f"{account}/")
    return unquote(path, errors="surrogateescape") if "%" in path else path


def _plain(field: str) -> str:
    return unescape(field) if "&" in field else field
