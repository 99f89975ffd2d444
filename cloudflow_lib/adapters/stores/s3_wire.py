"""
Objects that are neither small nor in parts, over plain connections in threads.

From a quarter of a megabyte on, an MD5 is what a copy costs most. Here the store is asked for the CRC64NVME it keeps
of what is read: a full-object checksum of its own for a thirtieth of the CPU time, which obstore hides. What is written
is proved by the same MD5 from both stores, which neither of them was told, or else by the CRC64NVME of the destination.
The interpreter is free while bytes travel.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TypeVar
from urllib.parse import quote
from urllib.request import getproxies

from awscrt import checksums as crt

from cloudflow_lib.adapters.stores.answers import OK, Answer, unanswered
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.s3_signing import EMPTY_SHA256, UNSIGNED, S3Address
from cloudflow_lib.domain.objects import ChecksumKind
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError

T = TypeVar("T")

FROM_BYTES = 256 * 1024
THREADS = 8
"""More of them get nothing through that two cores and a disk could bear."""
PIECE_BYTES = 1024 * 1024
TIMEOUT_SECONDS = 60.0
PRECONDITION_FAILED = 412
CRC64 = "x-amz-checksum-crc64nvme"
CRC64_BYTES = 8


def full_checksums(headers: Mapping[str, str]) -> dict[ChecksumKind, str]:
    """Return what the store says of the whole object in the *headers* of an answer, in hexadecimal."""
    told = headers.get(CRC64)
    if not told:
        return {}
    try:
        value = base64.b64decode(told, validate=True)
    except ValueError:
        return {}
    return {ChecksumKind.CRC64NVME: value.hex()} if len(value) == CRC64_BYTES else {}


class S3Wire:
    """One bucket over a few connections, each kept by the thread that opened it."""

    def __init__(self, bucket: str, address: S3Address) -> None:
        self._bucket, self._address = bucket, address
        self._mine = threading.local()
        self._open: set[HTTPConnection] = set()
        self._threads: ThreadPoolExecutor | None = None
        self._goes_by_proxy = bool(getproxies())

    def takes(self, size_bytes: int) -> bool:
        """Whether objects of this size go this way; where a proxy is set, obstore knows how to use it."""
        return size_bytes >= FROM_BYTES and not self._goes_by_proxy

    async def get(self, key: str, version: str | None, size_bytes: int) -> Answer:
        """
        Send one GET for the whole object.

        Raises:
            StoreUnavailableError: There was no answer, or it broke off.
            ObjectChangedError, CorruptDataError: As `BulkStore.get`.
        """
        return await self._in_thread(partial(self._get, key, version, size_bytes))

    async def put_new(
        self, key: str, data: bytes | memoryview, headers: Mapping[str, str], source_md5: str | None
    ) -> Answer:
        """
        Send one PUT that only makes a new object.

        An ETag that is *source_md5* proves it. Without, the PUT tells a CRC64NVME, and what a HEAD tells of the object
        is returned: that is no echo.

        Raises:
            StoreUnavailableError: There was no answer; the object may be there.
            ObjectChangedError: What is there is not the version that the PUT was told.
        """
        return await self._in_thread(partial(self._put, key, data, headers, source_md5))

    async def aclose(self) -> None:
        """End the connections, those in use too, and wait for the threads."""
        if self._threads is None:
            return
        for connection in tuple(self._open):
            if (sock := connection.sock) is not None:  # looked at once: its thread may end it at this moment
                with suppress(OSError):
                    sock.shutdown(2)
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        for connection in self._open:
            connection.close()
        self._open.clear()
        self._threads = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3-wire")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _get(self, key: str, version: str | None, size_bytes: int) -> Answer:
        asked = {"x-amz-checksum-mode": "ENABLED"} | ({} if version is None else {"if-match": f'"{version}"'})

        def take(answer: HTTPResponse) -> memoryview:
            if answer.status != OK:
                return _all_of(answer)
            self._require_size(key, answer, version, size_bytes)
            return self._filled(key, answer, size_bytes)

        return self._send("GET", key, asked, b"", take)

    def _put(self, key: str, data: bytes | memoryview, headers: Mapping[str, str], source_md5: str | None) -> Answer:
        asked = {**headers, "if-none-match": "*"}
        if source_md5 is None:
            asked[CRC64] = base64.b64encode(crt.crc64nvme(data, 0).to_bytes(CRC64_BYTES, "big")).decode()
        written = self._send("PUT", key, asked, data, _all_of)
        version = written.headers.get("etag", "")
        if written.status != OK or version.strip('"') == source_md5:
            return written
        kept = self._send("HEAD", key, {"x-amz-checksum-mode": "ENABLED", "if-match": version}, b"", _all_of)
        if kept.status == PRECONDITION_FAILED:
            raise refusal(ObjectChangedError, self._bucket, key, f"it was written as {version}")
        return kept

    def _send(
        self,
        method: str,
        key: str,
        asked: Mapping[str, str],
        data: bytes | memoryview,
        take: Callable[[HTTPResponse], memoryview],
    ) -> Answer:
        path = f"{self._address.path}/{quote(key, safe='/~')}"
        signed = self._address.signed(path, "", method=method, more=asked, payload=UNSIGNED if data else EMPTY_SHA256)
        connection = self._connection()
        try:
            connection.request(method, path, body=data or None, headers={**signed, "content-length": str(len(data))})
            answer = connection.getresponse()
            body = take(answer)
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(status=answer.status, headers=headers, data=body)
        except (OSError, HTTPException) as error:
            connection.close()
            raise unanswered(error, self._bucket, key) from error
        except BaseException:
            connection.close()  # what is left of the answer must not be taken for the next one's
            raise

    def _connection(self) -> HTTPConnection:
        known: HTTPConnection | None = getattr(self._mine, "connection", None)
        if known is None:
            connect = HTTPConnection if self._address.origin.startswith("http:") else HTTPSConnection
            known = self._mine.connection = connect(self._address.host, timeout=TIMEOUT_SECONDS, blocksize=PIECE_BYTES)
            self._open.add(known)
        return known

    def _require_size(self, key: str, answer: HTTPResponse, version: str | None, size_bytes: int) -> None:
        """Refuse an object of another size before it is in memory."""
        told = answer.length
        if told is None or told == size_bytes:
            return
        kind = ObjectChangedError if version is None else CorruptDataError
        if version is None or told > size_bytes:
            raise refusal(kind, self._bucket, key, f"{told:,} bytes, not {size_bytes:,}")

    def _filled(self, key: str, answer: HTTPResponse, size_bytes: int) -> memoryview:
        view, at = memoryview(bytearray(size_bytes)), 0
        while at < size_bytes and (count := answer.readinto(view[at:])):
            at += count
        if at != size_bytes or answer.read(1):
            raise refusal(CorruptDataError, self._bucket, key, f"other than {size_bytes:,} bytes came")
        return view


def _all_of(answer: HTTPResponse) -> memoryview:
    return memoryview(answer.read())
