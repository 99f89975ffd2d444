"""The fast path's promises kept by any store's ordinary calls, in threads: for stores that have no faster way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from cloudflow_lib.domain.objects import ByteSpan, Capabilities, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError
from cloudflow_lib.ports.bulk import Fetched, Stored
from cloudflow_lib.ports.stores import ObjectStore


class SdkBulk:
    """BulkStore on an ObjectStore."""

    tells_tags = True

    def __init__(self, store: ObjectStore, *, owns: bool = False) -> None:
        self._store = store
        self._owns = owns

    @property
    def capabilities(self) -> Capabilities:
        return self._store.capabilities

    def keeps(self, key: str) -> bool:
        """Any key: the store itself names it."""
        del key
        return True

    def holds(self, traits: ObjectTraits) -> bool:
        """Any traits: the store itself writes them."""
        del traits
        return True

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        return self._store.list_pages(prefix, after=after)

    async def get(self, key: str, *, version: str | None, size_bytes: int) -> Fetched:
        return await asyncio.to_thread(self._get, key, version, size_bytes)

    def _get(self, key: str, version: str | None, size_bytes: int) -> Fetched:
        modified_at = None
        if version is None:
            found = self._store.stat(key)
            if found.size_bytes != size_bytes:
                raise ObjectChangedError(f"{key!r} has {found.size_bytes:,} bytes, not {size_bytes:,}")
            version, modified_at = found.version, found.modified_at
        traits = self._store.traits(key)
        data = b"".join(self._store.read(key, version=version, span=ByteSpan(0, size_bytes)))
        if len(data) != size_bytes:
            raise CorruptDataError(f"{key!r}: asked for {size_bytes:,} bytes, got {len(data):,}")
        return Fetched(data=data, version=version, traits=traits, modified_at=modified_at)

    async def tags(self, key: str) -> Mapping[str, str]:
        traits = await asyncio.to_thread(self._store.traits, key)
        return traits.tags

    async def put_new(
        self, key: str, data: bytes | memoryview, traits: ObjectTraits, *, source_md5: str | None = None
    ) -> Stored:
        del source_md5  # this store tells more by itself
        info = await asyncio.to_thread(self._store.put, key, bytes(data), traits, if_absent=True)
        return Stored(version=info.version, checksums=info.checksums)

    async def aclose(self) -> None:
        """Close the store if it is this one's; else leave it to whoever opened it."""
        if self._owns:
            await asyncio.to_thread(self._store.close)
