"""The fast path of Azure Blob Storage: reads by obstore, and Put Blob with the checksums of its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import obstore

from cloudflow_lib.adapters.stores.answers import CREATED, refused
from cloudflow_lib.adapters.stores.azure_checks import (
    check_headers,
    checksums_to_send,
    told_in_headers,
    wants_md5,
)
from cloudflow_lib.adapters.stores.azure_codes import KINDS
from cloudflow_lib.adapters.stores.azure_signing import AzureAddress
from cloudflow_lib.adapters.stores.bulk_http import Requests
from cloudflow_lib.adapters.stores.bulk_obstore import HEADERS, STRANGE_VALUE, BulkReads, client_options
from cloudflow_lib.adapters.stores.capabilities import AZURE
from cloudflow_lib.adapters.stores.metadata import AZURE_METADATA, PLAIN_TYPE, decode_metadata
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.obstore_clients import open_azure
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ObjectInfo, ObjectTraits
from cloudflow_lib.errors import (
    ObjectChangedError,
    ObjectNotFoundError,
    UnsupportedError,
)
from cloudflow_lib.ports.bulk import Fetched, Stored
from cloudflow_lib.ports.stores import ObjectLister


class AzureBulk(BulkReads):
    """One container. Versions are ETags; Azure answers a CRC64 and an MD5 of what it stored."""

    capabilities = AZURE

    def __init__(
        self,
        *,
        container: str,
        account: str,
        account_key: str | None,
        sas: str | None,
        endpoint_url: str | None,
        connections: int,
        open_lister: Callable[[], ObjectLister],
    ) -> None:
        self._address = AzureAddress.of(container, account, account_key=account_key, sas=sas, endpoint_url=endpoint_url)
        self._by_md5 = wants_md5(endpoint_url)
        self._open_lister = open_lister
        self._requests = Requests(container, connections)
        options = client_options(connections)
        store = open_azure(
            container,
            account,
            options,
            account_key=account_key,
            sas=self._address.sas,
            endpoint_url=endpoint_url,
        )
        super().__init__(container, store, lambda: KINDS)

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        yield from self._open_lister().list_pages(prefix, after=after)

    def holds(self, traits: ObjectTraits) -> bool:
        """Tags go by the SDK, which knows what Azure allows in them."""
        values = (traits.content_type or "", *traits.headers.values())
        return not traits.tags and not any(map(STRANGE_VALUE.search, values))

    async def get(self, key: str, *, version: str | None, size_bytes: int) -> Fetched:
        pinned: obstore.GetOptions = {} if version is None else {"if_match": f'"{version}"'}
        try:
            return await self._fetch(key, pinned, version, size_bytes, "e_tag")
        except ObjectChangedError as error:
            if not await self._is_there(key):  # a blob that is gone does not meet the condition either
                raise refusal(ObjectNotFoundError, self.bucket, key, "BlobNotFound") from error
            raise

    async def put_new(
        self, key: str, data: bytes | memoryview, traits: ObjectTraits, *, source_md5: str | None = None
    ) -> Stored:
        del source_md5  # this store tells more by itself
        check_key(Provider.AZURE, key)
        if traits.storage_class not in {None, *AZURE.storage_classes}:
            raise refusal(UnsupportedError, self.bucket, key, f"no storage class {traits.storage_class} here")
        headers = self._headers(key, traits)
        if not self._by_md5:  # of a whole blob all servers answer their MD5, which proves it as well
            headers |= check_headers(checksums_to_send(data, by_md5=False))
        target, headers = self._address.signed("PUT", key, headers, size_bytes=len(data))
        answer = await self._requests.send("PUT", f"{self._address.origin}{target}", key, headers, data)
        if answer.status != CREATED:
            raise refused(answer, KINDS, self.bucket, key)
        told = answer.headers
        return Stored(version=told.get("etag", "").strip('"'), checksums=told_in_headers(told))

    async def aclose(self) -> None:
        await self._requests.aclose()

    def _headers(self, key: str, traits: ObjectTraits) -> dict[str, str]:
        metadata = AZURE_METADATA.encode(traits.metadata, f"{self.bucket}/{key}")
        headers = {f"x-ms-meta-{name}": value for name, value in metadata.items()}
        headers |= {f"x-ms-blob-{name}": value for name, value in traits.headers.items() if name in HEADERS}
        if traits.storage_class:
            headers["x-ms-access-tier"] = traits.storage_class
        return headers | {
            "content-type": PLAIN_TYPE,
            "if-none-match": "*",
            "x-ms-blob-content-type": traits.content_type or PLAIN_TYPE,
            "x-ms-blob-type": "BlockBlob",
        }

    def _decoded(self, metadata: dict[str, str]) -> dict[str, str]:
        return decode_metadata(metadata)
