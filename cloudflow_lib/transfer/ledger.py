"""The part ledger, open at the page of one migration: which upload to go on with, and which of its parts to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ByteSpan, UploadedPart
from cloudflow_lib.domain.uploads import PartNote, UploadEntry
from cloudflow_lib.errors import BucketNotFoundError, LostRaceError, ObjectNotFoundError, UploadNotFoundError
from cloudflow_lib.ports.clock import Clock
from cloudflow_lib.ports.part_ledger import PartLedger
from cloudflow_lib.ports.stores import ObjectWriter
from cloudflow_lib.transfer.digest import join_digests
from cloudflow_lib.transfer.jobs import Job

TRIES = 4
"""How often two workers may take an upload out of each other's hands before one of them gives up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the ledger says about one migration to one location."""

    ledger: PartLedger
    migration_id: str
    location_id: str
    clock: Clock

    def open_entry(self) -> UploadEntry | None:
        """Return the upload that is neither finished nor aborted, with its parts."""
        entry = self.ledger.last_upload(self.migration_id)
        return entry if entry is not None and entry.is_open else None

    def entry_for(self, job: Job, spans: Sequence[ByteSpan]) -> tuple[UploadEntry, bool]:
        """
        Return the open upload of this job, and whether it has just begun.

        One of another source version or of other cuts is aborted first: its parts never mix with ours.

        Raises:
            LostRaceError: Another worker begins an upload whenever we do.
        """
        wanted = self._wanted(job, spans)
        for _ in range(TRIES):
            last = self.ledger.last_upload(self.migration_id)
            if last is not None and last.is_open:
                if last.upload_id is not None and last.fits(wanted):
                    return last, False
                # Without a name, its worker died before the store answered, or is about to learn that it lost.
                self.abort(job.target, last)
            entry = replace(wanted, attempt=last.attempt + 1 if last else 1, begun_at=self.clock())
            if begun := self._begin(entry, job):
                return begun, True
        raise LostRaceError(f"another worker sends {job.target_key!r}: try again when it has ended")

    def _wanted(self, job: Job, spans: Sequence[ByteSpan]) -> UploadEntry:
        return UploadEntry(
            migration_id=self.migration_id,
            attempt=1,
            location_id=self.location_id,
            key=job.target_key,
            source_version=job.source_version,
            size_bytes=spans[-1].stop,
            part_bytes=spans[0].size_bytes,
            begun_at=self.clock(),
        )

    def _begin(self, entry: UploadEntry, job: Job) -> UploadEntry | None:
        if not self.ledger.open_upload(entry):
            return None
        with ExitStack() as undo:
            upload = job.target.begin_upload(job.target_key, job.traits)
            undo.callback(job.target.abort_upload, upload, job.target_key)
            if not self.ledger.name_upload(entry, upload):
                return None
            undo.pop_all()
        return replace(entry, upload_id=upload)

    def require_open(self, entry: UploadEntry) -> UploadEntry:
        """
        Return the entry as it is written now.

        Raises:
            LostRaceError: Somebody closed it: a cancellation, or a worker that began anew.
        """
        now = self.open_entry()
        if now is None or now.attempt != entry.attempt:
            raise LostRaceError(f"the upload of {entry.key!r} was ended by somebody else: look at its migration again")
        return now

    def note(self, entry: UploadEntry, note: PartNote) -> None:
        """Write down a part that arrived."""
        self.ledger.note_part(entry, note)

    def abort(self, store: ObjectWriter, entry: UploadEntry) -> bool:
        """Abort the upload, close its entry, and return whether there was anything to abort."""
        was_there = abort_entry(store, entry)
        self.close(entry)
        return was_there

    def close(self, entry: UploadEntry) -> None:
        """Write down that the upload has ended."""
        self.ledger.close_upload(entry, self.clock())


def abort_entry(store: ObjectWriter, entry: UploadEntry) -> bool:
    """Abort the upload at its store, and return whether it was still there."""
    if entry.upload_id is None:
        return False
    try:
        store.list_parts(entry.upload_id, entry.key)
        was_there = True
    except (UploadNotFoundError, ObjectNotFoundError):
        was_there = False
    except BucketNotFoundError:
        return False
    store.abort_upload(entry.upload_id, entry.key)  # parts may have landed behind an earlier abort
    return was_there


def parts_to_keep(
    noted: Mapping[int, PartNote],
    arrived: Sequence[UploadedPart],
    spans: Sequence[ByteSpan],
    *,
    parallel: bool,
) -> dict[int, PartNote]:
    """
    Return the parts that the ledger and the store agree on: number, receipt, size, and checksum where one is told.

    A store that takes parts only one after the other keeps those without a gap before them.
    """
    there = {part.number: part for part in arrived}
    kept: dict[int, PartNote] = {}
    for number, span in enumerate(spans, start=1):
        note, found = noted.get(number), there.get(number)
        if note and found and note.digest.size_bytes == span.size_bytes and _is_same(found, note):
            kept[number] = note
        elif not parallel:
            break
    return kept


def _is_same(found: UploadedPart, note: PartNote) -> bool:
    ours = note.digest.checksums
    if any(ours.get(kind, value) != value for kind, value in found.checksums.items()):
        return False
    return (found.tag, found.size_bytes) == (note.part.tag, note.digest.size_bytes)


def digest_of_parts(notes: Mapping[int, PartNote]) -> Digest:
    """Return the digest of the whole object."""
    return join_digests([notes[number].digest for number in sorted(notes)])
