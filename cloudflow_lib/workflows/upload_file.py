"""Take in one file that somebody sends in one go: straight into the store, or nothing at all."""

from __future__ import annotations

from types import TracebackType
from typing import Self
from uuid import uuid4

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.uploads import UploadEntry
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.transfer.incoming import IncomingObject
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.upload_plan import UploadWish, catalogue_upload, plan_upload, require_unchanged
from cloudflow_lib.workflows.user_limits import limits_of


class FileUpload:
    """
    A file on its way in. Left without `finish`, nothing of it stays behind.

    `take` only keeps bytes and may be called anywhere; opening, `send`, `finish` and leaving ask the
    store. Bytes come in through `take`; when it says so, `send` must run before the next ones.
    """

    def __init__(self, wish: UploadWish, services: Services) -> None:
        self._services = services
        self._limits = limits_of(wish.user, services)
        self._plan = plan_upload(wish, services)
        self._room = self._plan.room(services)
        store = services.open_store(self._plan.location_id)
        entry = UploadEntry(
            migration_id=f"upload-{uuid4().hex}",
            attempt=1,
            location_id=self._plan.location_id,
            key=self._plan.key,
            source_version="",
            size_bytes=0,  # nobody knows yet
            part_bytes=max(services.upload_limits.part_bytes, store.capabilities.min_part_bytes),
            begun_at=services.clock(),
        )
        self._incoming = IncomingObject(
            store=store, entry=entry, traits=self._plan.traits, ledger=services.catalog, clock=services.clock
        )
        self._is_finished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if not self._is_finished:
            self._incoming.abort()

    def require_fits(self, size_bytes: int) -> None:
        """Raise TooLargeError if a file of *size_bytes* is not taken from this user, or not for its owner."""
        self._limits.require_fits(size_bytes)
        self._room.require(size_bytes)

    @property
    def key(self) -> str:
        """The name it gets at its location."""
        return self._plan.key

    def take(self, piece: bytes) -> bool:
        """
        Take the next bytes; return whether `send` must run now.

        Raises:
            TooLargeError: The file is larger than one request may bring.
        """
        self.require_fits(self._incoming.size_bytes + len(piece))
        return self._incoming.take(piece)

    def send(self) -> None:
        """Send what is enough for a part."""
        self._incoming.send()

    def finish(self) -> CatalogFile:
        """
        Store the file, prove it, catalogue it as warm and return it.

        Raises:
            QuotaError: Other files of the same owner arrived meanwhile, and there is no room any more.
            ObjectExistsError, ObjectChangedError: Somebody else was faster with this name.
            CorruptDataError: The store holds other bytes than were sent.
        """
        try:
            require_unchanged(self._plan, self._services)
            if self._room.size_bytes is not None:
                self._plan.room(self._services).require(self._incoming.size_bytes)
            info, digest = self._incoming.finish(replaces=self._plan.replaces)
        except CloudFlowError:
            self._incoming.abort()
            raise
        self._is_finished = True
        self._incoming.close()
        return catalogue_upload(self._plan, info, digest, self._services)
