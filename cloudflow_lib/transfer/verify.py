"""Prove that what lies at the destination is what we read: by an independent answer, never by our own word."""

from __future__ import annotations

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ChecksumKind, ObjectInfo
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError
from cloudflow_lib.ports.stores import ObjectReader
from cloudflow_lib.transfer.digest import Digester

COMPARABLE = (ChecksumKind.CRC64NVME, ChecksumKind.CRC32C)


def read_digest(store: ObjectReader, key: str, version: str) -> Digest:
    """Read exactly *version* from end to end and return what came."""
    digester = Digester()
    for piece in store.read(key, version=version):
        digester.update(piece)
    return digester.result()


def prove_reading(store: ObjectReader, info: ObjectInfo, digest: Digest, *, read_again: bool) -> None:
    """
    Prove that the source was read as it is: by its store's own checksum, else with *read_again* by a second reading.

    Raises:
        ObjectChangedError: The source is no longer the version of *info*.
        CorruptDataError: The digest is of other bytes.
    """
    told = {kind: info.checksums[kind] for kind in COMPARABLE if kind in info.checksums and kind in digest.checksums}
    if not told and read_again:
        told = dict(read_digest(store, info.key, info.version).checksums)
    for kind, value in told.items():
        if digest.checksums.get(kind, value) != value:
            raise CorruptDataError(
                f"{info.key!r} was read with another {kind} than it has: start a new migration of it"
            )


def prove_copy(store: ObjectReader, key: str, version: str, digest: Digest) -> str:
    """
    Return how the object proved to hold the digested bytes: by the store's own checksum, else by reading it back.

    Raises:
        ObjectChangedError: Somebody replaced the copy.
        CorruptDataError: The bytes are not the ones we read from the source.
    """
    info = store.stat(key)
    if info.version != version:
        raise ObjectChangedError(f"the copy {key!r} was replaced by somebody else before it was verified")
    return prove_info(store, info, digest)


def prove_info(store: ObjectReader, info: ObjectInfo, digest: Digest) -> str:
    """As `prove_copy`, for an object that was just described by its store."""
    if info.size_bytes != digest.size_bytes:
        raise CorruptDataError(f"the copy {info.key!r} has {info.size_bytes:,} bytes, the source {digest.size_bytes:,}")
    for kind in COMPARABLE:
        if kind in info.checksums and kind in digest.checksums:
            if info.checksums[kind] != digest.checksums[kind]:
                raise CorruptDataError(f"the copy {info.key!r} has another {kind} than the source")
            return f"{kind} computed by the store"
    back = read_digest(store, info.key, info.version)
    if any(back.checksums[kind] != digest.checksums[kind] for kind in digest.checksums):
        raise CorruptDataError(f"the copy {info.key!r} reads back as other bytes than the source")
    return "read back"


def are_told_alike(copy: ObjectInfo, source: ObjectInfo, version: str) -> bool:
    """Return whether the stores tell the same checksum of a copy and of this *version* of its source; none is no."""
    told = [kind for kind in COMPARABLE if kind in copy.checksums and kind in source.checksums]
    is_alike = all(copy.checksums[kind] == source.checksums[kind] for kind in told)
    return bool(told) and is_alike and (source.version, source.size_bytes) == (version, copy.size_bytes)
