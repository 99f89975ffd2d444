"""Send to a store what comes in from outside: a part at a time, never more than one in memory, nothing on disk."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ObjectInfo, ObjectTraits, UploadedPart, UploadId
from cloudflow_lib.domain.uploads import PartNote, UploadEntry
from cloudflow_lib.errors import CorruptDataError, LostRaceError, UploadNotFoundError
from cloudflow_lib.ports.clock import Clock
from cloudflow_lib.ports.part_ledger import PartLedger
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.transfer.digest import digest_of, join_digests
from cloudflow_lib.transfer.ledger import abort_entry, digest_of_parts

ROUNDS = 3
"""How often another request may replace parts while we finish, before we give up."""

Received = tuple[ObjectInfo, Digest]
"""What was stored, and the digest of what came in."""


class IncomingObject:
    """
    One object on its way into a store; its upload stands in the part ledger before its first byte.

    Small objects go in one request. Larger ones begin an upload with their first full part, and each
    part is noted when it arrived, so that another process can carry on, or a sweep end it.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        entry: UploadEntry,
        traits: ObjectTraits,
        ledger: PartLedger,
        clock: Clock,
        tail: bytes = b"",
    ) -> None:
        self._store = store
        self._entry = entry
        self._traits = traits
        self._ledger = ledger
        self._clock = clock
        self._notes: dict[int, PartNote] = dict(entry.parts)
        self._buffer = bytearray(tail)

    @property
    def size_bytes(self) -> int:
        """How many bytes have come in so far."""
        return sum(note.digest.size_bytes for note in self._notes.values()) + len(self._buffer)

    @property
    def digest(self) -> Digest:
        """The digest of what has come in so far."""
        return join_digests([digest_of_parts(self._notes), digest_of(bytes(self._buffer))])

    @property
    def tail(self) -> tuple[int, bytes]:
        """The number of the part that is being filled, and what has come of it."""
        return len(self._notes) + 1, bytes(self._buffer)

    def take(self, piece: bytes) -> bool:
        """Take the next bytes without touching the store; return whether `send` must run before more are taken."""
        self._buffer += piece
        return len(self._buffer) > self._entry.part_bytes

    def send(self) -> None:
        """Send every full part, but keep at least one byte: the last part is sent when the end is known."""
        while len(self._buffer) > self._entry.part_bytes:
            self._send_part(bytes(self._buffer[: self._entry.part_bytes]))
            del self._buffer[: self._entry.part_bytes]

    def _send_part(self, data: bytes) -> None:
        upload, digest = self._upload(), digest_of(data)
        number = len(self._notes) + 1
        part = self._store.put_part(upload, self._entry.key, number, data, checksums=digest.checksums)
        note = PartNote(part=part, digest=digest)
        self._ledger.note_part(self._entry, note)
        self._notes[part.number] = note

    def _upload(self) -> UploadId:
        if self._entry.upload_id is not None:
            return self._entry.upload_id
        if not self._ledger.open_upload(self._entry):
            raise LostRaceError("somebody else sends the same file: look whether it has arrived, then try again")
        with ExitStack() as undo:
            upload = self._store.begin_upload(self._entry.key, self._traits)
            undo.callback(self._store.abort_upload, upload, self._entry.key)
            if not self._ledger.name_upload(self._entry, upload):
                raise LostRaceError("the upload was ended by somebody else: begin it anew")
            undo.pop_all()
        self._entry = replace(self._entry, upload_id=upload)
        return upload

    def finish(self, *, replaces: str | None) -> Received:
        """
        Make the object of what came in, and return it with the digest of it.

        Raises:
            ObjectExistsError: It *replaces* nothing, and there is an object already.
            ObjectChangedError: What is there is not the version that it *replaces*.
            CorruptDataError: What is there of it is not what came in.
        """
        if not self._notes:
            data = bytes(self._buffer)
            digest = digest_of(data)
            info = self._store.put(
                self._entry.key,
                data,
                self._traits,
                if_absent=replaces is None,
                if_version=replaces,
                checksums=digest.checksums,
            )
            return info, digest
        if self._buffer:
            self._send_part(bytes(self._buffer))
            self._buffer.clear()
        for _ in range(ROUNDS - 1):
            try:
                return self._finish_parts(replaces)
            except CorruptDataError:
                if not self._find_receipts():
                    raise
        return self._finish_parts(replaces)

    def _finish_parts(self, replaces: str | None) -> Received:
        digest = digest_of_parts(self._notes)
        info = self._store.finish_upload(
            self._upload(),
            self._entry.key,
            [self._notes[number].part for number in sorted(self._notes)],
            self._traits,
            if_absent=replaces is None,
            if_version=replaces,
            checksums=digest.checksums,
        )
        return info, digest

    def _find_receipts(self) -> bool:
        """
        Take the receipts of the parts as they are there now; return whether they are others than ours.

        A request that lost its turn may have sent a part again behind us, and its receipt is another one. The
        ledger has it, or, if that request died right behind its part, the store alone tells: the same bytes then.
        """
        last = self._ledger.last_upload(self._entry.migration_id)
        if last is None or not last.is_open or last.upload_id != self._entry.upload_id:
            return False
        try:
            there = {part.number: part for part in self._store.list_parts(self._upload(), self._entry.key)}
        except UploadNotFoundError:
            return False
        now = {number: _as_found(note, there.get(number)) for number, note in last.parts.items()}
        if now == self._notes or not self._hold_as_much(now):
            return False
        self._notes = now
        return True

    def _hold_as_much(self, notes: Mapping[int, PartNote]) -> bool:
        sizes = {number: note.digest.size_bytes for number, note in self._notes.items()}
        return sizes == {number: note.digest.size_bytes for number, note in notes.items()}

    def close(self) -> None:
        """Write down that it has ended well; whoever crashes before finds the parts and their digests again."""
        if self._entry.upload_id is not None:
            self._ledger.close_upload(self._entry, self._clock())

    def abort(self) -> None:
        """Leave nothing of it in the store; once finished, this changes nothing."""
        self._buffer.clear()
        if self._entry.upload_id is not None:
            abort_entry(self._store, self._entry)
            self._ledger.close_upload(self._entry, self._clock())


def _as_found(note: PartNote, found: UploadedPart | None) -> PartNote:
    """Return *note* with the receipt of the part that is there, if that one holds the same bytes."""
    if found is None or not found.checksums:
        return note
    told, ours = dict(found.checksums), note.digest.checksums
    is_same = found.size_bytes == note.digest.size_bytes and told == {kind: ours.get(kind) for kind in told}
    return replace(note, part=found) if is_same else note
