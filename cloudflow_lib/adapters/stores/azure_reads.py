"""Finding and reading blobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import obstore.exceptions
from azure.core import MatchConditions

from cloudflow_lib.adapters.stores.azure_client import AzureConnection
from cloudflow_lib.adapters.stores.azure_codes import KINDS
from cloudflow_lib.adapters.stores.azure_errors import translated
from cloudflow_lib.adapters.stores.azure_listing import DEFAULT_CLASS
from cloudflow_lib.adapters.stores.metadata import decode_metadata
from cloudflow_lib.adapters.stores.names import obstore_keeps
from cloudflow_lib.adapters.stores.obstore_reads import (
    is_beyond_obstore,
    open_with_obstore,
    read_pieces,
    refused_by_obstore,
    require_answer,
    require_version,
    stream_of,
)
from cloudflow_lib.adapters.stores.ordering import in_utf8_order, pages_of, safe_start
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.objects import ByteSpan, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import CorruptDataError, ObjectChangedError

HEADERS = {
    "content-encoding": "content_encoding",
    "cache-control": "cache_control",
    "content-disposition": "content_disposition",
    "content-language": "content_language",
}


class AzureReads(AzureConnection):
    """List, stat and read."""

    page_size: int = 5000

    def check_access(self) -> None:
        self._ask(None, self._page, None, {"results_per_page": 1})

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        infos = in_utf8_order(self._infos(prefix, safe_start(after) if after else None))
        wanted = (info for info in infos if after is None or info.key.encode() > after.encode())
        yield from pages_of(wanted, self.page_size)

    def stat(self, key: str) -> ObjectInfo:
        return info_of(self._properties(key))

    def traits(self, key: str) -> ObjectTraits:
        return self._traits_of(self._properties(key), self.bucket)

    def read(self, key: str, *, version: str, span: ByteSpan | None = None) -> Iterator[memoryview | bytes]:
        if span is not None and span.size_bytes == 0:
            require_version(self.bucket, self.stat(key), version)
            return
        stop = span.stop if span else None

        def open_at(position: int) -> tuple[int, Iterator[bytes]]:
            if not obstore_keeps(key):
                return self._open_with_sdk(key, version, position, stop)
            try:
                options: obstore.GetOptions = {"if_match": f'"{version}"'}
                result = open_with_obstore(self._obstore, key, options, position, stop)
                return stream_of(result, position, answered=result.meta["e_tag"], wanted=version)
            except obstore.exceptions.GenericError as error:
                if is_beyond_obstore(error):
                    return self._open_with_sdk(key, version, position, stop)
                raise

        try:
            yield from read_pieces(self._retry, open_at, span, lambda: self._reading(key), f"{self.bucket}/{key}")
        except ObjectChangedError:
            self.stat(key)  # a blob that is gone does not meet the condition either
            raise

    def _infos(self, prefix: str, start: str | None = None, include: Sequence[str] = ()) -> Iterator[ObjectInfo]:
        asked: dict[str, Any] = {"name_starts_with": prefix or None, "results_per_page": self.page_size}
        if start:
            asked["start_from"] = start
        if include:
            asked["include"] = list(include)
        token: str | None = None
        while True:
            infos, token = self._ask(None, self._page, token, asked)
            yield from infos
            if not token:
                return

    def _page(self, token: str | None, asked: Mapping[str, Any]) -> tuple[list[ObjectInfo], str | None]:
        pages: Any = self._client.list_blobs(**asked).by_page(token)
        next(pages, None)
        return self._pages.taken(), pages.continuation_token

    def _properties(self, key: str, container: str | None = None) -> Any:  # noqa: ANN401 - the SDK has no types
        return self._ask(key, self._blob(key, container).get_blob_properties)

    def _traits_of(self, found: Any, container: str) -> ObjectTraits:  # noqa: ANN401 - as above
        settings = found.content_settings
        # The number of tags comes with the properties, so most blobs cost no second request.
        tags = self._ask(found.name, self._blob(found.name, container).get_blob_tags) if found.tag_count else {}
        return ObjectTraits(
            content_type=settings.content_type,
            metadata=decode_metadata(found.metadata or {}),
            tags=tags,
            headers={name: getattr(settings, ours) for name, ours in HEADERS.items() if getattr(settings, ours)},
            storage_class=found.blob_tier or DEFAULT_CLASS,
        )

    def _open_with_sdk(self, key: str, version: str, position: int, stop: int | None) -> tuple[int, Iterator[bytes]]:
        """Read what obstore cannot name or parse: slower, but any key and any metadata."""
        stream = self._blob(key).download_blob(
            offset=position if position or stop is not None else None,  # an empty blob has no byte 0
            length=None if stop is None else stop - position,
            **pinned(version),
            decompress=False,  # its default returns garbage for a blob of several chunks
            max_concurrency=1,
        )
        require_answer(f"{self.bucket}/{key}", stream.properties.etag, version)
        return position + stream.size, iter(stream.chunks())

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            with translated(self.bucket, key):
                yield
        except ValueError as error:  # how the SDK finds that an answer lacks its range
            raise refusal(CorruptDataError, self.bucket, key, str(error)) from error
        except (obstore.exceptions.BaseError, FileNotFoundError) as error:
            raise refused_by_obstore(error, KINDS, self.bucket, key) from error


def pinned(version: str | None) -> dict[str, Any]:
    """Return the SDK's keywords for a call that is about exactly *version*; None: about whatever there is."""
    return {} if version is None else {"etag": f'"{version}"', "match_condition": MatchConditions.IfNotModified}


def conditions_of(*, if_absent: bool, if_version: str | None) -> dict[str, Any]:
    """Return the SDK's keywords for a write that makes a new blob, or replaces exactly *if_version*."""
    return {"match_condition": MatchConditions.IfMissing} if if_absent else pinned(if_version)


def info_of(found: Any) -> ObjectInfo:  # noqa: ANN401 - the SDK has no types
    """
    Return what the properties of a blob tell.

    Its Content-MD5 is left out: of a blob written in blocks it is what the writer claimed.
    """
    return ObjectInfo(
        key=found.name,
        size_bytes=found.size,
        version=found.etag.strip('"'),
        modified_at=found.last_modified,
        storage_class=found.blob_tier or DEFAULT_CLASS,
        content_type=found.content_settings.content_type,
        metadata=decode_metadata(found.metadata or {}),
    )
