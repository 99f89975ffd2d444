"""Which bytes of a file a request asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re

from starlette.datastructures import Headers

from cloudflow_lib.domain.objects import ByteSpan

ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class UnsatisfiableError(Exception):
    """The range lies behind the end of the file."""


def asked_span(headers: Headers, size_bytes: int, tag: str) -> ByteSpan | None:
    """
    Return the span of the one range that is asked for; None where all bytes are to be sent.

    That is so without a range, with a broken one, with several, and when `If-Range` names another version.

    Raises:
        UnsatisfiableError: No byte of the range exists.
    """
    if headers.get("if-range", tag) != tag:
        return None
    match = ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if match is None:
        return None
    first, last = match.groups()
    if not first:
        if not last:
            return None
        start, stop = max(size_bytes - int(last), 0), size_bytes
    else:
        start, stop = int(first), min(int(last) + 1, size_bytes) if last else size_bytes
        if last and int(last) < start:
            return None
    if start >= stop:
        raise UnsatisfiableError
    return ByteSpan(start, stop)
