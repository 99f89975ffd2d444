"""
One S3 bucket over plain connections: bytes go from and to the caller's memory, and nothing between copies them.

For whatever is no small object. A library takes as long for such a body as reading or sending it does.
"""

from __future__ import annotations

import base64
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import TypeVar
from urllib.parse import quote, urlencode
from urllib.request import getproxies

from urllib3.util import wait_for_read

from cloudflow_lib.adapters.stores.answers import OK, Answer, unanswered
from cloudflow_lib.adapters.stores.obstore_reads import PIECE_BYTES, require_answer
from cloudflow_lib.adapters.stores.refusals import kind_of_status, refusal, seconds_to_wait
from cloudflow_lib.adapters.stores.s3_codes import KINDS
from cloudflow_lib.adapters.stores.s3_signing import EMPTY_SHA256, UNSIGNED, S3Address
from cloudflow_lib.domain.objects import ChecksumKind
from cloudflow_lib.errors import CorruptDataError, StoreError

T = TypeVar("T")

FROM_BYTES = 256 * 1024
BLOCK_BYTES = 1024 * 1024
TIMEOUT_SECONDS = 60.0
PARTIAL = 206
CRC64 = "x-amz-checksum-crc64nvme"
CRC64_BYTES = 8
CODE = re.compile(r"<Code>(\w+)</Code>")


class S3Plain:
    """Requests of one bucket; each connection serves one thread at a time and is kept for the next."""

    def __init__(self, bucket: str, address: S3Address, *, proxy: str | None = None) -> None:
        self._bucket, self._address = bucket, address
        self._idle: deque[HTTPConnection] = deque()
        self._open: set[HTTPConnection] = set()
        self._goes_by_proxy = proxy is not None or bool(getproxies())

    def takes(self, size_bytes: int) -> bool:
        """Whether a body of this size goes this way; where a proxy is set, the libraries know how to use it."""
        return size_bytes >= FROM_BYTES and not self._goes_by_proxy

    def send(
        self,
        method: str,
        key: str,
        asked: Mapping[str, str],
        data: bytes | memoryview,
        take: Callable[[HTTPResponse], memoryview],
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """
        Send one request; *take* reads the body of its answer.

        Raises:
            StoreUnavailableError: There was no answer, or it broke off.
        """
        with self._asked(method, key, asked, data, query or {}) as answer:
            body = take(answer)
            return Answer(status=answer.status, headers=_headers(answer), data=body)

    def pieces(self, key: str, version: str, start: int, stop: int) -> Iterator[memoryview]:
        """
        Yield the bytes from *start* to *stop* of exactly this version, in pieces of at most 8 MiB.

        Raises:
            ObjectChangedError: The object is another version.
            CorruptDataError: The store sent the whole object, other bytes or more than was asked for; of fewer bytes
                the caller sees what came.
            StoreUnavailableError: There was no answer, or it broke off.
        """
        asked = {"if-match": f'"{version}"', "range": f"bytes={start}-{stop - 1}"}
        with self._asked("GET", key, asked, b"", {}) as answer:
            self._require_range(key, answer, version, start, stop)
            for at in range(start, stop, PIECE_BYTES):
                piece = filled(answer, min(PIECE_BYTES, stop - at))
                if len(piece):
                    yield piece
            if answer.read(1):
                raise refusal(CorruptDataError, self._bucket, key, f"more than bytes {start:,} to {stop:,}")

    def refused(self, answer: Answer, key: str) -> StoreError:
        """Return what the store's refusal means."""
        found = CODE.search(answer.text())
        code = found.group(1) if found else f"HTTP {answer.status}"
        kind = KINDS.get(code) or kind_of_status(answer.status)
        wait = seconds_to_wait(answer.headers.get("retry-after"))
        return refusal(kind, self._bucket, key, code, retry_after=wait)

    def interrupt(self) -> None:
        """End the requests that are under way in other threads; they raise StoreUnavailableError."""
        for connection in tuple(self._open):
            if (sock := connection.sock) is not None:  # looked at once: its thread may end it at this moment
                with suppress(OSError):
                    sock.shutdown(2)

    def close(self) -> None:
        """End all connections."""
        self._idle.clear()
        for connection in tuple(self._open):
            connection.close()
        self._open.clear()

    @contextmanager
    def _asked(
        self, method: str, key: str, asked: Mapping[str, str], data: bytes | memoryview, query: Mapping[str, str]
    ) -> Iterator[HTTPResponse]:
        path = f"{self._address.path}/{quote(key, safe='/~')}"
        words = urlencode(sorted(query.items()), quote_via=quote, safe="~")
        signed = self._address.signed(
            path, words, method=method, more=asked, payload=UNSIGNED if data else EMPTY_SHA256
        )
        target = f"{path}?{words}" if words else path
        connection = self._connection()
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # who refuses before the body has come has answered
                connection.request(
                    method, target, body=data or None, headers=signed | {"content-length": str(len(data))}
                )
            yield connection.getresponse()
        except (OSError, HTTPException) as error:
            connection.close()
            raise unanswered(error, self._bucket, key) from error
        except BaseException:
            connection.close()  # what is left of the answer must not be taken for the next one's
            raise
        finally:
            self._idle.append(connection)

    def _connection(self) -> HTTPConnection:
        with suppress(IndexError):
            kept = self._idle.pop()
            if kept.sock is not None and wait_for_read(kept.sock, timeout=0):
                kept.close()  # its other end has closed meanwhile; it opens again by itself
            return kept
        connect = HTTPConnection if self._address.origin.startswith("http:") else HTTPSConnection
        made = connect(self._address.host, timeout=TIMEOUT_SECONDS, blocksize=BLOCK_BYTES)
        self._open.add(made)
        return made

    def _require_range(self, key: str, answer: HTTPResponse, version: str, start: int, stop: int) -> None:
        if answer.status == OK:
            raise refusal(CorruptDataError, self._bucket, key, "the whole object instead of a range")
        if answer.status != PARTIAL:
            raise self.refused(Answer(status=answer.status, headers=_headers(answer), data=all_of(answer)), key)
        require_answer(f"{self._bucket}/{key}", answer.getheader("etag"), version)
        told = answer.getheader("content-range", "")
        if not told.startswith(f"bytes {start}-"):
            raise refusal(CorruptDataError, self._bucket, key, f"{told!r} instead of the bytes from {start:,}")
        if answer.length is not None and answer.length > stop - start:
            raise refusal(CorruptDataError, self._bucket, key, f"{answer.length:,} bytes instead of {stop - start:,}")


def filled(answer: HTTPResponse, size_bytes: int) -> memoryview:
    """Return the next *size_bytes* of a body, or as many as there are; IncompleteRead: it broke off."""
    view, at = memoryview(bytearray(size_bytes)), 0
    while at < size_bytes and (count := answer.readinto(view[at:])):
        at += count
    if at < size_bytes and answer.length:
        raise IncompleteRead(b"", answer.length)
    return view[:at]


def all_of(answer: HTTPResponse) -> memoryview:
    """Return a body that is short."""
    return memoryview(answer.read())


def full_checksums(headers: Mapping[str, str]) -> dict[ChecksumKind, str]:
    """Return what the store says of the whole body in the *headers* of an answer, in hexadecimal."""
    told = headers.get(CRC64)
    if not told:
        return {}
    try:
        value = base64.b64decode(told, validate=True)
    except ValueError:
        return {}
    return {ChecksumKind.CRC64NVME: value.hex()} if len(value) == CRC64_BYTES else {}


def _headers(answer: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.getheaders()}
