"""
S3 server access logs, as Amazon writes them.

The key is URL-encoded twice. Quotes in the request, the referer and the user agent are not escaped,
so a client can write what looks like later fields: a line that can be read in two ways is broken,
not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from cloudflow_lib.adapters.access_logs.times import clf_time
from cloudflow_lib.domain.access import AccessKind, AccessRecord, BrokenLine

HEAD = re.compile(r"(\S+) (\S+) \[([^\]]+)\] (\S+) (\S+) (\S+) (\S+) (\S+) ")
"""Owner, bucket, time, address, requester, request id, operation, key: none of them can hold a space."""
REQUEST = re.compile(r'(?:"[^"]*"|-) (\d{3}|-) (\S+) (\d+|-) (?:\d+|-) (?:\d+|-) (?:\d+|-)(?= ["-])')
ANY_REQUEST_END = re.compile(r'" (\d{3}|-) (\S+) (\d+|-) (?:\d+|-) (?:\d+|-) (?:\d+|-)(?= ["-])')
REFERER_AND_AGENT = re.compile(r' (?:"[^"]*"|-) (?:"([^"]*)"|-)(?: (\S+))?')
FIELDS_IN_QUOTES = (0, 2, 4, 6)

KINDS: Mapping[str, AccessKind] = {
    **dict.fromkeys(
        ("REST.GET.OBJECT", "WEBSITE.GET.OBJECT", "REST.COPY.OBJECT_GET", "REST.COPY.PART_GET"),
        AccessKind.READ,
    ),
    **dict.fromkeys(
        (
            "REST.PUT.OBJECT",
            "REST.POST.OBJECT",
            "REST.POST.UPLOADS",
            "REST.PUT.PART",
            "REST.COPY.PART",
            "REST.POST.UPLOAD",
            "REST.COPY.OBJECT",
        ),
        AccessKind.WRITE,
    ),
    **dict.fromkeys(
        ("REST.DELETE.OBJECT", "BATCH.DELETE.OBJECT", "S3.EXPIRE.OBJECT", "S3.CREATE.DELETEMARKER"),
        AccessKind.DELETE,
    ),
}
OF_THE_STORE = "S3."
"""Lifecycle operations begin so; they have no HTTP status."""


class S3Reader:
    """Read Amazon's server access logs, with 18 to 27 fields."""

    def read_lines(self, lines: Iterable[bytes]) -> Iterator[AccessRecord | BrokenLine]:
        for raw in lines:
            line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if not line:
                continue
            try:
                yield read_line(line)
            except (ValueError, KeyError) as error:
                yield BrokenLine(line, f"not a line of an S3 access log: {error}")


def read_line(line: str) -> AccessRecord:
    """
    Return what *line* says.

    Raises:
        ValueError, KeyError: It cannot be read, or can be read in more than one way.
    """
    head = HEAD.match(line)
    if head is None:
        raise ValueError("the first eight fields are not there")
    _, bucket, time, _, requester, request_id, operation, key = head.groups()
    if line.count('"') in FIELDS_IN_QUOTES and (request := REQUEST.match(line, head.end())):
        status, _, sent = request.groups()
        rest = REFERER_AND_AGENT.match(line, request.end())
        agent, version = rest.groups() if rest else (None, None)
    else:
        status, sent, agent, version = _read_unescaped(line, head.end())
    return AccessRecord(
        line_id=f"{request_id} {operation} {key} {version or '-'}",
        at=clf_time(time),
        kind=_kind(operation, status),
        operation=operation,
        bucket=bucket,
        key=_decoded(key) if "OBJECT" in operation or key != "-" else "",
        size_bytes=0 if sent == "-" else int(sent),
        requester=None if requester == "-" else requester,
        user_agent=None if agent == "-" else agent,
    )


def _read_unescaped(line: str, start: int) -> tuple[str, str, str | None, str | None]:
    """Return status, bytes sent, user agent and version of a line with quotes within its quotes."""
    ends = list(ANY_REQUEST_END.finditer(line, start))
    if len({end.groups() for end in ends}) != 1:
        raise ValueError(
            "quotes within the request or the user agent make its status ambiguous" if ends else "no status"
        )
    status, _, sent = ends[0].groups()
    last_quote = line.rfind('"')
    after = line[last_quote + 1 :].split()
    agent = line[ends[0].end() : last_quote].partition('" "')[2] or None
    return status, sent, agent, after[0] if after else None


def _kind(operation: str, status: str) -> AccessKind:
    kind = KINDS.get(operation, AccessKind.OTHER)
    if kind is AccessKind.READ:
        return kind if status in {"200", "206"} else AccessKind.OTHER
    return kind if status.startswith("2") or operation.startswith(OF_THE_STORE) else AccessKind.OTHER


def _decoded(key: str) -> str:
    """Return the real name: Amazon encodes it twice, and a plus sign stands for itself."""
    if "%" not in key:
        return key
    return unquote(unquote(key, errors="surrogateescape"), errors="surrogateescape")
