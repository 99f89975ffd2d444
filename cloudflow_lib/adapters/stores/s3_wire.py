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
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPResponse
from typing import TypeVar

from awscrt import checksums as crt

from cloudflow_lib.adapters.stores.answers import OK, Answer
from cloudflow_lib.adapters.stores.plain import all_of, filled
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.s3_plain import CRC64, CRC64_BYTES, S3Plain
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError

T = TypeVar("T")

THREADS = 8
"""More of them get nothing through that two cores and a disk could bear."""
PRECONDITION_FAILED = 412


class S3Wire:
    """One bucket over a few connections, by as many threads."""

    def __init__(self, bucket: str, plain: S3Plain) -> None:
        self._bucket, self._plain = bucket, plain
        self._threads: ThreadPoolExecutor | None = None

    def takes(self, size_bytes: int) -> bool:
        """Whether objects of this size go this way."""
        return self._plain.takes(size_bytes)

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
        self._plain.interrupt()
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        self._plain.close()
        self._threads = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3-wire")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _get(self, key: str, version: str | None, size_bytes: int) -> Answer:
        asked = {"x-amz-checksum-mode": "ENABLED"} | ({} if version is None else {"if-match": f'"{version}"'})

        def take(answer: HTTPResponse) -> memoryview:
            if answer.status != OK:
                return all_of(answer)
            self._require_size(key, answer, version, size_bytes)
            body = filled(answer, size_bytes)
            if len(body) != size_bytes or answer.read(1):
                raise refusal(CorruptDataError, self._bucket, key, f"other than {size_bytes:,} bytes came")
            return body

        return self._plain.send("GET", key, asked, b"", take)

    def _put(self, key: str, data: bytes | memoryview, headers: Mapping[str, str], source_md5: str | None) -> Answer:
        asked = {**headers, "if-none-match": "*"}
        if source_md5 is None:
            asked[CRC64] = base64.b64encode(crt.crc64nvme(data, 0).to_bytes(CRC64_BYTES, "big")).decode()
        written = self._plain.send("PUT", key, asked, data, all_of)
        version = written.headers.get("etag", "")
        if written.status != OK or version.strip('"') == source_md5:
            return written
        kept = self._plain.send("HEAD", key, {"x-amz-checksum-mode": "ENABLED", "if-match": version}, b"", all_of)
        is_another = kept.status == OK and kept.headers.get("etag", "").strip('"') != version.strip('"')
        if is_another or kept.status == PRECONDITION_FAILED:  # not every server minds if-match in a HEAD
            raise refusal(ObjectChangedError, self._bucket, key, f"it was written as {version}")
        return kept

    def _require_size(self, key: str, answer: HTTPResponse, version: str | None, size_bytes: int) -> None:
        """Refuse an object of another size before it is in memory."""
        told = answer.length
        if told is None or told == size_bytes:
            return
        kind = ObjectChangedError if version is None else CorruptDataError
        if version is None or told > size_bytes:
            raise refusal(kind, self._bucket, key, f"{told:,} bytes, not {size_bytes:,}")
