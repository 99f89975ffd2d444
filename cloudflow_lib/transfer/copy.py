"""Do what the plan says: copy one object, or leave nothing behind."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ByteSpan, ObjectInfo, ObjectTraits, UploadedPart, UploadId
from cloudflow_lib.errors import CorruptDataError, ObjectExistsError
from cloudflow_lib.ports.stores import ObjectReader, ObjectStore
from cloudflow_lib.transfer.digest import digest_of, join_digests
from cloudflow_lib.transfer.plan import CopyPlan, Route
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


def stream_object(plan: CopyPlan, job: Job, progress: Progress) -> tuple[ObjectInfo, Digest]:
    """
    Copy the bytes through this process and return the new object with the digest of what was read.

    The write is create-only. One that meets an object of exactly the same bytes has met its own
    earlier success, whose answer got lost: validation found the name free before the first attempt.

    Raises:
        ObjectExistsError: Other bytes lie at the destination already.
        ObjectChangedError: The source is no longer the planned version.
        CorruptDataError: What arrived is not what was read.
    """
    if plan.route is Route.PARTS:
        return _send_parts(plan.parts, job, progress)
    data = _read_span(job, plan.parts[0])
    digest = digest_of(data)
    try:
        info = job.target.put(job.target_key, data, job.traits, if_absent=True, checksums=digest.checksums)
    except ObjectExistsError:
        info = _own_success(job, digest)
    progress(len(data))
    return info, digest


def _read_span(job: Job, span: ByteSpan) -> bytes:
    # The version is pinned, so a file that changes mid-copy fails loudly instead of arriving as a mixture.
    data = b"".join(job.source.read(job.source_key, version=job.source_version, span=span))
    if len(data) != span.size_bytes:
        raise CorruptDataError(f"{job.source_key!r}: asked for {span.size_bytes:,} bytes, got {len(data):,}")
    return data


def _send_parts(spans: tuple[ByteSpan, ...], job: Job, progress: Progress) -> tuple[ObjectInfo, Digest]:
    with ExitStack() as undo:
        upload = job.target.begin_upload(job.target_key, job.traits)
        undo.callback(job.target.abort_upload, upload, job.target_key)
        sent = _pump(spans, job, upload, progress)
        digest = join_digests([part_digest for _, part_digest in sent])
        try:
            info = job.target.finish_upload(
                upload,
                job.target_key,
                [part for part, _ in sent],
                job.traits,
                if_absent=True,
                checksums=digest.checksums,
            )
        except ObjectExistsError:
            return _own_success(job, digest), digest
        undo.pop_all()
    return info, digest


def _pump(
    spans: tuple[ByteSpan, ...],
    job: Job,
    upload: UploadId,
    progress: Progress,
) -> list[tuple[UploadedPart, Digest]]:
    """Send all parts, at most `job.streams` in memory; the first failure stops the rest."""

    def send(number: int, span: ByteSpan) -> tuple[UploadedPart, Digest]:
        data = _read_span(job, span)
        return job.target.put_part(upload, job.target_key, number, data), digest_of(data)

    streams = job.streams if job.target.capabilities.parallel_parts else 1
    sent: list[tuple[UploadedPart, Digest]] = []
    in_flight: deque[Future[tuple[UploadedPart, Digest]]] = deque()
    with ThreadPoolExecutor(max_workers=streams, thread_name_prefix="part") as pool:
        try:
            for number, span in enumerate(spans, start=1):
                if len(in_flight) == streams:
                    _take(in_flight, sent, progress)
                in_flight.append(pool.submit(send, number, span))
            while in_flight:
                _take(in_flight, sent, progress)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return sent


def _take(
    in_flight: deque[Future[tuple[UploadedPart, Digest]]],
    sent: list[tuple[UploadedPart, Digest]],
    progress: Progress,
) -> None:
    sent.append(in_flight.popleft().result())
    progress(sum(digest.size_bytes for _, digest in sent))


def _own_success(job: Job, digest: Digest) -> ObjectInfo:
    info = job.target.stat(job.target_key)
    try:
        prove_info(job.target, info, digest)
    except CorruptDataError as error:
        raise ObjectExistsError(
            f"the destination already has another object named {job.target_key!r}; "
            "choose another prefix or remove it first",
        ) from error
    return info
