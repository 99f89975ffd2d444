"""
What the fast path asks of an object store: whole small objects, hundreds of requests in flight in one event loop.

Every call is one request and is never repeated here: who calls knows what may be repeated, and when. Errors
are those of `ports.stores`; a busy store raises StoreUnavailableError with what it asked us to wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.objects import Capabilities, ChecksumKind, ObjectInfo, ObjectTraits


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One object as it was read."""

    data: bytes | memoryview
    version: str
    traits: ObjectTraits
    """All but the tags, which no store answers with the bytes."""
    checksums: Mapping[ChecksumKind, str] = field(default_factory=dict)
    """What the store keeps of the whole object since it was written, where it says so with the bytes."""
    modified_at: datetime | None = None
    """When it was written; told where nobody said which version is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the store answered when an object was written."""

    version: str
    checksums: Mapping[ChecksumKind, str] = field(default_factory=dict)
    """Of the whole object, as the store computed them over what it received."""
    perhaps_md5: str | None = None
    """The ETag, where most stores of this kind put the MD5: equal it proves the bytes, unequal it proves nothing."""
    modified_at: datetime | None = None
    """When it was written, if not by this very request."""


class BulkStore(Protocol):
    """One bucket, for many small objects."""

    @property
    def capabilities(self) -> Capabilities: ...

    def keeps(self, key: str) -> bool:
        """Whether the fast path can name *key* as it is; if not, the other path must."""
        ...

    def holds(self, traits: ObjectTraits) -> bool:
        """Whether the fast path can write *traits* as they are; if not, the other path must."""
        ...

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        """As `ObjectLister.list_pages`; the only call here that blocks."""
        ...

    async def get(self, key: str, *, version: str | None, size_bytes: int) -> Fetched:
        """
        Return the whole object, stored bytes, never decompressed; without a version whatever lies there now.

        Raises:
            ObjectChangedError: The object is no longer *version*, or its store says that it has another size.
            ObjectNotFoundError, ObjectArchivedError: It cannot be read.
            CorruptDataError: Fewer or more bytes came than *size_bytes*.
            UnsupportedError: The fast path cannot parse its metadata; the other path can.
        """
        ...

    @property
    def tells_tags(self) -> bool:
        """Whether `tags` is answered here; if not, the other path knows them."""
        ...

    async def tags(self, key: str) -> Mapping[str, str]:
        """
        Return the tags of an object.

        Raises:
            UnsupportedError: This server has none.
        """
        ...

    async def put_new(
        self, key: str, data: bytes | memoryview, traits: ObjectTraits, *, source_md5: str | None = None
    ) -> Stored:
        """
        Write an object where there is none.

        Where *source_md5*, which the source's store seems to tell, comes back as `perhaps_md5`, two stores have
        computed the same of the same bytes: nothing else is asked for then.

        Raises:
            ObjectExistsError: There is one already.
            InvalidNameError, StoreFullError, UnsupportedError, CorruptDataError: As `ObjectWriter.put`.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections."""
        ...
