"""What the fast paths of all providers share: pinned, counted reads through obstore, and its errors as ours."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
import obstore.exceptions

from cloudflow_lib.adapters.stores.names import obstore_keeps
from cloudflow_lib.adapters.stores.obstore_reads import (
    CLIENT_OPTIONS,
    is_beyond_obstore,
    refused_by_obstore,
    require_answer,
)
from cloudflow_lib.adapters.stores.refusals import refusal, seconds_to_wait
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import (
    CorruptDataError,
    ObjectChangedError,
    ObjectExistsError,
    StoreError,
    StoreUnavailableError,
    UnsupportedError,
)
from cloudflow_lib.ports.bulk import Fetched

if TYPE_CHECKING:
    from obstore import Attributes, GetOptions
    from obstore.store import AzureStore, ClientConfig, GCSStore, S3Store

    Signing = AzureStore | GCSStore | S3Store
    """The stores that can sign an address."""

HEADERS: Mapping[str, str] = {
    "content-encoding": "Content-Encoding",
    "cache-control": "Cache-Control",
    "content-disposition": "Content-Disposition",
    "content-language": "Content-Language",
}
OTHER_ATTRIBUTES = frozenset({"content-type", "storage-class"})
"""Names that obstore takes for something else than metadata, in any case of letters."""
STRANGE_VALUE = re.compile(r"[^ -~]|  |^ | $")
"""What obstore signs otherwise than stores do: other letters than ASCII, and more than one space or one at an end."""

BUSY = frozenset({429, 503})
ASK_SECONDS = 1.0
"""A busy store is asked for its Retry-After at most this often."""

Kinds = Callable[[], Mapping[str, type[StoreError]]]
"""Loads what a provider's error codes mean: with its SDK, so only when there is an error."""


def client_options(connections: int) -> ClientConfig:
    """Return the options of a client with so many requests in flight."""
    return {**CLIENT_OPTIONS, "pool_max_idle_per_host": str(connections)}


class BulkReads:
    """Reads of one bucket."""

    tells_tags = False

    def __init__(self, bucket: str, store: Signing, kinds: Kinds) -> None:
        self.bucket = bucket
        self._store = store
        self._kinds = kinds
        self._asked_at = float("-inf")
        self._open_at = 0.0

    def keeps(self, key: str) -> bool:
        return obstore_keeps(key)

    async def tags(self, key: str) -> Mapping[str, str]:
        """Leave it to the other path, unless a provider overrides this."""
        raise refusal(UnsupportedError, self.bucket, key, "tags are read by the SDK here")

    async def _fetch(self, key: str, options: GetOptions, version: str | None, size_bytes: int, pin: str) -> Fetched:
        """Send one GET; *pin* names what obstore calls the version here, `e_tag` or `version`."""
        place = f"{self.bucket}/{key}"
        try:
            result = await obstore.get_async(self._store, key, options=options)
            meta = result.meta
            answered = meta["e_tag"] if pin == "e_tag" else meta["version"]
            if version is not None:
                require_answer(place, answered, version)
            if meta["size"] != size_bytes and version is None:
                raise refusal(ObjectChangedError, self.bucket, key, f"{meta['size']:,} bytes, not {size_bytes:,}")
            if meta["size"] > size_bytes:  # before it is in memory
                raise refusal(CorruptDataError, self.bucket, key, f"{meta['size']:,} bytes, not {size_bytes:,}")
            data = memoryview(await result.bytes_async())
        except (obstore.exceptions.BaseError, FileNotFoundError) as error:
            raise await self._refused(error, key) from error
        if len(data) != size_bytes:
            raise refusal(CorruptDataError, self.bucket, key, f"{len(data):,} bytes came, not {size_bytes:,}")
        traits = self._traits(result.attributes)
        return Fetched(data=data, version=(answered or "").strip('"'), traits=traits, modified_at=meta["last_modified"])

    async def _is_there(self, key: str) -> bool:
        try:
            await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return False
        except obstore.exceptions.BaseError as error:
            raise await self._refused(error, key) from error
        return True

    def _traits(self, attributes: Attributes) -> ObjectTraits:
        named = {str(name): value for name, value in attributes.items()}
        headers = {ours: named.pop(theirs) for ours, theirs in HEADERS.items() if theirs in named}
        content_type, storage_class = named.pop("Content-Type", None), named.pop("Storage-Class", None)
        return ObjectTraits(
            content_type=content_type,
            metadata=self._decoded(named),
            headers=headers,
            storage_class=storage_class,
        )

    def _decoded(self, metadata: dict[str, str]) -> dict[str, str]:
        return metadata

    async def _refused(self, error: Exception, key: str) -> StoreError:
        """Return our error for one of obstore's; of a busy store with what it asks us to wait."""
        if is_beyond_obstore(error):
            return refusal(UnsupportedError, self.bucket, key, "metadata that is no UTF-8")
        ours = refused_by_obstore(error, self._kinds(), self.bucket, key)
        if isinstance(error, obstore.exceptions.AlreadyExistsError) and isinstance(ours, ObjectChangedError):
            return refusal(ObjectExistsError, self.bucket, key, "create only")
        if isinstance(ours, StoreUnavailableError) and any(f"status code: {status}" in str(error) for status in BUSY):
            ours.retry_after = await self._retry_after(key)
        return ours

    async def _retry_after(self, key: str) -> float | None:
        """
        Return what the store asks us to wait: obstore keeps that header to itself.

        So one more request a second at most asks for a byte of the object, at an address that obstore signs.
        """
        now = time.monotonic()
        if now - self._asked_at >= ASK_SECONDS:
            self._asked_at = now
            try:
                address = await obstore.sign_async(self._store, "GET", key, timedelta(minutes=5))
            except obstore.exceptions.BaseError:
                return None  # a credential that cannot sign
            if wait := await asyncio.to_thread(_asked_to_wait, address):
                self._open_at = time.monotonic() + wait
        left = self._open_at - time.monotonic()
        return left if left > 0 else None


def _asked_to_wait(address: str) -> float | None:
    import http.client
    import urllib.error
    import urllib.request

    request = urllib.request.Request(address, headers={"range": "bytes=0-0"})  # noqa: S310 - obstore signed it, http or https
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310 - as above
            return None
    except urllib.error.HTTPError as error:
        with error:
            return seconds_to_wait(error.headers.get("retry-after")) if error.code in BUSY else None
    except (OSError, http.client.HTTPException):
        return None


def attributes_of(traits: ObjectTraits, metadata: Mapping[str, str], plain_type: str) -> dict[str, str]:
    """Return *traits* as obstore takes them, with the *metadata* as the store takes it."""
    named = {HEADERS[name]: value for name, value in traits.headers.items()}
    return {**metadata, **named, "Content-Type": traits.content_type or plain_type}


def are_plain(traits: ObjectTraits) -> bool:
    """Whether obstore writes these as they are: it takes some names for headers, and header values in ASCII."""
    names = {name.lower() for name in traits.metadata}
    values = (traits.content_type or "", *traits.headers.values())
    return not (names & (HEADERS.keys() | OTHER_ATTRIBUTES)) and not any(map(STRANGE_VALUE.search, values))
