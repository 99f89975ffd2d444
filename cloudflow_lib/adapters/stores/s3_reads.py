"""Finding and reading objects in S3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import obstore.exceptions

from cloudflow_lib.adapters.stores.checksums import hex_of_base64
from cloudflow_lib.adapters.stores.metadata import decode_metadata
from cloudflow_lib.adapters.stores.names import obstore_keeps
from cloudflow_lib.adapters.stores.obstore_reads import (
    PIECE_BYTES,
    is_beyond_obstore,
    open_with_obstore,
    read_pieces,
    refused_by_obstore,
    require_answer,
    require_version,
    stream_of,
)
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.s3_client import S3Connection
from cloudflow_lib.adapters.stores.s3_codes import KINDS
from cloudflow_lib.adapters.stores.s3_errors import translated
from cloudflow_lib.adapters.stores.s3_listing import DEFAULT_CLASS, FOUND
from cloudflow_lib.domain.objects import ByteSpan, ChecksumKind, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import CorruptDataError, UnsupportedError

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

HEADERS = {
    "content-encoding": "ContentEncoding",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-language": "ContentLanguage",
}
CHECKSUM_FIELDS = {
    ChecksumKind.CRC64NVME: "ChecksumCRC64NVME",
    ChecksumKind.CRC32C: "ChecksumCRC32C",
    ChecksumKind.SHA256: "ChecksumSHA256",
}
DIGITS = {ChecksumKind.CRC64NVME: 16, ChecksumKind.CRC32C: 8, ChecksumKind.SHA256: 64}
COMPOSITE = "COMPOSITE"


class S3Reads(S3Connection):
    """List, stat and read."""

    page_size: int = 1000

    def check_access(self) -> None:
        self._ask(self._client.list_objects_v2, None, {"MaxKeys": 1})

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        start: dict[str, Any] = {} if after is None else {"StartAfter": after}
        asked = {"Prefix": prefix, "MaxKeys": self.page_size, "EncodingType": "url"}
        while True:
            page: Any = self._ask(self._client.list_objects_v2, None, asked | start)
            if page[FOUND]:
                yield page[FOUND]
            if not page.get("IsTruncated"):
                return
            start = {"ContinuationToken": page["NextContinuationToken"]}

    def stat(self, key: str) -> ObjectInfo:
        return info_of(key, self._head(key))

    def traits(self, key: str) -> ObjectTraits:
        return self._traits(key, self.bucket)

    def read(self, key: str, *, version: str, span: ByteSpan | None = None) -> Iterator[memoryview | bytes]:
        if span is not None and span.size_bytes == 0:
            require_version(self.bucket, self.stat(key), version)
            return
        stop = span.stop if span else None

        def open_at(position: int) -> tuple[int, Iterator[bytes] | Iterator[memoryview]]:
            if not obstore_keeps(key):
                return self._open_with_sdk(key, version, position, stop)
            if stop is not None and self._plain.takes(stop - position):
                return stop, self._plain.pieces(key, version, position, stop)
            try:
                options: obstore.GetOptions = {"if_match": f'"{version}"'}
                result = open_with_obstore(self._obstore, key, options, position, stop)
                return stream_of(result, position, answered=result.meta["e_tag"], wanted=version)
            except obstore.exceptions.GenericError as error:
                if is_beyond_obstore(error):
                    return self._open_with_sdk(key, version, position, stop)
                raise

        yield from read_pieces(self._retry, open_at, span, lambda: self._reading(key), f"{self.bucket}/{key}")

    def _head(self, key: str, bucket: str | None = None) -> HeadObjectOutputTypeDef:
        asked = {"ChecksumMode": "ENABLED", "Bucket": bucket or self.bucket}
        return self._ask(self._client.head_object, key, asked)

    def _traits(self, key: str, bucket: str) -> ObjectTraits:
        head = self._head(key, bucket)
        return ObjectTraits(
            content_type=head.get("ContentType"),
            metadata=metadata_of(head),
            tags=self._tags(key, bucket),
            headers={name: str(head.get(ours)) for name, ours in HEADERS.items() if head.get(ours)},
            storage_class=head.get("StorageClass", DEFAULT_CLASS),
        )

    def _tags(self, key: str, bucket: str) -> dict[str, str]:
        try:
            found = self._ask(self._client.get_object_tagging, key, {"Bucket": bucket})
        except UnsupportedError:
            return {}  # a compatible server without tags
        return {tag["Key"]: tag["Value"] for tag in found["TagSet"]}

    def _open_with_sdk(self, key: str, version: str, position: int, stop: int | None) -> tuple[int, Iterator[bytes]]:
        """Read what obstore cannot name or parse: slower, but any key and any metadata."""
        asked = {"IfMatch": f'"{version}"'}
        if position or stop is not None:
            asked["Range"] = f"bytes={position}-{'' if stop is None else stop - 1}"
        answer = self._call(self._client.get_object, key, asked)
        if "Range" in asked and "ContentRange" not in answer:
            raise refusal(CorruptDataError, self.bucket, key, "the whole object instead of a range")
        require_answer(f"{self.bucket}/{key}", answer["ETag"], version)
        return position + answer["ContentLength"], answer["Body"].iter_chunks(PIECE_BYTES)

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            with translated(self.bucket, key):
                yield
        except (obstore.exceptions.BaseError, FileNotFoundError) as error:
            raise refused_by_obstore(error, KINDS, self.bucket, key) from error


def info_of(key: str, head: HeadObjectOutputTypeDef) -> ObjectInfo:
    """Return what a HEAD tells."""
    return ObjectInfo(
        key=key,
        size_bytes=head["ContentLength"],
        version=head["ETag"].strip('"'),
        modified_at=head["LastModified"],
        storage_class=head.get("StorageClass", DEFAULT_CLASS),
        content_type=head.get("ContentType"),
        metadata=metadata_of(head),
        checksums=checksums_of(head),
    )


def metadata_of(head: HeadObjectOutputTypeDef) -> dict[str, str]:
    """Return the metadata as it was written; S3 itself knows names in lower case only."""
    return decode_metadata({name.lower(): value for name, value in head["Metadata"].items()})


def checksums_of(answer: Any) -> dict[ChecksumKind, str]:  # noqa: ANN401 - answers of several calls, all dicts
    """Return the full-object checksums in an answer; one over the checksums of parts proves nothing to us."""
    if answer.get("ChecksumType") == COMPOSITE:
        return {}
    found = {kind: answer.get(name) for kind, name in CHECKSUM_FIELDS.items()}
    told = {kind: hex_of_base64(value) for kind, value in found.items() if value and "-" not in value}
    # A compatible server may give a shorter checksum under the name of a longer one.
    return {kind: value for kind, value in told.items() if len(value) == DIGITS[kind]}
