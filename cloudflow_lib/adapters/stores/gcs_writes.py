"""Writing objects to Google Cloud Storage in one request, proved by the CRC32C it computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.api_core.exceptions import from_http_response
from google.cloud.storage import Blob

from cloudflow_lib.adapters.stores.checksums import crc32c
from cloudflow_lib.adapters.stores.gcs_reads import DEFAULT_CLASS, HEADERS, GcsReads, info_of_resource
from cloudflow_lib.adapters.stores.gcs_requests import related, resource_of
from cloudflow_lib.adapters.stores.metadata import PLAIN_TYPE, require_room
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.obstore_reads import USER_AGENT
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import Capabilities, ChecksumKind, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import CorruptDataError, ObjectExistsError, ObjectNotFoundError, StoreError, UnsupportedError

CRC = ChecksumKind.CRC32C
EXISTS: Mapping[int, type[StoreError]] = {412: ObjectExistsError}
CREATE_ONLY = {"if_generation_match": 0, "special": EXISTS}
"""The condition that nothing is there, and what its refusal means."""


def conditions_of(*, if_absent: bool, if_version: str | None) -> Mapping[str, Any]:
    """Return the keywords of a write that makes a new object, or replaces exactly *if_version*."""
    if if_absent:
        return CREATE_ONLY
    return {} if if_version is None else {"if_generation_match": int(if_version)}


class GcsWrites(GcsReads):
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
        check_key(Provider.GCS, key)
        self._require_holdable(key, traits)
        return self._write(
            key, data, traits, if_absent=if_absent, if_version=if_version, crc=(checksums or {}).get(CRC)
        )

    def _write(
        self,
        key: str,
        data: bytes | memoryview,
        traits: ObjectTraits,
        *,
        if_absent: bool = False,
        if_version: str | None = None,
        crc: str | None = None,
    ) -> ObjectInfo:
        crc = crc or crc32c(data)
        conditions = conditions_of(if_absent=if_absent, if_version=if_version)
        resource = resource_of(key, traits, crc, has_classes=len(self.capabilities.storage_classes) > 1)
        info = self._retry.create(
            lambda: self._call(key, self._post, resource, data, **conditions),
            lambda: self._own(key, len(data), crc, traits.storage_class),
        )
        if info.checksums.get(CRC, crc) != crc:
            self._ask(key, self._blob(key).delete, if_generation_match=int(info.version))
            raise refusal(CorruptDataError, self.bucket, key, f"CRC32C {info.checksums[CRC]} instead of {crc}")
        return info

    def _post(
        self,
        resource: Mapping[str, Any],
        data: bytes | memoryview,
        *,
        timeout: tuple[float, float],
        retry: None,
        if_generation_match: int | None = None,
    ) -> ObjectInfo:
        """Make an object, once; it raises as the SDK does."""
        del retry  # in the words of `_call`
        condition = "" if if_generation_match is None else f"&ifGenerationMatch={if_generation_match}"
        content_type, body = related(resource, data)
        headers = {"content-type": content_type, "user-agent": USER_AGENT}
        answer = self._session.post(f"{self._upload_url}{condition}", data=body, headers=headers, timeout=timeout)
        if not answer.ok:
            raise from_http_response(answer)  # type: ignore[no-untyped-call] # google-api-core has no types
        return info_of_resource(answer.json())

    def _dressed(self, key: str, traits: ObjectTraits) -> Blob:
        """Return a new blob that bears *traits*."""
        blob = self._blob(key)
        blob.content_type = traits.content_type or PLAIN_TYPE
        blob.metadata = dict(traits.metadata) or None
        for name, value in traits.headers.items():
            setattr(blob, HEADERS[name], value)
        if traits.storage_class and len(self.capabilities.storage_classes) > 1:
            blob.storage_class = traits.storage_class
        return blob

    def _own(self, key: str, size: int, crc: str | None, storage_class: str | None) -> ObjectInfo | None:
        """Return what lies at *key* if it is what we were writing: the same CRC32C, by Google's own word."""
        found = self.stat(key)
        is_ours = crc is not None and (found.size_bytes, found.checksums.get(CRC)) == (size, crc)
        return found if is_ours and storage_class in {None, found.storage_class} else None

    def _require_absent(self, key: str) -> None:
        """Look before a join or copy that must not replace: not every server minds its condition."""
        if not self._is_gone(key):
            raise refusal(ObjectExistsError, self.bucket, key, "create only")

    def _is_gone(self, key: str) -> bool:
        try:
            self.stat(key)
        except ObjectNotFoundError:
            return True
        return False

    def _require_holdable(self, key: str, traits: ObjectTraits) -> None:
        place = f"{self.bucket}/{key}"
        self._require_class(key, traits.storage_class)
        if traits.tags:
            raise UnsupportedError(
                f"{place}: Google Cloud Storage has no tags; carry {dict(traits.tags)!r} as metadata"
            )
        require_room(traits.metadata, self.capabilities.max_metadata_bytes, place)

    def _require_class(self, key: str, storage_class: str | None) -> None:
        if storage_class not in {None, DEFAULT_CLASS, *self.capabilities.storage_classes}:
            raise refusal(UnsupportedError, self.bucket, key, f"no storage class {storage_class}")
