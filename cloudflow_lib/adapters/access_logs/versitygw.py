"""
The access log of versitygw: like Amazon's in spirit, not in format.

Nothing is quoted. The key stands raw (with its spaces and even its line breaks), behind it the
request URI with the same path encoded once, and the path raw again at the very end. A key is
believed where all three agree; the longest one, because a forged key within a key can only be
shorter, and a longer one would have to end with itself.
"""

from __future__ import annotations

import posixpath
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from cloudflow_lib.adapters.access_logs.times import clf_time
from cloudflow_lib.domain.access import AccessKind, AccessRecord, BrokenLine

HEAD = re.compile(r"(\S+) (\S+) \[([^\]]+)\] (\S+) (\S+) (\S+) (s3_\w+) ")
LONGEST_RECORD = 16 * 1024
"""A record with line breaks in its key is put together again, up to here; the server takes no longer requests."""
STARTS = b"log starts "
SUCCESS = "200"
"""Whatever succeeds is logged so, a 206 and a 204 too."""

KINDS: Mapping[str, AccessKind] = {
    "s3_GetObject": AccessKind.READ,
    **dict.fromkeys(
        (
            "s3_PutObject",
            "s3_PostObject",
            "s3_CopyObject",
            "s3_CreateMultipartUpload",
            "s3_UploadPart",
            "s3_UploadPartCopy",
            "s3_CompleteMultipartUpload",
        ),
        AccessKind.WRITE,
    ),
    "s3_DeleteObject": AccessKind.DELETE,
}


class VersityReader:
    """Read versitygw's access log; it never says how many bytes a read sent."""

    def read_lines(self, lines: Iterable[bytes]) -> Iterator[AccessRecord | BrokenLine]:
        window = _Window(lines)
        while window.fill():
            text = window.texts[0]
            record, used = window.longest_record() if window.has_broken_key else (read_record(text), 1)
            window.drop(used)
            yield record or BrokenLine(text.rstrip("\n"), "not a line of a versitygw access log")


class _Window:
    """
    The lines ahead, as far as one record can reach.

    A key with line breaks spreads its record over several lines, each of which may look like a record.
    It gives itself away by the encoded line break in its URI, so that only then longer ones are tried.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._source = iter(lines)
        self._size = 0
        self._broken_keys = 0
        self.texts: deque[str] = deque()

    @property
    def has_broken_key(self) -> bool:
        return self._broken_keys > 0

    def fill(self) -> bool:
        """Read ahead; return whether there is a line."""
        while self._size < LONGEST_RECORD and (raw := next(self._source, None)) is not None:
            if raw.startswith(STARTS) or raw.isspace():
                continue
            text = raw.decode("utf-8", "surrogateescape")
            self.texts.append(text)
            self._size += len(text)
            self._broken_keys += _has_line_break(text)
        return bool(self.texts)

    def drop(self, count: int) -> None:
        for _ in range(count):
            text = self.texts.popleft()
            self._size -= len(text)
            self._broken_keys -= _has_line_break(text)

    def longest_record(self) -> tuple[AccessRecord | None, int]:
        """Return the longest record that begins with the first line, and how many lines it has."""
        record, used, text = None, 1, ""
        for count, piece in enumerate(self.texts, start=1):
            text += piece
            if longer := read_record(text):
                record, used = longer, count
        return record, used


def _has_line_break(text: str) -> bool:
    return "%0A" in text or "%0a" in text


def read_record(text: str) -> AccessRecord | None:
    """Return what one whole record says, or None where *text* is none."""
    head = HEAD.match(text)
    if head is None or not text.endswith(" Yes\n"):
        return None
    _, bucket, time, _, requester, request_id, operation = head.groups()
    bucket = "" if bucket == "-" else bucket
    found = _key_and_rest(text, head.end(), bucket)
    if found is None:
        return None
    key, rest = found
    try:
        _, status, _, sent, _, _, _, referer_and_agent = rest.split(" ", 7)
        referer_and_agent, version, _ = referer_and_agent.rsplit(" ", 2)
        at = clf_time(time)
        size_bytes = int(sent) if status == SUCCESS else 0
    except (ValueError, KeyError):
        return None
    return AccessRecord(
        line_id=f"{request_id} {operation} {key} {version}",
        at=at,
        kind=KINDS.get(operation, AccessKind.OTHER) if status == SUCCESS else AccessKind.OTHER,
        operation=operation,
        bucket=bucket,
        key=_as_stored(key),
        size_bytes=size_bytes,
        requester=None if requester == "-" else requester,
        user_agent=referer_and_agent.partition(" ")[2] or None,
    )


def _key_and_rest(text: str, start: int, bucket: str) -> tuple[str, str] | None:
    """Return the longest key that its URI and the path at the end confirm, and the fields behind the URI."""
    found = None
    at = text.find(f" /{bucket}", start - 1)
    while at >= 0:
        end = text.find(" ", at + 1)
        if end < 0:
            break
        path = text[at + 1 : end].partition("?")[0]
        if "%" in path:
            path = unquote(path, errors="surrogateescape")
        key = path[len(bucket) + 2 :]
        if text[start:at] == (key or "-") and text.endswith(proof := f" arn:aws:s3:::{path} Yes\n"):
            rest = text[end : text.rfind(" SigV4 ", end, len(text) - len(proof))]
            found = found if "\n" in rest else (key, rest)  # no HTTP header holds a line break: that is another record
        at = text.find(f" /{bucket}", at + 1)
    return found


def _as_stored(key: str) -> str:
    """Return the name under which the server keeps *key*: it treats keys as paths and tidies them."""
    if "//" not in key and "./" not in key and not key.endswith("/.") and not key.endswith("/.."):
        return key
    tidy = posixpath.normpath("/" + key).lstrip("/")
    return f"{tidy}/" if key.endswith("/") else tidy
