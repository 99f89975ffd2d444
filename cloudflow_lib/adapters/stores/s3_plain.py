"""Large bodies of one S3 bucket."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from http.client import HTTPResponse
from urllib.parse import quote, urlencode

from cloudflow_lib.adapters.stores.answers import OK, Answer, refused
from cloudflow_lib.adapters.stores.obstore_reads import PIECE_BYTES, require_answer
from cloudflow_lib.adapters.stores.plain import Plain, Words, all_of, filled, headers_of
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.s3_codes import KINDS
from cloudflow_lib.adapters.stores.s3_signing import EMPTY_SHA256, UNSIGNED, S3Address
from cloudflow_lib.domain.objects import ChecksumKind
from cloudflow_lib.errors import CorruptDataError, StoreError

PARTIAL = 206
CRC64 = "x-amz-checksum-crc64nvme"
CRC64_BYTES = 8


class S3Plain(Plain):
    """Requests of one bucket."""

    def __init__(self, bucket: str, address: S3Address, *, proxy: str | None = None) -> None:
        super().__init__(bucket, address.origin, proxy=proxy)
        self._address = address

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
            piece = filled(answer, min(PIECE_BYTES, stop - start))
            for at in range(start + PIECE_BYTES, stop, PIECE_BYTES):
                if len(piece):
                    yield piece
                piece = filled(answer, min(PIECE_BYTES, stop - at))
            if answer.read(1):
                raise refusal(CorruptDataError, self._bucket, key, f"more than bytes {start:,} to {stop:,}")
        # Behind the answer's end: who has all bytes asks for no more, and what is left in the middle ends a connection.
        if len(piece):
            yield piece

    def refused(self, answer: Answer, key: str) -> StoreError:
        return refused(answer, KINDS, self._bucket, key)

    def _signed(self, method: str, key: str, asked: Words, query: Words, size_bytes: int) -> tuple[str, dict[str, str]]:
        path = f"{self._address.path}/{quote(key, safe='/~')}"
        words = urlencode(sorted(query.items()), quote_via=quote, safe="~")
        payload = UNSIGNED if size_bytes else EMPTY_SHA256
        headers = self._address.signed(path, words, method=method, more=asked, payload=payload)
        return f"{path}?{words}" if words else path, headers | {"content-length": str(size_bytes)}

    def _require_range(self, key: str, answer: HTTPResponse, version: str, start: int, stop: int) -> None:
        if answer.status == OK:
            raise refusal(CorruptDataError, self._bucket, key, "the whole object instead of a range")
        if answer.status != PARTIAL:
            raise self.refused(Answer(status=answer.status, headers=headers_of(answer), data=all_of(answer)), key)
        require_answer(f"{self._bucket}/{key}", answer.getheader("etag"), version)
        told = answer.getheader("content-range", "")
        if not told.startswith(f"bytes {start}-"):
            raise refusal(CorruptDataError, self._bucket, key, f"{told!r} instead of the bytes from {start:,}")
        if answer.length is not None and answer.length > stop - start:
            raise refusal(CorruptDataError, self._bucket, key, f"{answer.length:,} bytes instead of {stop - start:,}")


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
