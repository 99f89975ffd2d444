"""The fast path of S3: one GET, one PUT, proved by the MD5 that most stores of this kind answer as the ETag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import obstore
import obstore.exceptions

from cloudflow_lib.adapters.stores.answers import OK
from cloudflow_lib.adapters.stores.bulk_http import Requests
from cloudflow_lib.adapters.stores.bulk_obstore import HEADERS, BulkReads, are_plain, attributes_of, client_options
from cloudflow_lib.adapters.stores.capabilities import AMAZON, AMAZON_SINGLE_CLASS
from cloudflow_lib.adapters.stores.metadata import S3_METADATA, decode_metadata
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.obstore_clients import open_s3
from cloudflow_lib.adapters.stores.obstore_reads import require_answer
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.s3_codes import KINDS
from cloudflow_lib.adapters.stores.s3_pages import PlainPages
from cloudflow_lib.adapters.stores.s3_plain import S3Plain, full_checksums
from cloudflow_lib.adapters.stores.s3_signing import S3Address, S3Keys
from cloudflow_lib.adapters.stores.s3_wire import S3Wire
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ObjectInfo, ObjectTraits
from cloudflow_lib.errors import ObjectChangedError, ObjectExistsError, StoreError, UnsupportedError
from cloudflow_lib.ports.bulk import Fetched, Stored
from cloudflow_lib.ports.stores import ObjectLister

MD5 = re.compile(r"[0-9a-f]{32}")
PLAIN_TYPE = "binary/octet-stream"
"""What S3 itself assumes."""
META = "x-amz-meta-"


class S3Bulk(BulkReads):
    """
    One bucket. Versions are ETags.

    Payloads are not signed: that would cost both sides a SHA-256 of every byte, and what arrived is
    proved by the store's MD5 or by reading it back.
    """

    tells_tags = True

    def __init__(
        self,
        *,
        bucket: str,
        endpoint_url: str | None,
        region: str | None,
        keys: S3Keys,
        single_class: bool,
        connections: int,
        open_lister: Callable[[], ObjectLister],
    ) -> None:
        options = client_options(connections)
        store = open_s3(bucket, keys, options, endpoint_url=endpoint_url, region=region, signs_payload=False)
        super().__init__(bucket, store, lambda: KINDS)
        self.capabilities = AMAZON_SINGLE_CLASS if single_class else AMAZON
        self._address = S3Address.of(bucket, endpoint_url, region or "us-east-1", keys)
        self._pages = PlainPages(self._address)
        self._requests = Requests(bucket, connections)
        self._plain = S3Plain(bucket, self._address)
        self._wire = S3Wire(bucket, self._plain)
        self._open_lister = open_lister

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        """List without the SDK, which takes half a second to load; where that fails, it goes on with it."""
        try:
            for page in self._pages.list_pages(prefix, after=after):
                yield page
                after = page[-1].key
        except (OSError, ValueError, HTTPException, StoreError):
            yield from self._open_lister().list_pages(prefix, after=after)

    def holds(self, traits: ObjectTraits) -> bool:
        return are_plain(traits)

    async def get(self, key: str, *, version: str | None, size_bytes: int) -> Fetched:
        if self._wire.takes(size_bytes):
            return await self._get_long(key, version, size_bytes)
        pinned: obstore.GetOptions = {} if version is None else {"if_match": f'"{version}"'}
        return await self._fetch(key, pinned, version, size_bytes, "e_tag")

    async def tags(self, key: str) -> Mapping[str, str]:
        """Ask without the SDK, whose answer takes ten times the CPU time."""
        path = f"{self._address.path}/{quote(key, safe='/~')}"
        url = f"{self._address.origin}{path}?tagging="
        answer = await self._requests.send("GET", url, key, self._address.signed(path, "tagging="))
        if answer.status == OK:
            return _tags(answer.data)
        raise self._plain.refused(answer, key)

    async def put_new(
        self, key: str, data: bytes | memoryview, traits: ObjectTraits, *, source_md5: str | None = None
    ) -> Stored:
        check_key(Provider.S3, key)
        classes = self.capabilities.storage_classes
        if traits.storage_class not in {None, *classes}:
            raise refusal(UnsupportedError, self.bucket, key, f"no storage class {traits.storage_class} here")
        metadata = S3_METADATA.encode(traits.metadata, f"{self.bucket}/{key}")
        if self._wire.takes(len(data)):
            return await self._put_long(key, data, traits, metadata, source_md5)
        attributes = attributes_of(traits, metadata, PLAIN_TYPE)
        if traits.storage_class and len(classes) > 1:
            attributes["Storage-Class"] = traits.storage_class
        tags = dict(traits.tags) or None
        try:
            answer = await obstore.put_async(
                self._store, key, data, mode="create", attributes=attributes, tags=tags, use_multipart=False
            )
        except (obstore.exceptions.BaseError, FileNotFoundError) as error:
            raise await self._refused(error, key) from error
        etag = (answer["e_tag"] or "").strip('"')
        return Stored(version=etag, perhaps_md5=etag if MD5.fullmatch(etag) else None)

    async def aclose(self) -> None:
        """Close our own connections: obstore keeps its as long as it lives."""
        await self._requests.aclose()
        await self._wire.aclose()

    async def _get_long(self, key: str, version: str | None, size_bytes: int) -> Fetched:
        answer = await self._wire.get(key, version, size_bytes)
        if answer.status != OK:
            raise self._plain.refused(answer, key)
        etag = answer.headers.get("etag")
        if version is not None:
            require_answer(f"{self.bucket}/{key}", etag, version)
        try:
            traits = self._traits(_attributes(answer.headers))
        except UnicodeDecodeError as error:
            raise refusal(UnsupportedError, self.bucket, key, "metadata that is no UTF-8") from error
        written = answer.headers.get("last-modified")
        return Fetched(
            data=answer.data,
            version=(etag or "").strip('"'),
            traits=traits,
            checksums=full_checksums(answer.headers),
            modified_at=parsedate_to_datetime(written) if written and version is None else None,
        )

    async def _put_long(
        self,
        key: str,
        data: bytes | memoryview,
        traits: ObjectTraits,
        metadata: Mapping[str, str],
        source_md5: str | None,
    ) -> Stored:
        headers = {**traits.headers, "content-type": traits.content_type or PLAIN_TYPE}
        headers |= {META + name: value for name, value in metadata.items()}
        if traits.storage_class and len(self.capabilities.storage_classes) > 1:
            headers["x-amz-storage-class"] = traits.storage_class
        if traits.tags:
            headers["x-amz-tagging"] = urlencode(traits.tags)
        answer = await self._wire.put_new(key, data, headers, source_md5)
        if answer.status != OK:
            error = self._plain.refused(answer, key)
            if isinstance(error, ObjectChangedError):
                raise refusal(ObjectExistsError, self.bucket, key, "create only")
            raise error
        etag = answer.headers.get("etag", "").strip('"')
        told = full_checksums(answer.headers)
        return Stored(version=etag, checksums=told, perhaps_md5=etag if MD5.fullmatch(etag) else None)

    def _decoded(self, metadata: dict[str, str]) -> dict[str, str]:
        return decode_metadata(metadata)


def _attributes(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of an answer under the names that obstore gives them."""
    told = {name: value.encode("latin-1").decode() for name, value in headers.items()}
    named = {name.removeprefix(META): value for name, value in told.items() if name.startswith(META)}
    named |= {title: told[name] for name, title in HEADERS.items() if name in told}
    named["Content-Type"] = told.get("content-type", PLAIN_TYPE)
    if storage_class := told.get("x-amz-storage-class"):
        named["Storage-Class"] = storage_class
    return named


def _tags(body: memoryview) -> dict[str, str]:
    page = ET.fromstring(bytes(body))  # noqa: S314 - as the SDK parses it, from the server we trust with files
    names, values = (page.iterfind(f".//{{*}}Tag/{{*}}{field}") for field in ("Key", "Value"))
    return {name.text or "": value.text or "" for name, value in zip(names, values, strict=True)}
