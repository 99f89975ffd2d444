"""
Take in one file in pieces, over as many requests, processes and days as it takes.

What has come stands in the part ledger and, what is too little for a part, in the upload's own record: a
killed process loses what it had in memory, and the sender is told to go on from what is durable.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.domain.uploads import BEGIN_WITHIN, UploadEntry
from cloudflow_lib.errors import (
    CloudFlowError,
    CorruptDataError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreUnavailableError,
    UploadBusyError,
    UploadNotFoundError,
    WrongInputError,
    WrongOffsetError,
)
from cloudflow_lib.transfer.incoming import IncomingObject, Received
from cloudflow_lib.transfer.verify import prove_info
from cloudflow_lib.workflows.resumable_uploads import durable_standing, event_id_of, standing_of
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.upload_plan import (
    UploadPlan,
    catalogue_upload,
    require_unchanged,
)

LEASE = timedelta(seconds=60)
HOPELESS = (ObjectExistsError, ObjectChangedError, CorruptDataError)
"""What no further piece and no further try changes."""


class ResumedUpload:
    """
    One request's turn with an upload; `pause` ends it and keeps what came, `finish` makes the file.

    `take` only keeps bytes and may be called anywhere; everything else asks the store or the catalogue.
    """

    def __init__(self, upload_id: str, user: str, services: Services, *, offset: int | None = None) -> None:
        """
        Take the turn.

        Raises:
            NotFoundError: As `standing_of`.
            UploadBusyError: Another request has it.
            WrongOffsetError: The upload stands elsewhere than at *offset*.
        """
        self._services = services
        standing_of(upload_id, user, services)
        leased = services.catalog.lease_incoming(upload_id, now=services.clock(), until=services.clock() + LEASE)
        if leased is None:
            raise UploadBusyError("another request sends this upload right now: try again in a moment")
        standing = durable_standing(leased, services)
        self._upload = standing.upload
        if offset is not None and offset != standing.offset:
            self._save(leased_until=None)
            raise WrongOffsetError(f"the upload stands at {standing.offset:,}, not at {offset:,}: go on from there")
        self._incoming = self._open()
        self._renew_at = services.clock() + LEASE / 3

    def _open(self) -> IncomingObject:
        upload, services = self._upload, self._services
        last = services.catalog.last_upload(upload.ledger_id)
        if last is not None and last.is_open and last.upload_id is None:
            services.catalog.close_upload(last, services.clock())  # begun, and nobody heard the answer
            last = replace(last, closed_at=services.clock())
        fresh = UploadEntry(
            migration_id=upload.ledger_id,
            attempt=last.attempt + 1 if last else 1,
            location_id=upload.location_id,
            key=upload.key,
            source_version="",
            size_bytes=upload.size_bytes,
            part_bytes=upload.part_bytes,
            begun_at=services.clock(),
        )
        return IncomingObject(
            store=services.open_store(upload.location_id),
            entry=last if last is not None and last.is_open else fresh,
            traits=self._plan.traits,
            ledger=services.catalog,
            clock=services.clock,
            tail=upload.tail,
        )

    @property
    def _plan(self) -> UploadPlan:
        upload = self._upload
        traits = ObjectTraits(
            content_type=upload.content_type or None,
            metadata=dict(upload.metadata),
            storage_class=upload.storage_class or None,
        )
        return UploadPlan(
            location_id=upload.location_id, key=upload.key, owner=upload.owner, traits=traits, replaces=upload.replaces
        )

    @property
    def offset(self) -> int:
        """How many bytes have come."""
        return self._incoming.size_bytes

    @property
    def is_whole(self) -> bool:
        """Whether all of them have."""
        return self.offset == self._upload.size_bytes

    def take(self, piece: bytes) -> bool:
        """
        Take the next bytes; return whether `send` must run now.

        Raises:
            WrongInputError: They are more than were announced; none of *piece* is taken.
        """
        if self.offset + len(piece) > self._upload.size_bytes:
            raise WrongInputError(f"more bytes came than the {self._upload.size_bytes:,} of Upload-Length")
        return self._incoming.take(piece) or self._services.clock() >= self._renew_at

    def send(self) -> None:
        """
        Send what is enough for a part, and stay the one whose turn it is.

        Raises:
            UploadBusyError: Another request took over meanwhile.
            StoreUnavailableError: What had come is kept, or the store forgot it: look where the upload stands.
        """
        self._renew()
        try:
            self._incoming.send()
        except UploadNotFoundError as error:
            raise self._forgotten() from error

    def _renew(self) -> None:
        if self._services.clock() >= self._renew_at:
            self._keep_turn()

    def _keep_turn(self, **changes: object) -> None:
        now = self._services.clock()
        if not self._save(leased_until=now + LEASE, **changes):
            raise UploadBusyError("another request went on with this upload meanwhile")
        self._renew_at = now + LEASE / 3

    def _forgotten(self) -> StoreUnavailableError:
        """
        Begin anew: the store ended the upload on its own, or nobody heard that it was ended.

        Raises:
            UploadBusyError: It is another request's: that one may have finished it.
        """
        self._keep_turn()
        self._incoming.abort()
        self._save(tail=b"", tail_number=1, leased_until=None)
        return StoreUnavailableError("the store forgot what had come: send it again from the beginning")

    def _save(self, **changes: object) -> bool:
        self._upload = replace(self._upload, **changes)  # type: ignore[arg-type]  # names of the record's own fields
        return self._services.catalog.save_incoming(self._upload)

    def pause(self) -> None:
        """Keep what came, and let the next request go on; who lost the turn keeps nothing."""
        number, tail = self._incoming.tail
        expires_at = self._services.clock() + self._services.upload_limits.resumable_for
        self._save(tail=tail, tail_number=number, leased_until=None, expires_at=expires_at)

    def finish(self) -> CatalogFile:
        """
        Store the file, prove it, catalogue it as warm and return it; may run again after a crash.

        Raises:
            ObjectExistsError, ObjectChangedError, CorruptDataError: Nothing comes of it any more; it was removed.
            StoreUnavailableError, CatalogUnavailableError: Look where it stands, and go on from there.
            UploadBusyError: Another request took over meanwhile.
        """
        try:
            self._renew()
            info, digest = self._stored()
            file = catalogue_upload(self._plan, info, digest, self._services, event_id=event_id_of(self._upload))
        except HOPELESS:
            self.discard()
            raise
        except UploadNotFoundError as error:
            raise self._forgotten() from error
        except CloudFlowError:
            self.pause()
            raise
        if self._save(file_id=file.file_id, tail=b"", leased_until=None):
            self._incoming.close()  # else another request has its turn, and finds by the parts that it is stored
        return file

    def _stored(self) -> Received:
        if found := self._found():
            return found
        try:
            require_unchanged(self._plan, self._services)
            return self._incoming.finish(replaces=self._upload.replaces)
        except (ObjectExistsError, ObjectChangedError):
            if found := self._found():  # by us: the store was asked twice, and only the second answer came
                return found
            raise

    def _found(self) -> Received | None:
        """Return the object if it was stored before, and only the answer got lost."""
        store, digest = self._services.open_store(self._upload.location_id), self._incoming.digest
        try:
            info = store.stat(self._upload.key)
            if info.modified_at < self._upload.begun_at - BEGIN_WITHIN or info.version == self._upload.replaces:
                return None
            prove_info(store, info, digest)
        except (ObjectNotFoundError, CorruptDataError):
            return None
        return info, digest

    def discard(self) -> None:
        """
        Leave nothing of it.

        Raises:
            UploadBusyError: Another request took over meanwhile; it all stays.
        """
        # Its time ends first: whoever comes from here on finds nothing to go on with, and a sweep ends what we do not.
        self._keep_turn(expires_at=self._services.clock())
        self._incoming.abort()
        self._services.catalog.forget_incoming(self._upload.upload_id)


def discard_resumable(upload_id: str, user: str, services: Services) -> None:
    """
    Take an upload back, with everything that came of it; a file that it became stays.

    Raises:
        NotFoundError, UploadBusyError: As `ResumedUpload`.
    """
    if standing_of(upload_id, user, services).upload.file_id is not None:
        services.catalog.forget_incoming(upload_id)
        return
    ResumedUpload(upload_id, user, services).discard()
