"""Writing blobs in one request."""

from __future__ import annotations

from typing import Any

from azure.storage.blob import ContentSettings, StandardBlobTier

from cloudflow_lib.adapters.stores.azure_checks import (
    CRC,
    Checksums,
    check_headers,
    checksums_to_send,
    known_of_copy,
    told_to_sdk,
)
from cloudflow_lib.adapters.stores.azure_listing import DEFAULT_CLASS
from cloudflow_lib.adapters.stores.azure_reads import HEADERS, AzureReads, conditions_of
from cloudflow_lib.adapters.stores.metadata import AZURE_METADATA, PLAIN_TYPE, takes_azure_tags
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import Capabilities, ChecksumKind, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import CorruptDataError, UnsupportedError


class AzureWrites(AzureReads):
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
        checksums: Checksums | None = None,
    ) -> ObjectInfo:
        check_key(Provider.AZURE, key)
        sent = checksums_to_send(data, by_md5=self._by_md5)
        if (checksums or {}).get(CRC, sent[CRC]) != sent[CRC]:
            raise refusal(CorruptDataError, self.bucket, key, f"CRC64 {sent[CRC]}, not what was read")
        asked = self._keywords(key, traits) | conditions_of(if_absent=if_absent, if_version=if_version)
        asked |= {"length": len(data), "overwrite": True, "headers": check_headers(sent), "max_concurrency": 1}
        answer: Any = self._retry.create(
            lambda: self._call(key, self._blob(key).upload_blob, bytes(data), **asked),
            lambda: self._own_bytes(key, data),
        )
        if isinstance(answer, ObjectInfo):
            return answer
        return ObjectInfo(
            key=key,
            size_bytes=len(data),
            version=answer["etag"].strip('"'),
            modified_at=answer["last_modified"],
            storage_class=traits.storage_class or DEFAULT_CLASS,
            content_type=traits.content_type or PLAIN_TYPE,
            metadata=dict(traits.metadata),
            checksums=self._checked(key, sent, told_to_sdk(answer)),
        )

    def _keywords(self, key: str, traits: ObjectTraits) -> dict[str, Any]:
        """Return the traits as the SDK's keywords."""
        place = f"{self.bucket}/{key}"
        if traits.storage_class not in {None, *self.capabilities.storage_classes}:
            raise UnsupportedError(f"{place}: there is no storage class {traits.storage_class} here; choose another")
        if not takes_azure_tags(traits.tags):
            raise UnsupportedError(f"{place}: Azure cannot hold its tags {dict(traits.tags)!r}; change or drop them")
        headers: dict[str, Any] = {HEADERS[name]: value for name, value in traits.headers.items()}
        return {
            "content_settings": ContentSettings(content_type=traits.content_type or PLAIN_TYPE, **headers),
            "metadata": AZURE_METADATA.encode(traits.metadata, place),
            "tags": dict(traits.tags) or None,
            "standard_blob_tier": StandardBlobTier(traits.storage_class) if traits.storage_class else None,
        }

    def _checked(self, key: str, sent: Checksums, told: Checksums) -> dict[ChecksumKind, str]:
        """Return the checksums of what came, or raise CorruptDataError where the store *told* others than were sent."""
        known = known_of_copy(sent, told)
        if wrong := [f"{kind} {known[kind]}" for kind in sent.keys() & known.keys() if known[kind] != sent[kind]]:
            raise refusal(CorruptDataError, self.bucket, key, f"{', '.join(wrong)} came, not {dict(sent)}")
        return known

    def _own_bytes(self, key: str, data: bytes | memoryview) -> ObjectInfo | None:
        """Return what lies at *key* if it holds exactly *data*: Azure keeps no checksum we could ask for."""
        found = self.stat(key)
        same_size = found.size_bytes == len(data)
        return found if same_size and b"".join(self.read(key, version=found.version)) == data else None
