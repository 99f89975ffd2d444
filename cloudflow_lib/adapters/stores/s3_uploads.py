"""Writing objects to S3, in one request or in parts, proved by a CRC64NVME over the whole object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from cloudflow_lib.adapters.stores.answers import OK
from cloudflow_lib.adapters.stores.checksums import base64_of_hex, combined, crc64nvme
from cloudflow_lib.adapters.stores.metadata import S3_METADATA
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.s3_listing import DEFAULT_CLASS
from cloudflow_lib.adapters.stores.s3_plain import CRC64, all_of, full_checksums
from cloudflow_lib.adapters.stores.s3_reads import CHECKSUM_FIELDS, HEADERS, S3Reads, checksums_of
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import (
    Capabilities,
    ChecksumKind,
    ObjectInfo,
    ObjectTraits,
    OpenUpload,
    UploadedPart,
    UploadId,
)
from cloudflow_lib.errors import (
    CorruptDataError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreError,
    UnsupportedError,
    UploadNotFoundError,
)

CRC = ChecksumKind.CRC64NVME
CRC_FIELD = CHECKSUM_FIELDS[CRC]
PLAIN_TYPE = "binary/octet-stream"
"""What S3 itself assumes."""
ABORT_ROUNDS = 3
"""A part in flight may land behind an abort; S3 says to abort until no part is listed."""

ELSEWHERE = frozenset({301, 307})
Sent = tuple[str, dict[ChecksumKind, str]]
"""The ETag of a part, and the checksums of what came of it."""

EXISTS: Mapping[str, type[StoreError]] = {"PreconditionFailed": ObjectExistsError, "412": ObjectExistsError}
GONE: Mapping[str, type[StoreError]] = {"NoSuchKey": ObjectChangedError, "404": ObjectChangedError}
CONFLICT: Mapping[str, type[StoreError]] = {"ConditionalRequestConflict": UploadNotFoundError}
"""S3 wants a new upload then, with all its parts."""


class S3Uploads(S3Reads):
    """Put and upload in parts."""

    capabilities: Capabilities

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
        check_key(Provider.S3, key)
        crc = (checksums or {}).get(CRC) or crc64nvme(data)
        conditions = _conditions(if_absent=if_absent, if_version=if_version)
        asked = self._keywords(key, traits) | _checked(data, crc) | conditions
        answer = self._retry.create(
            lambda: self._call(self._client.put_object, key, asked, _refusals(conditions)),
            lambda: self._own(key, len(data), crc),
        )
        if isinstance(answer, ObjectInfo):
            return answer
        self._require_crc(key, checksums_of(answer), crc)
        return ObjectInfo(
            key=key,
            size_bytes=len(data),
            version=answer["ETag"].strip('"'),
            modified_at=parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]),
            storage_class=traits.storage_class or DEFAULT_CLASS,
            content_type=traits.content_type or PLAIN_TYPE,
            metadata=dict(traits.metadata),
            checksums=checksums_of(answer),
        )

    def begin_upload(self, key: str, traits: ObjectTraits) -> UploadId:
        check_key(Provider.S3, key)
        asked = self._keywords(key, traits) | {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "FULL_OBJECT"}
        answer = self._ask(self._client.create_multipart_upload, key, asked)
        return UploadId(answer["UploadId"])

    def put_part(
        self,
        upload: UploadId,
        key: str,
        number: int,
        data: bytes | memoryview,
        *,
        checksums: Mapping[ChecksumKind, str] | None = None,
    ) -> UploadedPart:
        crc = (checksums or {}).get(CRC) or crc64nvme(data)
        sent = self._retry(lambda: self._put_plainly(upload, key, number, data, crc))
        tag, told = sent or self._put_by_sdk(upload, key, number, data, crc)
        self._require_crc(key, told, crc)
        return UploadedPart(number=number, size_bytes=len(data), tag=tag.strip('"'), checksums=told)

    def _put_by_sdk(self, upload: UploadId, key: str, number: int, data: bytes | memoryview, crc: str) -> Sent:
        asked = {"UploadId": upload, "PartNumber": number, **_checked(data, crc)}
        answer = self._ask(self._client.upload_part, key, asked)
        return answer["ETag"], checksums_of(answer)

    def _put_plainly(self, upload: UploadId, key: str, number: int, data: bytes | memoryview, crc: str) -> Sent | None:
        """Send a part once; None: that is for the SDK, which finds a bucket in another region than we were told."""
        if not self._plain.takes(len(data)):
            return None
        asked = {CRC64: base64_of_hex(crc), "x-amz-sdk-checksum-algorithm": "CRC64NVME"}
        query = {"partNumber": str(number), "uploadId": upload}
        answer = self._plain.send("PUT", key, asked, data, all_of, query)
        if answer.status in ELSEWHERE:
            return None
        if answer.status != OK:
            raise self._plain.refused(answer, key)
        return answer.headers.get("etag", ""), full_checksums(answer.headers)

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
        del traits  # S3 took them with begin_upload
        ordered = sorted(parts, key=lambda part: part.number)
        crc = (checksums or {}).get(CRC) or combined(CRC, ordered)
        return self._finish(upload, key, ordered, crc, _conditions(if_absent=if_absent, if_version=if_version))

    def _finish(
        self,
        upload: UploadId,
        key: str,
        parts: Sequence[UploadedPart],
        crc: str | None,
        conditions: Mapping[str, str],
    ) -> ObjectInfo:
        size = sum(part.size_bytes for part in parts)
        asked: dict[str, Any] = {
            "UploadId": upload,
            "MultipartUpload": {"Parts": [_named(part) for part in parts]},
            "MpuObjectSize": size,
            **conditions,
        }
        if crc:
            asked |= {CRC_FIELD: base64_of_hex(crc), "ChecksumType": "FULL_OBJECT"}
        refusals = {**_refusals(conditions), **CONFLICT}
        answer = self._retry.create(
            lambda: self._call(self._client.complete_multipart_upload, key, asked, refusals),
            lambda: self._own(key, size, crc),
        )
        if isinstance(answer, ObjectInfo):
            return answer
        self._require_crc(key, checksums_of(answer), crc)
        return self._arrived(key, answer["ETag"], size)

    def abort_upload(self, upload: UploadId, key: str) -> None:
        try:
            for _ in range(ABORT_ROUNDS):
                self._ask(self._client.abort_multipart_upload, key, {"UploadId": upload})
                self.list_parts(upload, key)
        except (UploadNotFoundError, ObjectNotFoundError):
            return

    def list_parts(self, upload: UploadId, key: str) -> Sequence[UploadedPart]:
        found: list[UploadedPart] = []
        asked: dict[str, Any] = {"UploadId": upload}
        while True:
            page = self._ask(self._client.list_parts, key, asked)
            found += [
                UploadedPart(
                    number=part["PartNumber"],
                    size_bytes=part["Size"],
                    tag=part["ETag"].strip('"'),
                    checksums=checksums_of(part),
                )
                for part in page.get("Parts", ())
            ]
            if not page.get("IsTruncated"):
                return found
            asked["PartNumberMarker"] = page["NextPartNumberMarker"]

    def list_uploads(self, prefix: str = "") -> Iterable[OpenUpload]:
        asked: dict[str, Any] = {"Prefix": prefix}
        while True:
            page = self._ask(self._client.list_multipart_uploads, None, asked)
            for found in page.get("Uploads", ()):
                name = UploadId(found["UploadId"])
                yield OpenUpload(upload_id=name, key=found["Key"], started_at=found.get("Initiated"))
            if not page.get("IsTruncated"):
                return
            asked |= {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    def _keywords(self, key: str, traits: ObjectTraits) -> dict[str, Any]:
        """Return the traits as the SDK's keywords."""
        place = f"{self.bucket}/{key}"
        if traits.storage_class not in {None, *self.capabilities.storage_classes}:
            raise UnsupportedError(f"{place}: there is no storage class {traits.storage_class} here; choose another")
        asked: dict[str, Any] = {HEADERS[name]: value for name, value in traits.headers.items()}
        asked["ContentType"] = traits.content_type or PLAIN_TYPE
        asked["Metadata"] = S3_METADATA.encode(traits.metadata, place)
        if traits.tags:
            asked["Tagging"] = urlencode(traits.tags)
        if traits.storage_class and len(self.capabilities.storage_classes) > 1:
            asked["StorageClass"] = traits.storage_class
        return asked

    def _own(self, key: str, size: int, crc: str | None, storage_class: str | None = None) -> ObjectInfo | None:
        """Return what lies at *key* if it is what we were writing: the same checksum, by S3's own word."""
        found = self.stat(key)
        is_ours = crc is not None and (found.size_bytes, found.checksums.get(CRC)) == (size, crc)
        return found if is_ours and storage_class in {None, found.storage_class} else None

    def _arrived(self, key: str, etag: str, size: int) -> ObjectInfo:
        """Return what S3 says about the object it just made; somebody may have replaced it at once."""
        info = self.stat(key)
        if info.version != etag.strip('"'):
            raise refusal(ObjectChangedError, self.bucket, key, "replaced right after it was written")
        if info.size_bytes != size:
            raise refusal(CorruptDataError, self.bucket, key, f"{info.size_bytes:,} bytes instead of {size:,}")
        return info

    def _require_crc(self, key: str, answered: Mapping[ChecksumKind, str], crc: str | None) -> None:
        if crc and answered.get(CRC, crc) != crc:
            raise refusal(CorruptDataError, self.bucket, key, f"CRC64NVME {answered[CRC]} instead of {crc}")


def _conditions(*, if_absent: bool, if_version: str | None) -> dict[str, str]:
    if if_absent:
        return {"IfNoneMatch": "*"}
    return {} if if_version is None else {"IfMatch": f'"{if_version}"'}


def _refusals(conditions: Mapping[str, str]) -> Mapping[str, type[StoreError]]:
    """Return what a refusal means under *conditions*."""
    return GONE if "IfMatch" in conditions else EXISTS


def _checked(data: bytes | memoryview, crc: str) -> dict[str, Any]:
    """Return the body with its checksum, and the wish to hear it back."""
    return {"Body": bytes(data), CRC_FIELD: base64_of_hex(crc), "ChecksumAlgorithm": "CRC64NVME"}


def _named(part: UploadedPart) -> dict[str, Any]:
    named: dict[str, Any] = {"PartNumber": part.number, "ETag": f'"{part.tag}"'}
    if crc := part.checksums.get(CRC):
        named[CRC_FIELD] = base64_of_hex(crc)
    return named
