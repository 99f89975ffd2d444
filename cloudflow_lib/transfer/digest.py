"""Two checksums over every byte we read: nearly free, and combinable over parts read in parallel."""

from __future__ import annotations

from functools import reduce

from awscrt import checksums as crt

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ChecksumKind


class Digester:
    """
    Digest a stream of pieces: CRC64NVME (S3, Azure) and CRC32C (GCS) in one pass.

    Together they cost less than 0.1 ms per MB, so there is never a reason to read without them.
    """

    def __init__(self) -> None:
        self._crc64 = 0
        self._crc32c = 0
        self._size_bytes = 0

    def update(self, piece: bytes | memoryview) -> None:
        """Take the next bytes of the stream."""
        self._crc64 = crt.crc64nvme(piece, self._crc64)
        self._crc32c = crt.crc32c(piece, self._crc32c)
        self._size_bytes += len(piece)

    def result(self) -> Digest:
        """Return the digest of everything so far."""
        return Digest(
            size_bytes=self._size_bytes,
            checksums={
                ChecksumKind.CRC64NVME: f"{self._crc64:016x}",
                ChecksumKind.CRC32C: f"{self._crc32c:08x}",
            },
        )


def digest_of(data: bytes | memoryview) -> Digest:
    """Return the digest of *data*."""
    digester = Digester()
    digester.update(data)
    return digester.result()


def join_digests(parts: list[Digest]) -> Digest:
    """Return the digest of the concatenation of *parts*, without seeing the bytes again."""
    return reduce(_join, parts, Digester().result())


def _join(left: Digest, right: Digest) -> Digest:
    def crc(digest: Digest, kind: ChecksumKind) -> int:
        return int(digest.checksums[kind], 16)

    crc64 = crt.combine_crc64nvme(
        crc(left, ChecksumKind.CRC64NVME),
        crc(right, ChecksumKind.CRC64NVME),
        right.size_bytes,
    )
    crc32c = crt.combine_crc32c(crc(left, ChecksumKind.CRC32C), crc(right, ChecksumKind.CRC32C), right.size_bytes)
    return Digest(
        size_bytes=left.size_bytes + right.size_bytes,
        checksums={ChecksumKind.CRC64NVME: f"{crc64:016x}", ChecksumKind.CRC32C: f"{crc32c:08x}"},
    )
