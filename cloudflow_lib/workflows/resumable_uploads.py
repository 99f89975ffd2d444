"""Files that come in pieces: how one begins, how far it is, and what becomes of those that nobody finishes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID, uuid4

from cloudflow_lib.domain.incoming import LEDGER_PREFIX, ResumableUpload
from cloudflow_lib.domain.uploads import UploadEntry
from cloudflow_lib.errors import NotFoundError, TooLargeError, WrongInputError
from cloudflow_lib.transfer.ledger import abort_entry
from cloudflow_lib.transfer.plan import part_size
from cloudflow_lib.workflows.patience import Patience, going_on
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.upload_plan import UploadWish, plan_upload
from cloudflow_lib.workflows.user_limits import limits_of

MOST_TAIL = 12 * 1024 * 1024
"""What is too little for a part stands in a document, which may have 16 MB."""


def begin_resumable(wish: UploadWish, size_bytes: int, services: Services) -> ResumableUpload:
    """
    Write down that a file of *size_bytes* will come in pieces.

    Raises:
        TooLargeError, WrongInputError: It is too large, or too many are unfinished already.
    """
    limits = limits_of(wish.user, services)
    limits.require_fits(size_bytes, resumable=True)
    plan = plan_upload(wish, services)
    plan.room(services).require(size_bytes)
    if services.catalog.count_incoming(wish.user) >= limits.max_open:
        raise WrongInputError(f"{limits.max_open} uploads are unfinished already: finish one or take it back")
    part_bytes = part_size(size_bytes, services.open_store(plan.location_id).capabilities, limits.part_bytes)
    if part_bytes > MOST_TAIL:
        raise TooLargeError(f"too large to come in pieces: this store would need parts of {part_bytes:,} bytes")
    now = services.clock()
    upload = ResumableUpload(
        upload_id=uuid4().hex,
        user=wish.user,
        location_id=plan.location_id,
        key=plan.key,
        owner=plan.owner,
        content_type=plan.traits.content_type or "",
        storage_class=plan.traits.storage_class or "",
        metadata=plan.traits.metadata,
        replaces=plan.replaces,
        size_bytes=size_bytes,
        part_bytes=part_bytes,
        begun_at=now,
        expires_at=now + limits.resumable_for,
    )
    services.catalog.open_incoming(upload)
    return upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an upload has come."""

    upload: ResumableUpload
    offset: int
    """How many bytes are durable."""

    @property
    def waits_for_its_end(self) -> bool:
        """Whether all bytes are here and no file came of them yet: a crash or a busy store came in between."""
        return self.offset == self.upload.size_bytes and self.upload.file_id is None


def standing_of(upload_id: str, user: str, services: Services) -> Standing:
    """
    Return how far the upload has come.

    Raises:
        NotFoundError: There is none of this user, or its time is over.
    """
    upload = services.catalog.incoming(upload_id)
    if upload.user != user or upload.expires_at <= services.clock():
        raise NotFoundError(f"there is no upload {upload_id!r}, or its time is over: begin it anew")
    return durable_standing(upload, services)


def durable_standing(upload: ResumableUpload, services: Services) -> Standing:
    """Return how far *upload* has come, by the ledger and its tail."""
    if upload.file_id is not None:
        return Standing(upload=upload, offset=upload.size_bytes)
    entry = services.catalog.last_upload(upload.ledger_id)
    parts = entry.parts if entry is not None and entry.is_open else {}
    sent = sum(note.digest.size_bytes for note in parts.values())
    # A tail of a part that has arrived since is older than what is durable.
    fits = upload.tail_number == len(parts) + 1
    return Standing(upload=upload if fits else replace(upload, tail=b""), offset=sent + fits * len(upload.tail))


def event_id_of(upload: ResumableUpload) -> str:
    """Return the id of the event that this upload became a file: a UUID of version 7, the same whenever it is asked."""
    millis = int(upload.begun_at.timestamp() * 1000) & (1 << 48) - 1
    random = int.from_bytes(sha256(upload.upload_id.encode()).digest()[:10])
    low = random & (1 << 62) - 1
    return str(UUID(int=millis << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | low))


def is_awaited(entry: UploadEntry, services: Services) -> bool:
    """Return whether *entry* is of a file that comes in pieces and may still be carried on with."""
    if not entry.migration_id.startswith(LEDGER_PREFIX):
        return False
    try:
        upload = services.catalog.incoming(entry.migration_id.removeprefix(LEDGER_PREFIX))
    except NotFoundError:
        return False
    return upload.file_id is None and not upload.is_over(services.clock())


def sweep_resumable(patience: Patience, services: Services) -> tuple[int, list[str]]:
    """End uploads whose time is over; return how many were aborted at their store, and what could not be."""
    aborted = 0
    problems: list[str] = []
    now = services.clock()
    for upload in services.catalog.expired_incoming(now):
        if not upload.is_over(now):
            continue
        with going_on(problems, f"upload of {upload.location_id}/{upload.key}"):
            entry = services.catalog.last_upload(upload.ledger_id)
            if entry is not None and entry.is_open:
                if patience.is_over("upload", entry.location_id):
                    continue
                with patience.asking("upload", entry.location_id):
                    aborted += abort_entry(services.open_store(entry.location_id), entry)
                services.catalog.close_upload(entry, services.clock())
            services.catalog.forget_incoming(upload.upload_id)
    return aborted, problems
