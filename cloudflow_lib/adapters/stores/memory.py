"""A store in this process's memory: the contract in its plainest form, for tests and rehearsals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from threading import RLock
from typing import ClassVar

from cloudflow_lib.adapters.stores.checksums import crc32c, crc64nvme
from cloudflow_lib.adapters.stores.memory_uploads import MemoryUploads, PendingUpload
from cloudflow_lib.adapters.stores.metadata import require_room
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.ordering import pages_of
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ByteSpan, Capabilities, ChecksumKind, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import (
    BucketNotFoundError,
    CorruptDataError,
    ObjectArchivedError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreFullError,
    UnsupportedError,
)

PIECE_BYTES = 8 * 1024 * 1024

CAPABILITIES = Capabilities(
    storage_classes=("HOT", "WARM", "COLD", "ARCHIVE"),
    default_class="HOT",
    archive_classes=("ARCHIVE",),
    changes_class_in_place=True,
    deletes_conditionally=True,
    full_checksums=frozenset(ChecksumKind),
    min_part_bytes=1,
    max_part_bytes=1024**3,
    max_parts=10_000,
    max_single_put_bytes=1024**3,
    max_object_bytes=1024**4,
    max_metadata_bytes=8192,
    has_tags=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """One object: its bytes and what is known about them."""

    data: bytes
    info: ObjectInfo
    traits: ObjectTraits


@dataclass(slots=True)
class Bucket:
    """What every `MemoryStore` of one name shares."""

    capacity_bytes: int | None = None
    objects: dict[str, StoredObject] = field(default_factory=dict)
    uploads: dict[str, PendingUpload] = field(default_factory=dict)
    versions: Iterator[int] = field(default_factory=lambda: count(1))
    lock: RLock = field(default_factory=RLock)

    def room_for(self, data: bytes | memoryview) -> bool:
        """Whether *data* still fits."""
        if self.capacity_bytes is None:
            return True
        return sum(len(stored.data) for stored in self.objects.values()) + len(data) <= self.capacity_bytes


class MemoryStore(MemoryUploads):
    """
    An object store that forgets everything when the process ends.

    Stores of the same *name* share their objects. *capacity_bytes* makes a full store testable.
    """

    page_size: int = 1000
    _buckets: ClassVar[dict[str, Bucket]] = {}

    def __init__(self, name: str, *, capacity_bytes: int | None = None) -> None:
        self._name = name
        self._bucket = self._buckets.setdefault(name, Bucket(capacity_bytes=capacity_bytes))
        super().__init__(self._bucket.uploads)

    @property
    def bucket(self) -> str:
        """The name it was opened with."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def check_access(self) -> None:
        """Return: memory is always there."""

    def close(self) -> None:
        """Keep the objects: other stores of this name may still need them."""

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        with self._bucket.lock:
            infos = [stored.info for key, stored in self._bucket.objects.items() if key.startswith(prefix)]
        # Strings sort by code points, which is the order of their UTF-8 bytes.
        infos.sort(key=lambda info: info.key)
        found = (replace(info, metadata={}) for info in infos if after is None or info.key > after)
        yield from pages_of(found, self.page_size)

    def stat(self, key: str) -> ObjectInfo:
        return self._stored(key).info

    def traits(self, key: str) -> ObjectTraits:
        return self._stored(key).traits

    def read(self, key: str, *, version: str, span: ByteSpan | None = None) -> Iterator[memoryview | bytes]:
        stored = self._stored(key, version)
        if stored.info.storage_class in CAPABILITIES.archive_classes:
            raise refusal(ObjectArchivedError, self._name, key, stored.info.storage_class)
        span = span or ByteSpan(0, len(stored.data))
        view = memoryview(stored.data)[span.start : span.stop]
        if len(view) != span.size_bytes:
            raise CorruptDataError(f"{self._name}/{key}: the span ends behind byte {len(stored.data):,}, its last")
        for at in range(0, len(view), PIECE_BYTES):
            yield view[at : at + PIECE_BYTES]

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
        check_key(Provider.MEMORY, key)
        storage_class = traits.storage_class or CAPABILITIES.default_class
        require_room(traits.metadata, CAPABILITIES.max_metadata_bytes, f"{self._name}/{key}")
        computed = checksums_of(data)
        if any(computed[kind] != value for kind, value in (checksums or {}).items()):
            raise refusal(CorruptDataError, self._name, key, "checksum mismatch")
        if storage_class not in CAPABILITIES.storage_classes:
            raise refusal(UnsupportedError, self._name, key, f"no storage class {storage_class}")
        with self._bucket.lock:
            if if_absent and key in self._bucket.objects:
                raise refusal(ObjectExistsError, self._name, key, "create only")
            if if_version is not None and self._version(key) != if_version:
                raise refusal(ObjectChangedError, self._name, key, f"not version {if_version}")
            if not self._bucket.room_for(data):
                raise refusal(StoreFullError, self._name, key, f"capacity {self._bucket.capacity_bytes:,} bytes")
            info = ObjectInfo(
                key=key,
                size_bytes=len(data),
                version=str(next(self._bucket.versions)),
                modified_at=datetime.now(UTC),
                storage_class=storage_class,
                content_type=traits.content_type,
                metadata=dict(traits.metadata),
                checksums=computed,
            )
            kept = replace(traits, storage_class=storage_class)
            self._bucket.objects[key] = StoredObject(data=bytes(data), info=info, traits=kept)
        return info

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
        source = self._stored(source_key, version, bucket_name=source_bucket)
        traits = replace(source.traits, storage_class=storage_class)
        return self.put(target_key, source.data, traits, if_absent=if_absent)

    def change_class(self, key: str, storage_class: str, *, version: str) -> ObjectInfo:
        with self._bucket.lock:
            stored = self._stored(key, version)
            if stored.info.storage_class == storage_class:
                return stored.info
            return self.put(key, stored.data, replace(stored.traits, storage_class=storage_class))

    def delete(self, key: str, *, if_version: str | None = None) -> bool:
        with self._bucket.lock:
            if key not in self._bucket.objects:
                return False
            self._stored(key, if_version)
            del self._bucket.objects[key]
        return True

    def _version(self, key: str) -> str | None:
        stored = self._bucket.objects.get(key)
        return stored.info.version if stored else None

    def _stored(self, key: str, version: str | None = None, bucket_name: str | None = None) -> StoredObject:
        bucket = self._bucket if bucket_name is None else self._buckets.get(bucket_name)
        if bucket is None:
            raise refusal(BucketNotFoundError, str(bucket_name), None, "nobody opened it")
        stored = bucket.objects.get(key)
        if stored is None:
            raise refusal(ObjectNotFoundError, self._name, key, "nothing there")
        if version not in {None, stored.info.version}:
            raise refusal(ObjectChangedError, self._name, key, f"version {stored.info.version}, not {version}")
        return stored


def checksums_of(data: bytes | memoryview) -> dict[ChecksumKind, str]:
    """Return every checksum of *data*, as a generous store would."""
    return {
        ChecksumKind.CRC64NVME: crc64nvme(data),
        ChecksumKind.CRC32C: crc32c(data),
        ChecksumKind.MD5: hashlib.md5(data, usedforsecurity=False).hexdigest(),
        ChecksumKind.SHA256: hashlib.sha256(data).hexdigest(),
    }
