"""Writing objects to S3 in parts, proved by a CRC64NVME over the whole object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cloudflow_lib.adapters.stores.answers import OK
from cloudflow_lib.adapters.stores.checksums import base64_of_hex, combined, crc64nvme
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.plain import all_of
from cloudflow_lib.adapters.stores.s3_plain import CRC64, full_checksums
from cloudflow_lib.adapters.stores.s3_reads import checksums_of
from cloudflow_lib.adapters.stores.s3_writes import CRC, CRC_FIELD, S3Writes, checked, conditions_of, refusals_under
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ChecksumKind, ObjectInfo, ObjectTraits, OpenUpload, UploadedPart, UploadId
from cloudflow_lib.errors import ObjectNotFoundError, StoreError, UploadNotFoundError

ABORT_ROUNDS = 3
"""A part in flight may land behind an abort; S3 says to abort until no part is listed."""

ELSEWHERE = frozenset({301, 307})
Sent = tuple[str, dict[ChecksumKind, str]]
"""The ETag of a part, and the checksums of what came of it."""

CONFLICT: Mapping[str, type[StoreError]] = {"ConditionalRequestConflict": UploadNotFoundError}
"""S3 wants a new upload then, with all its parts."""


class S3Uploads(S3Writes):
    """Upload in parts."""

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
        asked = {"UploadId": upload, "PartNumber": number, **checked(data, crc)}
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
        return self._finish(upload, key, ordered, crc, conditions_of(if_absent=if_absent, if_version=if_version))

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
        refusals = {**refusals_under(conditions), **CONFLICT}
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


def _named(part: UploadedPart) -> dict[str, Any]:
    named: dict[str, Any] = {"PartNumber": part.number, "ETag": f'"{part.tag}"'}
    if crc := part.checksums.get(CRC):
        named[CRC_FIELD] = base64_of_hex(crc)
    return named
