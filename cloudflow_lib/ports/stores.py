"""
What we ask of an object store, as small promises; `tests/contract` holds every adapter to them.

Adapters translate their SDK's errors into `cloudflow_lib.errors` at the border, chained with
`from`. They retry what is safe to repeat when the store is busy, and nothing else retries:
after the adapter's attempts a `StoreUnavailableError` leaves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from cloudflow_lib.domain.objects import (
    ByteSpan,
    Capabilities,
    ChecksumKind,
    ObjectInfo,
    ObjectTraits,
    OpenUpload,
    UploadedPart,
    UploadId,
)


class ObjectLister(Protocol):
    """Find objects."""

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        """
        Yield pages of the objects whose key starts with *prefix*, in the order of their UTF-8 bytes.

        With *after*, only keys behind it. What was written before the call is in it; markers
        of "folders" are objects too. Listings carry no metadata.
        """
        ...


class ObjectReader(Protocol):
    """Read objects without surprises: always the stored bytes, never decompressed or transcoded."""

    @property
    def capabilities(self) -> Capabilities: ...

    def stat(self, key: str) -> ObjectInfo:
        """
        Return what the store says about *key* now, with metadata and checksums.

        Raises:
            ObjectNotFoundError: There is no such object.
        """
        ...

    def traits(self, key: str) -> ObjectTraits:
        """Return content type, metadata, tags and storage class of *key*: what a copy should carry."""
        ...

    def read(self, key: str, *, version: str, span: ByteSpan | None = None) -> Iterator[memoryview | bytes]:
        """
        Yield the bytes of exactly *version*, in pieces of at most 8 MiB.

        Raises:
            ObjectChangedError: The object is no longer that version (also when it changes under the read).
            ObjectNotFoundError: The object is gone.
            ObjectArchivedError: It must be restored first.
            CorruptDataError: The store sent fewer or more bytes than the span holds.
        """
        ...


class ObjectWriter(Protocol):
    """Write objects atomically: readers see the whole object or none of it."""

    @property
    def capabilities(self) -> Capabilities: ...

    def put(
        self,
        key: str,
        data: bytes | memoryview,
        traits: ObjectTraits,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        checksums: Mapping[ChecksumKind, str] | None = None,
    ) -> ObjectInfo:
        """
        Write a small object in one request; *checksums* go along where the store checks them.

        The answer's `checksums` hold what the store computed, and only that.

        Raises:
            ObjectExistsError: *if_absent* and there is an object already.
            ObjectChangedError: The object is not *if_version* any more, or gone.
            InvalidNameError: The store does not allow this key; raised before any request.
            StoreFullError: There is no room or quota left.
            CorruptDataError: The store computed another checksum than the one sent.
        """
        ...

    def begin_upload(self, key: str, traits: ObjectTraits) -> UploadId: ...

    def put_part(
        self,
        upload: UploadId,
        key: str,
        number: int,
        data: bytes | memoryview,
        *,
        checksums: Mapping[ChecksumKind, str] | None = None,
    ) -> UploadedPart:
        """Send part *number* (from 1); sending it again replaces it. Whoever knows its *checksums* brings them."""
        ...

    def finish_upload(
        self,
        upload: UploadId,
        key: str,
        parts: Sequence[UploadedPart],
        traits: ObjectTraits,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        checksums: Mapping[ChecksumKind, str] | None = None,
    ) -> ObjectInfo:
        """
        Join *parts* into the object; *checksums* are of the whole object.

        Raises:
            UploadNotFoundError: The upload is finished, aborted or expired: stat *key* to learn which.
            ObjectExistsError: *if_absent* and there is an object already.
            ObjectChangedError: The object is not *if_version* any more, or gone.
            CorruptDataError: The store computed another checksum than the one sent.
        """
        ...

    def abort_upload(self, upload: UploadId, key: str) -> None:
        """Forget the upload; aborting a finished or unknown one is not an error."""
        ...

    def list_parts(self, upload: UploadId, key: str) -> Sequence[UploadedPart]:
        """Return the parts that arrived, by number; an unknown upload raises UploadNotFoundError."""
        ...

    def list_uploads(self, prefix: str = "") -> Iterable[OpenUpload]:
        """Return uploads that nobody finished, where the store can list them."""
        ...


class ObjectMover(Protocol):
    """Change what lies in the store without its bytes passing through us."""

    def copy_within(
        self,
        source_key: str,
        target_key: str,
        *,
        version: str,
        source_bucket: str | None = None,
        storage_class: str | None = None,
        if_absent: bool = False,
    ) -> ObjectInfo:
        """
        Copy exactly *version* on the server, with its metadata, content type and tags.

        *source_bucket* names another bucket that the same credential opens. Objects above the
        store's limit for one request are copied in parts, still on the server.

        Raises:
            ObjectChangedError: The source is no longer that version.
            UnsupportedError: The store cannot copy on the server.
        """
        ...

    def change_class(self, key: str, storage_class: str, *, version: str) -> ObjectInfo:
        """
        Move the object to another storage class in place and return it as it is now.

        The version may change (S3, GCS) or stay (Azure): pin the returned one.

        Raises:
            ObjectChangedError: The object is no longer *version*.
            UnsupportedError: The store has no such class.
        """
        ...

    def delete(self, key: str, *, if_version: str | None = None) -> bool:
        """
        Delete the object, if it still is *if_version*; return whether there was one.

        Where `capabilities.deletes_conditionally` is False the adapter compares with a fresh
        `stat` first: the best it can do, and the reason why callers keep the source longer there.

        Raises:
            ObjectChangedError: The object is another version now; it was not deleted.
        """
        ...


class ObjectStore(ObjectLister, ObjectReader, ObjectWriter, ObjectMover, Protocol):
    """Everything one location can be asked."""

    def check_access(self) -> None:
        """
        Prove that the bucket is there and may be read.

        Raises:
            BucketNotFoundError, AccessDeniedError, StoreUnavailableError: What is wrong.
        """
        ...

    def close(self) -> None:
        """Give back connections; the store is not used afterwards."""
        ...


class StoreOpener(Protocol):
    """Open the store behind a location."""

    def __call__(self, location_id: str) -> ObjectStore: ...
