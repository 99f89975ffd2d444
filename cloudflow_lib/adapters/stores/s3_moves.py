"""Changing what lies in S3 without its bytes passing through us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from cloudflow_lib.adapters.stores.checksums import combined
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.obstore_reads import require_version
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.s3_reads import checksums_of, info_of
from cloudflow_lib.adapters.stores.s3_uploads import S3Uploads
from cloudflow_lib.adapters.stores.s3_writes import CRC, EXISTS
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ByteSpan, ObjectInfo, UploadedPart, UploadId
from cloudflow_lib.errors import ObjectChangedError, ObjectExistsError, ObjectNotFoundError, UnsupportedError

LARGEST_COPY_BYTES = 5_000_000_000
"""What CopyObject copies in one request."""
COPY_PART_BYTES = 512 * 1024 * 1024
MAX_PARTS = 10_000


class S3Moves(S3Uploads):
    """Copy on the server, change the class, delete."""

    largest_copy_bytes: int = LARGEST_COPY_BYTES
    copy_part_bytes: int = COPY_PART_BYTES

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
        check_key(Provider.S3, target_key)
        if storage_class not in {None, *self.capabilities.storage_classes}:
            raise refusal(UnsupportedError, self.bucket, target_key, f"no storage class {storage_class}")
        asked: dict[str, Any] = {}
        if storage_class and len(self.capabilities.storage_classes) > 1:
            asked["StorageClass"] = storage_class
        if if_absent:
            # Not every compatible server looks at the condition of a copy, so we look as well.
            self._require_absent(target_key)
            asked["IfNoneMatch"] = "*"
        return self._copy(source_bucket or self.bucket, source_key, target_key, version, asked)

    def change_class(self, key: str, storage_class: str, *, version: str) -> ObjectInfo:
        found = self.stat(key)
        require_version(self.bucket, found, version)
        if not self.capabilities.changes_class_in_place or storage_class not in self.capabilities.storage_classes:
            raise refusal(UnsupportedError, self.bucket, key, f"no storage class {storage_class}")
        if found.storage_class == storage_class:
            return found
        # The second condition is on the target: what is written in between must survive.
        asked = {"StorageClass": storage_class, "IfMatch": f'"{version}"'}
        changed = self._copy(self.bucket, key, key, version, asked)
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
            asked["IfMatch"] = f'"{if_version}"'
        try:
            self._ask(self._client.delete_object, key, asked)
        except (ObjectNotFoundError, ObjectChangedError):
            # It was there a moment ago: gone by our first attempt, or by somebody's. Else it changed.
            if not self._is_gone(key):
                raise
        return True

    def _copy(self, bucket: str, source_key: str, target_key: str, version: str, asked: dict[str, Any]) -> ObjectInfo:
        source = info_of(source_key, self._head(source_key, bucket))
        require_version(bucket, source, version)
        if source.size_bytes > self.largest_copy_bytes:
            return self._copy_in_parts(bucket, source, target_key, asked)
        asked = asked | {
            "CopySource": {"Bucket": bucket, "Key": source_key},
            "CopySourceIfMatch": f'"{version}"',
            "MetadataDirective": "COPY",
            "TaggingDirective": "COPY",
            "ChecksumAlgorithm": "CRC64NVME",
        }
        special = EXISTS if "IfNoneMatch" in asked else None
        try:
            answer = self._retry.create(
                lambda: self._call(self._client.copy_object, target_key, asked, special),
                lambda: self._own(target_key, source.size_bytes, source.checksums.get(CRC), asked.get("StorageClass")),
            )
        except ObjectExistsError:
            # One answer for two conditions: it may have been the source that changed.
            require_version(bucket, info_of(source_key, self._head(source_key, bucket)), version)
            raise
        if isinstance(answer, ObjectInfo):
            return answer
        return self._arrived(target_key, answer["CopyObjectResult"]["ETag"], source.size_bytes)

    def _copy_in_parts(self, bucket: str, source: ObjectInfo, target_key: str, asked: dict[str, Any]) -> ObjectInfo:
        """Copy what is too large for one request; metadata and tags do not come along by themselves then."""
        traits = replace(self._traits(source.key, bucket), storage_class=asked.get("StorageClass"))
        with ExitStack() as undo:
            upload = self.begin_upload(target_key, traits)
            undo.callback(self.abort_upload, upload, target_key)
            parts = [
                self._copy_part(upload, target_key, number, span, (bucket, source))
                for number, span in enumerate(self._spans(source.size_bytes), start=1)
            ]
            conditions = {name: value for name, value in asked.items() if name in {"IfMatch", "IfNoneMatch"}}
            info = self._finish(upload, target_key, parts, combined(CRC, parts), conditions)
            undo.pop_all()
        return info

    def _copy_part(
        self,
        upload: UploadId,
        target_key: str,
        number: int,
        span: ByteSpan,
        source: tuple[str, ObjectInfo],
    ) -> UploadedPart:
        bucket, info = source
        asked = {
            "UploadId": upload,
            "PartNumber": number,
            "CopySource": {"Bucket": bucket, "Key": info.key},
            "CopySourceIfMatch": f'"{info.version}"',
            "CopySourceRange": f"bytes={span.start}-{span.stop - 1}",
        }
        copied = self._ask(self._client.upload_part_copy, target_key, asked)["CopyPartResult"]
        return UploadedPart(
            number=number,
            size_bytes=span.size_bytes,
            tag=copied["ETag"].strip('"'),
            checksums=checksums_of(copied),
        )

    def _spans(self, size: int) -> Iterator[ByteSpan]:
        step = max(self.copy_part_bytes, -(-size // MAX_PARTS))
        for start in range(0, size, step):
            yield ByteSpan(start, min(start + step, size))

    def _require_absent(self, key: str) -> None:
        if not self._is_gone(key):
            raise refusal(ObjectExistsError, self.bucket, key, "create only")

    def _is_gone(self, key: str) -> bool:
        try:
            self.stat(key)
        except ObjectNotFoundError:
            return True
        return False
