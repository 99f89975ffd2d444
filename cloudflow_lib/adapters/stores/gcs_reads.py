"""Finding and reading objects in Google Cloud Storage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import obstore.exceptions
from google.cloud.storage import Blob

from cloudflow_lib.adapters.stores.checksums import hex_of_base64
from cloudflow_lib.adapters.stores.gcs_client import ONCE, GcsConnection
from cloudflow_lib.adapters.stores.gcs_errors import KINDS, translated
from cloudflow_lib.adapters.stores.gcs_requests import checksums_told
from cloudflow_lib.adapters.stores.names import GCS_PARTS_PREFIX, obstore_keeps
from cloudflow_lib.adapters.stores.obstore_reads import (
    PIECE_BYTES,
    is_beyond_obstore,
    open_with_obstore,
    read_pieces,
    refused_by_obstore,
    require_version,
    stream_of,
)
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.objects import ByteSpan, ChecksumKind, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError, ObjectNotFoundError

DEFAULT_CLASS = "STANDARD"
HEADERS = {
    "content-encoding": "content_encoding",
    "cache-control": "cache_control",
    "content-disposition": "content_disposition",
    "content-language": "content_language",
}
LISTED = "items(name,size,generation,updated,timeCreated,storageClass,contentType,crc32c),nextPageToken"


class GcsReads(GcsConnection):
    """List, stat and read."""

    page_size: int = 1000

    def check_access(self) -> None:
        self._ask(None, self._page, "", None, None, 1)

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        token: str | None = None
        while True:
            blobs, token = self._ask(None, self._page, prefix, after, token, self.page_size)
            found = [info_of(blob) for blob in blobs if blob.name != after and not _is_part(blob.name)]
            if found:
                yield found
            if not token:
                return

    def stat(self, key: str) -> ObjectInfo:
        return info_of(self._found(key))

    def traits(self, key: str) -> ObjectTraits:
        return traits_of(self._found(key))

    def read(self, key: str, *, version: str, span: ByteSpan | None = None) -> Iterator[memoryview | bytes]:
        if span is not None and span.size_bytes == 0:
            require_version(self.bucket, self.stat(key), version)
            return
        stop = span.stop if span else None

        def open_at(position: int) -> tuple[int, Iterator[bytes]]:
            if not obstore_keeps(key):
                return self._open_with_sdk(key, version, position, stop)
            try:
                options: obstore.GetOptions = {"version": version}
                result = open_with_obstore(self._obstore, key, options, position, stop)
                return stream_of(result, position, answered=result.meta["version"], wanted=version)
            except obstore.exceptions.GenericError as error:
                if is_beyond_obstore(error):
                    return self._open_with_sdk(key, version, position, stop)
                raise

        try:
            yield from read_pieces(self._retry, open_at, span, lambda: self._reading(key), f"{self.bucket}/{key}")
        except ObjectNotFoundError as error:
            found = self.stat(key)  # of an overwritten generation Google only says that it is not there
            raise refusal(ObjectChangedError, self.bucket, key, f"{found.version}, not {version}") from error

    def _page(
        self,
        prefix: str,
        after: str | None,
        token: str | None,
        size: int,
        **asked: Any,  # noqa: ANN401 - the SDK's own
    ) -> tuple[list[Blob], str | None]:
        pages = self._client.list_blobs(
            self.bucket,
            prefix=prefix or None,
            start_offset=after,
            page_token=token,
            page_size=size,
            fields=LISTED,
            **asked,
        )
        blobs = list(next(pages.pages, ()))
        return blobs, pages.next_page_token

    def _found(self, key: str, *, bucket: str | None = None) -> Blob:
        blob = self._blob(key, bucket=bucket)
        self._ask(key, blob.reload)
        return blob

    def _open_with_sdk(self, key: str, version: str, position: int, stop: int | None) -> tuple[int, Iterator[bytes]]:
        """Read what obstore cannot name or parse: slower, but any name and any metadata."""
        blob = self._blob(key, generation=version)
        if stop is None:
            blob.reload(**ONCE)
            stop = int(blob.size)

        def pieces(end: int) -> Iterator[bytes]:
            for at in range(position, end, PIECE_BYTES):
                last = min(at + PIECE_BYTES, end) - 1
                piece = blob.download_as_bytes(start=at, end=last, raw_download=True, checksum=None, **ONCE)
                if len(piece) != last + 1 - at:
                    raise refusal(CorruptDataError, self.bucket, key, f"{len(piece):,} bytes from {at:,}")
                yield piece

        return stop, pieces(stop)

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            with translated(self.bucket, key):
                yield
        except (obstore.exceptions.BaseError, FileNotFoundError) as error:
            raise refused_by_obstore(error, KINDS, self.bucket, key) from error


def info_of(blob: Blob) -> ObjectInfo:
    """Return what Google tells about an object; both of its checksums are computed by Google."""
    checksums: dict[ChecksumKind, str] = {}
    if blob.crc32c:
        checksums[ChecksumKind.CRC32C] = hex_of_base64(blob.crc32c)
    if blob.md5_hash:
        checksums[ChecksumKind.MD5] = hex_of_base64(blob.md5_hash)
    return ObjectInfo(
        key=blob.name,
        size_bytes=int(blob.size),
        version=str(blob.generation),
        modified_at=blob.updated or blob.time_created,
        storage_class=blob.storage_class or DEFAULT_CLASS,
        content_type=blob.content_type,
        metadata=dict(blob.metadata or {}),
        checksums=checksums,
    )


def info_of_resource(told: Mapping[str, Any]) -> ObjectInfo:
    """Return the same of Google's own words about an object."""
    return ObjectInfo(
        key=told["name"],
        size_bytes=int(told["size"]),
        version=str(told["generation"]),
        modified_at=datetime.fromisoformat(told.get("updated") or told["timeCreated"]),
        storage_class=told.get("storageClass") or DEFAULT_CLASS,
        content_type=told.get("contentType"),
        metadata=dict(told.get("metadata") or {}),
        checksums=checksums_told(told),
    )


def traits_of(blob: Blob) -> ObjectTraits:
    """Return what a copy of the object should carry."""
    return ObjectTraits(
        content_type=blob.content_type,
        metadata=dict(blob.metadata or {}),
        headers={name: getattr(blob, ours) for name, ours in HEADERS.items() if getattr(blob, ours)},
        storage_class=blob.storage_class or DEFAULT_CLASS,
    )


def _is_part(name: str) -> bool:
    return name.startswith(GCS_PARTS_PREFIX)
