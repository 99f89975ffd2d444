"""Checksums as each provider writes them, and as we keep them: lower-case hexadecimal, big-endian."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from awscrt import checksums as crt

from cloudflow_lib.domain.objects import ChecksumKind, UploadedPart


def hex_of_base64(value: str) -> str:
    """Return the base64 of a checksum (S3, GCS) as hexadecimal."""
    return base64.b64decode(value).hex()


def base64_of_hex(value: str) -> str:
    """Return a hexadecimal checksum as base64 of its bytes."""
    return base64.b64encode(bytes.fromhex(value)).decode()


def hex_of_azure_crc64(value: bytes | bytearray) -> str:
    """Return Azure's CRC64 as hexadecimal: the same algorithm as CRC64NVME, sent little-endian."""
    return bytes(value)[::-1].hex()


def azure_crc64_of_hex(value: str) -> str:
    """Return a CRC64NVME as Azure wants it in a header."""
    return base64.b64encode(bytes.fromhex(value)[::-1]).decode()


def crc64nvme(data: bytes | memoryview) -> str:
    """Return the CRC64NVME of *data*."""
    return f"{crt.crc64nvme(data):016x}"


def crc32c(data: bytes | memoryview) -> str:
    """Return the CRC32C of *data*."""
    return f"{crt.crc32c(data):08x}"


COMBINE: Mapping[ChecksumKind, tuple[Callable[[int, int, int], int], int]] = {
    ChecksumKind.CRC64NVME: (crt.combine_crc64nvme, 16),
    ChecksumKind.CRC32C: (crt.combine_crc32c, 8),
}
"""How two neighbouring checksums become one, and how many digits it has."""


def combined(kind: ChecksumKind, parts: Sequence[UploadedPart]) -> str | None:
    """Return the checksum of the joined *parts*, or None if not every part brings its own."""
    if not parts or any(kind not in part.checksums for part in parts):
        return None
    combine, digits = COMBINE[kind]
    whole = reduce(lambda crc, part: combine(crc, int(part.checksums[kind], 16), part.size_bytes), parts, 0)
    return f"{whole:0{digits}x}"
