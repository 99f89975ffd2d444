"""The connection of an Azure Blob store: one SDK client, one obstore client, no retries but ours."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import requests
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobClient, BlobServiceClient

from cloudflow_lib.adapters.stores.azure_checks import wants_md5
from cloudflow_lib.adapters.stores.azure_errors import translated
from cloudflow_lib.adapters.stores.azure_listing import ListingAdapter
from cloudflow_lib.adapters.stores.azure_plain import AzurePlain
from cloudflow_lib.adapters.stores.azure_signing import AzureAddress
from cloudflow_lib.adapters.stores.capabilities import MAX_SINGLE_PUT_BYTES
from cloudflow_lib.adapters.stores.obstore_clients import open_azure
from cloudflow_lib.adapters.stores.obstore_reads import PIECE_BYTES, USER_AGENT, options_by
from cloudflow_lib.adapters.stores.plain import TIMEOUT_SECONDS
from cloudflow_lib.adapters.stores.proxies import go_by
from cloudflow_lib.adapters.stores.retries import Retrier

# The SDK tells each request and answer with all its headers, at the level of our own news.
logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)

T = TypeVar("T")

CONNECTIONS = 64


class AzureConnection:
    """What every part of the Azure store needs: the clients, and a way to call them."""

    def __init__(
        self,
        *,
        container: str,
        account: str,
        account_key: str | None = None,
        sas: str | None = None,
        endpoint_url: str | None = None,
        attempts: int = 4,
        proxy: str | None = None,
    ) -> None:
        self.bucket = container
        address = AzureAddress.of(container, account, account_key=account_key, sas=sas, endpoint_url=endpoint_url)
        self._sas = address.sas
        self._by_md5 = wants_md5(endpoint_url)
        self._refuses: bool | None = None
        session = requests.Session()
        self._pages = ListingAdapter(CONNECTIONS)
        for scheme in ("http://", "https://"):
            session.mount(scheme, self._pages)
        go_by(proxy, session)
        self._service = BlobServiceClient(
            (endpoint_url or f"https://{account}.blob.core.windows.net").rstrip("/"),
            credential=AzureSasCredential(self._sas)
            if self._sas
            else AzureNamedKeyCredential(account, account_key or ""),
            transport=RequestsTransport(
                session=session,
                session_owner=False,
                connection_timeout=TIMEOUT_SECONDS,  # told here: a client tells none to a transport that it is given
                read_timeout=TIMEOUT_SECONDS,
            ),
            retry_total=0,  # ours are the only ones
            user_agent=USER_AGENT,
            max_single_put_size=MAX_SINGLE_PUT_BYTES,
            max_single_get_size=PIECE_BYTES,
            max_chunk_get_size=PIECE_BYTES,
        )
        self._session = session
        self._client = self._service.get_container_client(container)
        self._obstore = open_azure(
            container,
            account,
            options_by(proxy),
            account_key=account_key,
            sas=self._sas,
            endpoint_url=endpoint_url,
        )
        self._plain = AzurePlain(container, address, proxy=proxy)
        self._retry = Retrier(attempts)

    def close(self) -> None:
        self._service.close()
        self._session.close()
        self._plain.close()

    def _blob(self, key: str, container: str | None = None) -> BlobClient:
        return self._service.get_blob_client(container or self.bucket, key)

    def _ask(self, key: str | None, method: Callable[..., T], *args: Any, **asked: Any) -> T:  # noqa: ANN401 - the SDK's own
        """Send a request that is safe to repeat."""
        return self._retry(lambda: self._call(key, method, *args, **asked))

    def _call(self, key: str | None, method: Callable[..., T], *args: Any, **asked: Any) -> T:  # noqa: ANN401 - as above
        """Send a request about *key*, once."""
        with translated(self.bucket, key):
            return method(*args, **asked)
