"""Send a large object in parts, some at a time, and take up what an earlier worker has sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ByteSpan, ObjectInfo, UploadId
from cloudflow_lib.domain.uploads import PartNote, UploadEntry
from cloudflow_lib.errors import (
    CorruptDataError,
    LostRaceError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreFullError,
    UploadNotFoundError,
)
from cloudflow_lib.transfer.courtesy import go_behind_others
from cloudflow_lib.transfer.digest import digest_of
from cloudflow_lib.transfer.jobs import Job, Progress, own_success, read_span
from cloudflow_lib.transfer.ledger import Page, digest_of_parts, parts_to_keep

ROUNDS = 3
"""How often an upload may vanish under us, or another worker replace its parts, before we give up."""

Copied = tuple[ObjectInfo, Digest]
Note = Callable[[PartNote], None]


def send_parts(spans: Sequence[ByteSpan], job: Job, progress: Progress, page: Page | None) -> Copied:
    """Send all of *spans*, or with *page* those that did not arrive yet; as `transfer.copy.stream_object`."""
    if page is None:
        return _send_unwritten(spans, job, progress)
    for _ in range(ROUNDS):
        if copied := _round(spans, job, progress, page):
            return copied
    raise LostRaceError(f"the upload of {job.target_key!r} vanished {ROUNDS} times: try again later")


def _send_unwritten(spans: Sequence[ByteSpan], job: Job, progress: Progress) -> Copied:
    with ExitStack() as undo:
        upload = job.target.begin_upload(job.target_key, job.traits)
        undo.callback(job.target.abort_upload, upload, job.target_key)
        copied = _finish(job, upload, _pump(spans, job, upload, {}, lambda _note: None, progress))
        undo.pop_all()
    return copied


def _round(spans: Sequence[ByteSpan], job: Job, progress: Progress, page: Page) -> Copied | None:
    """Go on with the upload of this job and finish it; None if it was lost on the way and has to begin anew."""
    entry, is_new = page.entry_for(job, spans)
    upload = entry.upload_id
    if upload is None:
        raise AssertionError("the ledger returns uploads that have a name")
    notes: dict[int, PartNote] = {}
    try:
        if not is_new:
            arrived = job.target.list_parts(upload, job.target_key)
            notes = parts_to_keep(entry.parts, arrived, spans, parallel=job.target.capabilities.parallel_parts)
        notes = _pump(spans, job, upload, notes, lambda note: page.note(entry, note), progress)
        return _finish(job, upload, notes)
    except UploadNotFoundError:
        return _settle_lost(job, page.require_open(entry), page)
    except CorruptDataError:
        now = page.require_open(entry)
        if notes and now.parts != notes:
            return None  # a second worker sent a part again, and its receipt is another: take what is there now
        page.abort(job.target, entry)
        raise
    except StoreFullError:
        page.abort(job.target, page.require_open(entry))  # its parts would keep out others, which fit
        raise


def _settle_lost(job: Job, entry: UploadEntry, page: Page) -> Copied | None:
    """Look what became of an upload that its store no longer knows: finished by a call nobody heard of, or gone."""
    try:
        if entry.is_complete:
            digest = digest_of_parts(entry.parts)
            return own_success(job, digest), digest
        job.target.stat(job.target_key)
    except ObjectNotFoundError:
        page.abort(job.target, entry)
        return None
    raise ObjectExistsError(
        f"the destination got another object named {job.target_key!r} meanwhile; "
        "choose another prefix or remove it first",
    )


def _pump(
    spans: Sequence[ByteSpan],
    job: Job,
    upload: UploadId,
    kept: Mapping[int, PartNote],
    note: Note,
    progress: Progress,
) -> dict[int, PartNote]:
    """Send the parts that are not *kept*, at most `job.streams` in memory; the first failure stops the rest."""

    def send(number: int, span: ByteSpan) -> PartNote:
        data = read_span(job, span)
        digest = digest_of(data)
        part = job.target.put_part(upload, job.target_key, number, data, checksums=digest.checksums)
        sent = PartNote(part=part, digest=digest)
        note(sent)  # by the stream itself, so that a kill costs each stream one part at most
        return sent

    notes = dict(kept)
    streams = job.streams if job.target.capabilities.parallel_parts else 1
    in_flight: set[Future[PartNote]] = set()
    with ThreadPoolExecutor(streams, thread_name_prefix="part", initializer=go_behind_others) as pool:
        try:
            for number, span in enumerate(spans, start=1):
                if number in kept:
                    continue
                if len(in_flight) == streams:
                    in_flight = _take(in_flight, notes, progress)
                in_flight.add(pool.submit(send, number, span))
            while in_flight:
                in_flight = _take(in_flight, notes, progress)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return notes


def _take(in_flight: set[Future[PartNote]], notes: dict[int, PartNote], progress: Progress) -> set[Future[PartNote]]:
    """Wait for at least one part and return those that are still on their way."""
    done, rest = wait(in_flight, return_when=FIRST_COMPLETED)
    for future in done:
        sent = future.result()
        notes[sent.part.number] = sent
    progress(sum(sent.digest.size_bytes for sent in notes.values()))
    return rest


def _finish(job: Job, upload: UploadId, notes: Mapping[int, PartNote]) -> Copied:
    digest = digest_of_parts(notes)
    parts = [notes[number].part for number in sorted(notes)]
    try:
        info = job.target.finish_upload(
            upload, job.target_key, parts, job.traits, if_absent=True, checksums=digest.checksums
        )
    except ObjectExistsError:
        info = own_success(job, digest)
        job.target.abort_upload(upload, job.target_key)
    return info, digest
