"""
GCS usage logs: CSV with a header, all fields quoted.

They name nobody (`cs_bucket` and `cs_object` tell what was read, an address and a user agent by whom),
so that the platform's own requests show only by their user agent.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from cloudflow_lib.domain.access import AccessKind, AccessRecord, BrokenLine

COLUMNS = (
    *("time_micros", "c_ip", "c_ip_type", "c_ip_region", "cs_method", "cs_uri", "sc_status", "cs_bytes", "sc_bytes"),
    *("time_taken_micros", "cs_host", "cs_referer", "cs_user_agent", "s_request_id", "cs_operation"),
    *("cs_bucket", "cs_object"),
)
NEEDED = ("time_micros", "sc_status", "sc_bytes", "cs_uri", "cs_user_agent", "s_request_id", "cs_operation")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
READS = frozenset({"200", "206"})

KINDS: Mapping[str, AccessKind] = {
    **dict.fromkeys(("GET_Object", "storage.objects.get"), AccessKind.READ),
    **dict.fromkeys(
        (
            *("PUT_Object", "POST_Object", "COPY_Object", "storage.objects.insert", "storage.objects.compose"),
            *("storage.objects.copy", "storage.objects.rewrite"),
        ),
        AccessKind.WRITE,
    ),
    **dict.fromkeys(("DELETE_Object", "storage.objects.delete"), AccessKind.DELETE),
}
JSON_API_GET = "storage.objects.get"


class GcsReader:
    """Read usage logs, with the columns their header names; storage logs in the same bucket say nothing here."""

    def read_lines(self, lines: Iterable[bytes]) -> Iterator[AccessRecord | BrokenLine]:
        columns = {name: place for place, name in enumerate(COLUMNS)}
        for raw in lines:
            line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if not line:
                continue
            try:
                # One reader per line: a quote that is never closed must not swallow the lines behind it.
                fields = next(csv.reader((line,), strict=True))
                if fields[0] == COLUMNS[0]:
                    columns = _columns(fields)
                else:
                    yield _record(fields, columns)
            except (ValueError, KeyError, OverflowError, csv.Error) as error:
                yield BrokenLine(line, f"not a line of a GCS usage log: {error}")


def _columns(header: list[str]) -> dict[str, int]:
    columns = {name: place for place, name in enumerate(header)}
    if missing := [name for name in (*NEEDED, "cs_bucket", "cs_object") if name not in columns]:
        raise ValueError(f"the header lacks {', '.join(missing)}")
    return columns


def _record(fields: list[str], columns: Mapping[str, int]) -> AccessRecord:
    if len(fields) != len(columns):
        raise ValueError(f"{len(fields)} fields instead of {len(columns)}")
    time, status, sent, uri, agent, request_id, operation = [fields[columns[name]] for name in NEEDED]
    bucket, key = fields[columns["cs_bucket"]], fields[columns["cs_object"]]
    kind = KINDS.get(operation, AccessKind.OTHER)
    if kind is AccessKind.READ:
        good = status in READS and bool(key) and (operation != JSON_API_GET or _asks_for_data(uri))
    else:
        good = status.startswith("2")
    return AccessRecord(
        line_id=request_id,
        at=EPOCH + timedelta(microseconds=int(time)),
        kind=kind if good else AccessKind.OTHER,
        operation=operation,
        bucket=bucket,
        key=key,
        size_bytes=int(sent or 0),
        requester=None,
        user_agent=agent or None,
    )


def _asks_for_data(uri: str) -> bool:
    """Return whether a call of the JSON API got the bytes; the same method also returns metadata alone."""
    parts = urlsplit(uri)
    return parts.path.startswith("/download/") or parse_qs(parts.query).get("alt") == ["media"]
