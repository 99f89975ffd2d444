"""Changing what lies in Google Cloud Storage without its bytes passing through us."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from google.cloud.storage import Blob

from cloudflow_lib.adapters.stores.gcs_reads import info_of, traits_of
from cloudflow_lib.adapters.stores.gcs_writes import CRC, GcsWrites, conditions_of
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.obstore_reads import require_version
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.errors import ObjectChangedError, ObjectExistsError, ObjectNotFoundError, UnsupportedError


class GcsCopies(GcsWrites):
    """Copy on the server, change the class, delete."""

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
        check_key(Provider.GCS, target_key)
        self._require_class(target_key, storage_class)
        found = self._found(source_key, bucket=source_bucket)
        source = info_of(found)
        require_version(source_bucket or self.bucket, source, version)
        # With a class the request has a body, and a body replaces all metadata: send them all.
        target = self._dressed(target_key, replace(traits_of(found), storage_class=storage_class))
        proof = (source.size_bytes, source.checksums.get(CRC))
        try:
            return self._rewrite(found, target, if_absent=if_absent, proof=proof)
        except ObjectExistsError:
            # One answer for two conditions: it may have been the source that changed.
            require_version(
                source_bucket or self.bucket,
                info_of(self._found(source_key, bucket=source_bucket)),
                version,
            )
            raise

    def change_class(self, key: str, storage_class: str, *, version: str) -> ObjectInfo:
        if not self.capabilities.changes_class_in_place or storage_class not in self.capabilities.storage_classes:
            raise refusal(UnsupportedError, self.bucket, key, f"no storage class {storage_class}")
        blob = self._found(key)
        before = info_of(blob)
        require_version(self.bucket, before, version)
        if before.storage_class == storage_class:
            return before
        conditions: dict[str, Any] = {"if_generation_match": int(version), "if_source_generation_match": int(version)}

        def rewrite() -> ObjectInfo:
            self._call(key, blob.update_storage_class, storage_class, **conditions)
            return info_of(blob)

        own = (key, before.size_bytes, before.checksums.get(CRC), storage_class)
        changed = self._retry.create(rewrite, lambda: self._own(*own))
        if changed.storage_class != storage_class:
            raise refusal(UnsupportedError, self.bucket, key, f"it stays {changed.storage_class} whatever we ask")
        return changed

    def delete(self, key: str, *, if_version: str | None = None) -> bool:
        try:
            found = self.stat(key)
        except ObjectNotFoundError:
            return False
        asked: dict[str, Any] = {}
        if if_version is not None:
            require_version(self.bucket, found, if_version)
            asked["if_generation_match"] = int(if_version)
        try:
            self._ask(key, self._blob(key).delete, **asked)
        except (ObjectNotFoundError, ObjectChangedError):
            # It was there a moment ago: gone by our first attempt, or by somebody's. Else it changed.
            if not self._is_gone(key):
                raise
        return True

    def _rewrite(
        self,
        source: Blob,
        target: Blob,
        *,
        if_absent: bool,
        if_version: str | None = None,
        proof: tuple[int, str | None],
    ) -> ObjectInfo:
        """Let Google copy exactly the generation of *source*; large objects take several requests."""
        asked: dict[str, Any] = {"if_source_generation_match": int(source.generation)}
        if if_absent:
            self._require_absent(target.name)
        asked |= conditions_of(if_absent=if_absent, if_version=if_version)

        def rewrite() -> ObjectInfo:
            token: str | None = None
            while True:
                token, _, _ = self._call(target.name, target.rewrite, source, token, **asked)
                if token is None:
                    return info_of(target)

        return self._retry.create(rewrite, lambda: self._own(target.name, *proof, None))
