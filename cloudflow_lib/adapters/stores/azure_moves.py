"""Changing what lies in Azure without its bytes passing through us."""

from __future__ import annotations

import time
from typing import Any

from azure.core import MatchConditions
from azure.storage.blob import StandardBlobTier

from cloudflow_lib.adapters.stores.azure_reads import conditions_of, info_of, pinned
from cloudflow_lib.adapters.stores.azure_uploads import AzureUploads
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.obstore_reads import require_version
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.errors import (
    ObjectChangedError,
    ObjectNotFoundError,
    StoreError,
    StoreUnavailableError,
    UnsupportedError,
)

LONGEST_COPY_SECONDS = 3600.0
"""Within one account a copy takes moments; one that takes longer is stuck."""


class AzureMoves(AzureUploads):
    """Copy on the server, change the tier, delete."""

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
        check_key(Provider.AZURE, target_key)
        self._require_class(target_key, storage_class)
        container = source_bucket or self.bucket
        source = self._properties(source_key, container)
        require_version(container, info_of(source), version)
        asked: dict[str, Any] = {
            "source_etag": f'"{version}"',
            "source_match_condition": MatchConditions.IfNotModified,
            "standard_blob_tier": StandardBlobTier(storage_class) if storage_class else None,
            "tags": dict(self._traits_of(source, container).tags) or None,
        }
        asked |= conditions_of(if_absent=if_absent, if_version=None)
        url, target = self._blob(source_key, container).url, self._blob(target_key)
        self._retry.create(
            lambda: self._call(target_key, target.start_copy_from_url, self._signed(url), **asked),
            lambda: self._own_copy(target_key, url),
        )
        return self._wait_for_copy(target_key)

    def change_class(self, key: str, storage_class: str, *, version: str) -> ObjectInfo:
        self._require_class(key, storage_class)
        found = self.stat(key)
        require_version(self.bucket, found, version)
        if found.storage_class == storage_class:
            return found
        # The call takes no condition; it changes no bytes, and the look behind it tells if they changed.
        self._ask(key, self._blob(key).set_standard_blob_tier, StandardBlobTier(storage_class))
        changed = self.stat(key)
        require_version(self.bucket, changed, version)
        return changed

    def delete(self, key: str, *, if_version: str | None = None) -> bool:
        def remove() -> bool:
            self._call(key, self._blob(key).delete_blob, **pinned(if_version))
            return True

        try:
            return self._retry.create(remove, lambda: self._is_gone(key) or None)
        except ObjectNotFoundError:
            return False
        except ObjectChangedError:
            if self._is_gone(key):  # it does not meet the condition either
                return False
            raise

    def _signed(self, url: str) -> str:
        return f"{url}?{self._sas}" if self._sas else url

    def _wait_for_copy(self, key: str) -> ObjectInfo:
        give_up_at, wait = time.monotonic() + LONGEST_COPY_SECONDS, 0.1
        while (found := self._properties(key)).copy.status == "pending":
            if time.monotonic() > give_up_at:
                self._ask(key, self._blob(key).abort_copy, found.copy.id)
                raise refusal(StoreUnavailableError, self.bucket, key, "the copy did not end")
            time.sleep(wait)
            wait = min(wait * 2, 5.0)
        if found.copy.status not in {None, "success"}:
            raise refusal(StoreError, self.bucket, key, f"copy {found.copy.status}: {found.copy.status_description}")
        return info_of(found)

    def _own_copy(self, key: str, url: str) -> bool | None:
        source = self._properties(key).copy.source or ""
        return source.partition("?")[0] == url or None

    def _is_gone(self, key: str) -> bool:
        try:
            self.stat(key)
        except ObjectNotFoundError:
            return True
        return False

    def _require_class(self, key: str, storage_class: str | None) -> None:
        if storage_class not in {None, *self.capabilities.storage_classes}:
            raise refusal(UnsupportedError, self.bucket, key, f"no storage class {storage_class}")
