"""Writing objects to S3 in one request, proved by a CRC64NVME."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from cloudflow_lib.adapters.stores.checksums import base64_of_hex, crc64nvme
from cloudflow_lib.adapters.stores.metadata import S3_METADATA
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.s3_listing import DEFAULT_CLASS
from cloudflow_lib.adapters.stores.s3_reads import CHECKSUM_FIELDS, HEADERS, S3Reads, checksums_of
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import Capabilities, ChecksumKind, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import (
    CorruptDataError,
    ObjectChangedError,
    ObjectExistsError,
    StoreError,
    UnsupportedError,
)

CRC = ChecksumKind.CRC64NVME
CRC_FIELD = CHECKSUM_FIELDS[CRC]
PLAIN_TYPE = "binary/octet-stream"
"""What S3 itself assumes."""

EXISTS: Mapping[str, type[StoreError]] = {"PreconditionFailed": ObjectExistsError, "412": ObjectExistsError}
GONE: Mapping[str, type[StoreError]] = {"NoSuchKey": ObjectChangedError, "404": ObjectChangedError}


class S3Writes(S3Reads):
    """Put."""

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
        conditions = conditions_of(if_absent=if_absent, if_version=if_version)
        asked = self._keywords(key, traits) | checked(data, crc) | conditions
        answer = self._retry.create(
            lambda: self._call(self._client.put_object, key, asked, refusals_under(conditions)),
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


def conditions_of(*, if_absent: bool, if_version: str | None) -> dict[str, str]:
    """Return the keywords of a write that makes a new object, or replaces exactly *if_version*."""
    if if_absent:
        return {"IfNoneMatch": "*"}
    return {} if if_version is None else {"IfMatch": f'"{if_version}"'}


def refusals_under(conditions: Mapping[str, str]) -> Mapping[str, type[StoreError]]:
    """Return what a refusal means under *conditions*."""
    return GONE if "IfMatch" in conditions else EXISTS


def checked(data: bytes | memoryview, crc: str) -> dict[str, Any]:
    """Return the body with its checksum, and the wish to hear it back."""
    return {"Body": bytes(data), CRC_FIELD: base64_of_hex(crc), "ChecksumAlgorithm": "CRC64NVME"}
