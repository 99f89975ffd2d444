"""The fast path of Google Cloud Storage: reads by obstore, and one upload request with the CRC32C of its answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import obstore

from cloudflow_lib.adapters.stores.answers import OK, Answer
from cloudflow_lib.adapters.stores.bulk_http import Requests
from cloudflow_lib.adapters.stores.bulk_obstore import BulkReads, client_options
from cloudflow_lib.adapters.stores.capabilities import GOOGLE, GOOGLE_SINGLE_CLASS
from cloudflow_lib.adapters.stores.checksums import crc32c
from cloudflow_lib.adapters.stores.gcs_requests import checksums_told, related, resource_of, upload_url
from cloudflow_lib.adapters.stores.metadata import require_room
from cloudflow_lib.adapters.stores.names import check_key
from cloudflow_lib.adapters.stores.obstore_clients import open_gcs
from cloudflow_lib.adapters.stores.refusals import kind_of_status, refusal, seconds_to_wait
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.objects import ObjectInfo, ObjectTraits
from cloudflow_lib.errors import (
    CorruptDataError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreError,
    UnsupportedError,
)
from cloudflow_lib.ports.bulk import Fetched, Stored
from cloudflow_lib.ports.stores import ObjectLister

if TYPE_CHECKING:
    from google.oauth2.service_account import Credentials

SCOPES = ("https://www.googleapis.com/auth/devstorage.read_write",)
BAD_REQUEST, EXISTS = 400, 412


class GcsBulk(BulkReads):
    """
    One bucket. Versions are generations; Google answers a CRC32C and an MD5 of what it stored.

    Names of metadata lose their capitals on the way obstore reads, so an object that has any is read
    by the other path.
    """

    def __init__(
        self,
        *,
        bucket: str,
        service_account: Mapping[str, str] | None,
        endpoint_url: str | None,
        single_class: bool,
        connections: int,
        open_lister: Callable[[], ObjectLister],
    ) -> None:
        self._url = upload_url(bucket, endpoint_url)
        self.capabilities = GOOGLE_SINGLE_CLASS if single_class else GOOGLE
        self._service_account = service_account
        self._credentials: Credentials | None = None
        self._refreshing = asyncio.Lock()
        self._open_lister = open_lister
        self._requests = Requests(bucket, connections)
        store = open_gcs(bucket, service_account, client_options(connections), endpoint_url=endpoint_url)
        super().__init__(bucket, store, _kinds)

    def list_pages(self, prefix: str = "", *, after: str | None = None) -> Iterator[Sequence[ObjectInfo]]:
        yield from self._open_lister().list_pages(prefix, after=after)

    def holds(self, traits: ObjectTraits) -> bool:
        return not traits.tags

    async def get(self, key: str, *, version: str | None, size_bytes: int) -> Fetched:
        pinned: obstore.GetOptions = {} if version is None else {"version": version}
        try:
            fetched = await self._fetch(key, pinned, version, size_bytes, "version")
        except ObjectNotFoundError as error:
            if version is not None and await self._is_there(key):  # of an old generation Google only says that
                raise refusal(ObjectChangedError, self.bucket, key, f"not {version}") from error
            raise
        if fetched.traits.metadata:
            raise refusal(UnsupportedError, self.bucket, key, "metadata whose names have lost their capitals")
        return fetched

    async def put_new(
        self, key: str, data: bytes | memoryview, traits: ObjectTraits, *, source_md5: str | None = None
    ) -> Stored:
        del source_md5  # this store tells more by itself
        check_key(Provider.GCS, key)
        classes = self.capabilities.storage_classes
        if traits.storage_class not in {None, "STANDARD", *classes}:
            raise refusal(UnsupportedError, self.bucket, key, f"no storage class {traits.storage_class} here")
        require_room(traits.metadata, self.capabilities.max_metadata_bytes, f"{self.bucket}/{key}")
        has_classes = len(classes) > 1
        content_type, body = related(resource_of(key, traits, crc32c(data), has_classes=has_classes), data)
        headers = {"content-type": content_type, **await self._authorization()}
        url = f"{self._url}&ifGenerationMatch=0"
        answer = await self._requests.send("POST", url, key, headers, body)
        if answer.status != OK:
            raise self._refusal(answer, key)
        told: dict[str, Any] = json.loads(bytes(answer.data))
        return Stored(version=str(told["generation"]), checksums=checksums_told(told))

    async def aclose(self) -> None:
        await self._requests.aclose()

    async def _authorization(self) -> dict[str, str]:
        if self._service_account is None:
            return {}
        async with self._refreshing:
            if self._credentials is None or not self._credentials.valid:
                self._credentials = await asyncio.to_thread(_refreshed, self.bucket, self._service_account)
        return {"authorization": f"Bearer {self._credentials.token}"}

    def _refusal(self, answer: Answer, key: str) -> StoreError:
        text = answer.text()
        if answer.status == EXISTS:
            return refusal(ObjectExistsError, self.bucket, key, "create only")
        if answer.status == BAD_REQUEST and "doesn't match calculated" in text:
            return refusal(CorruptDataError, self.bucket, key, "HTTP 400: another CRC32C")
        named = next((kind for reason, kind in _kinds().items() if f'"{reason}"' in text), None)
        wait = seconds_to_wait(answer.headers.get("retry-after"))
        kind = named or kind_of_status(answer.status)
        return refusal(kind, self.bucket, key, f"HTTP {answer.status}", retry_after=wait)


def _refreshed(bucket: str, service_account: Mapping[str, str]) -> Credentials:
    """Return credentials with a token for about an hour."""
    from google.auth.transport.requests import Request
    from google.oauth2.service_account import Credentials

    from cloudflow_lib.adapters.stores.gcs_errors import translated

    with translated(bucket, None):
        found: Credentials = Credentials.from_service_account_info(dict(service_account), scopes=SCOPES)  # type: ignore[no-untyped-call] # google-auth has no types
        found.refresh(Request())  # type: ignore[no-untyped-call] # as above
    return found


def _kinds() -> Mapping[str, type[StoreError]]:
    from cloudflow_lib.adapters.stores.gcs_errors import KINDS

    return KINDS
