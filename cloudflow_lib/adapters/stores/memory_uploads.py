"""Multipart uploads of the memory store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from cloudflow_lib.adapters.stores.checksums import crc32c, crc64nvme
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import (
    ChecksumKind,
    ObjectInfo,
    ObjectTraits,
    OpenUpload,
    UploadedPart,
    UploadId,
)
from cloudflow_lib.errors import CorruptDataError, UploadNotFoundError


@dataclass(slots=True)
class PendingUpload:
    """The parts of an upload that nobody finished yet."""

    key: str
    started_at: datetime
    parts: dict[int, tuple[UploadedPart, bytes]] = field(default_factory=dict)


class MemoryUploads(ABC):
    """The multipart half of the memory store."""

    def __init__(self, uploads: dict[str, PendingUpload]) -> None:
        self._uploads = uploads

    @abstractmethod
    def put(
        self,
        key: str,
        data: bytes | memoryview,
        traits: ObjectTraits,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        checksums: Mapping[ChecksumKind, str] | None = None,
    ) -> ObjectInfo: ...

    def begin_upload(self, key: str, traits: ObjectTraits) -> UploadId:
        del traits  # they come again with finish_upload
        check_key(Provider.MEMORY, key)
        upload = UploadId(uuid4().hex)
        self._uploads[upload] = PendingUpload(key, datetime.now(UTC))
        return upload

    def put_part(
        self,
        upload: UploadId,
        key: str,
        number: int,
        data: bytes | memoryview,
        *,
        checksums: Mapping[ChecksumKind, str] | None = None,
    ) -> UploadedPart:
        pending = self._pending(upload, key)
        computed = {ChecksumKind.CRC64NVME: crc64nvme(data), ChecksumKind.CRC32C: crc32c(data)}
        if any(computed.get(kind, value) != value for kind, value in (checksums or {}).items()):
            raise CorruptDataError(f"{key}: part {number} is not what was read; send it again")
        part = UploadedPart(number=number, size_bytes=len(data), tag=uuid4().hex, checksums=computed)
        pending.parts[number] = (part, bytes(data))
        return part

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
        pending = self._pending(upload, key)
        if any(pending.parts.get(part.number, (None,))[0] != part for part in parts):
            raise CorruptDataError(f"{key}: a part is missing or was replaced; send the parts again")
        data = b"".join(pending.parts[part.number][1] for part in sorted(parts, key=lambda part: part.number))
        info = self.put(key, data, traits, if_absent=if_absent, if_version=if_version, checksums=checksums)
        self._uploads.pop(upload, None)  # a second worker may have aborted it meanwhile
        return info

    def abort_upload(self, upload: UploadId, key: str) -> None:
        del key
        self._uploads.pop(upload, None)

    def list_parts(self, upload: UploadId, key: str) -> Sequence[UploadedPart]:
        parts = self._pending(upload, key).parts
        return [parts[number][0] for number in sorted(parts)]

    def list_uploads(self, prefix: str = "") -> Iterable[OpenUpload]:
        return [
            OpenUpload(upload_id=UploadId(upload), key=pending.key, started_at=pending.started_at)
            for upload, pending in self._uploads.items()
            if pending.key.startswith(prefix)
        ]

    def _pending(self, upload: UploadId, key: str) -> PendingUpload:
        pending = self._uploads.get(upload)
        if pending is None or pending.key != key:
            raise UploadNotFoundError(f"{key}: there is no such upload; start it again")
        return pending
