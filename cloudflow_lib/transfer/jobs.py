"""One object on its way through this process, and the two questions every route asks about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ByteSpan, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import CorruptDataError, ObjectArchivedError, ObjectExistsError
from cloudflow_lib.ports.stores import ObjectReader, ObjectStore
from cloudflow_lib.transfer.verify import prove_info

Progress = Callable[[int], None]
"""Called with the bytes copied so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One object to stream from store to store."""

    source: ObjectReader
    source_key: str
    source_version: str
    target: ObjectStore
    target_key: str
    traits: ObjectTraits
    streams: int
    """How many parts may be in memory at once."""


def read_span(job: Job, span: ByteSpan) -> bytes | memoryview:
    """
    Return the bytes in *span*, all of them and of the planned version; what came in one piece is not copied.

    Raises:
        ObjectChangedError: The source is no longer that version: no copy becomes a mixture.
        CorruptDataError: The store sent fewer or more bytes.
    """
    pieces = list(job.source.read(job.source_key, version=job.source_version, span=span))
    data = memoryview(pieces[0]) if len(pieces) == 1 else b"".join(pieces)
    if len(data) != span.size_bytes:
        raise CorruptDataError(f"{job.source_key!r}: asked for {span.size_bytes:,} bytes, got {len(data):,}")
    return data


def own_success(job: Job, digest: Digest) -> ObjectInfo:
    """
    Return what lies at the destination, which holds exactly the digested bytes: an answer that got lost.

    Raises:
        ObjectExistsError: Other bytes lie there, or bytes that nobody can tell.
        ObjectNotFoundError: Nothing lies there.
    """
    info = job.target.stat(job.target_key)
    try:
        prove_info(job.target, info, digest)
    except CorruptDataError as error:
        raise ObjectExistsError(
            f"the destination already has another object named {job.target_key!r}; "
            "choose another prefix or remove it first",
        ) from error
    except ObjectArchivedError as error:
        raise ObjectExistsError(
            f"the destination already has an object named {job.target_key!r}, in an archive class and without a "
            "checksum to know it by: look whether somebody needs it, then remove it, or restore it to be compared",
        ) from error
    return info
