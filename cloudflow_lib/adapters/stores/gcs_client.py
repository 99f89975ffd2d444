"""The connection of a Google Cloud Storage store: one SDK client, one obstore client, no retries but ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests
from google.api_core.client_info import ClientInfo
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud.storage import Blob, Client
from google.oauth2.service_account import Credentials

from cloudflow_lib.adapters.stores.gcs_errors import translated
from cloudflow_lib.adapters.stores.gcs_requests import upload_url
from cloudflow_lib.adapters.stores.obstore_clients import malformed, open_gcs
from cloudflow_lib.adapters.stores.obstore_reads import USER_AGENT, options_by
from cloudflow_lib.adapters.stores.plain import TIMEOUT_SECONDS
from cloudflow_lib.adapters.stores.proxies import go_by
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.retries import Retrier
from cloudflow_lib.adapters.stores.slices import SlicingAdapter
from cloudflow_lib.errors import BucketNotFoundError, ObjectNotFoundError, StoreError

T = TypeVar("T")

SCOPES = ("https://www.googleapis.com/auth/devstorage.read_write",)
TIMEOUT = (TIMEOUT_SECONDS, TIMEOUT_SECONDS)
ONCE = {"retry": None, "timeout": TIMEOUT}
"""The SDK's own retries repeat uploads and deletes without a condition: off, in every call."""
CONNECTIONS = 64

# The SDK would fetch every bucket's metadata in the background, for traces that nobody collects.
os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")


class GcsConnection:
    """What every part of the Google store needs: the clients, and a way to call them."""

    def __init__(
        self,
        *,
        bucket: str,
        project: str | None = None,
        service_account: Mapping[str, str] | None = None,
        endpoint_url: str | None = None,
        attempts: int = 4,
        proxy: str | None = None,
    ) -> None:
        self.bucket = bucket
        asking = requests.Session()  # for tokens, at an address that the key file names
        session = AuthorizedSession(_credentials(bucket, service_account), auth_request=Request(asking))  # type: ignore[no-untyped-call] # google-auth has no types
        go_by(proxy, session, asking)
        self._asking, self._session = asking, session
        self._upload_url = upload_url(bucket, endpoint_url)
        for scheme in ("http://", "https://"):
            session.mount(scheme, SlicingAdapter(CONNECTIONS))
        self._client = Client(
            # Objects belong to buckets, not to projects; a missing name would start a search for one.
            project=project or (service_account or {}).get("project_id") or "unnamed",
            credentials=session.credentials,
            client_info=ClientInfo(user_agent=USER_AGENT),  # type: ignore[no-untyped-call] # google-auth has no types
            client_options={"api_endpoint": endpoint_url.rstrip("/")} if endpoint_url else None,
            _http=session,
        )
        self._obstore = open_gcs(bucket, service_account, options_by(proxy), endpoint_url=endpoint_url)
        self._retry = Retrier(attempts)
        self._is_bucket_seen = False

    def close(self) -> None:
        self._client.close()
        self._asking.close()

    def _blob(self, key: str, *, bucket: str | None = None, generation: str | None = None) -> Blob:
        found = self._client.bucket(bucket or self.bucket)
        return found.blob(key, generation=int(generation) if generation else None)

    def _ask(self, key: str | None, method: Callable[..., T], *args: Any, **asked: Any) -> T:  # noqa: ANN401 - the SDK's
        """Send a request that is safe to repeat."""
        return self._retry(lambda: self._call(key, method, *args, **asked))

    def _call(
        self,
        key: str | None,
        method: Callable[..., T],
        *args: Any,  # noqa: ANN401 - the SDK's own arguments
        special: Mapping[int, type[StoreError]] | None = None,
        **asked: Any,  # noqa: ANN401 - as above
    ) -> T:
        """Send a request about *key*, once."""
        try:
            with translated(self.bucket, key, special):
                answer = method(*args, **ONCE, **asked)
        except ObjectNotFoundError as error:
            if not self._is_bucket_seen:
                self._require_bucket(error)
            raise
        self._is_bucket_seen = True
        return answer

    def _require_bucket(self, cause: ObjectNotFoundError) -> None:
        """Tell a missing bucket from a missing object: a 404 does not always."""
        try:
            with translated(self.bucket, None):
                next(self._client.list_blobs(self.bucket, max_results=1, **ONCE).pages, None)
        except ObjectNotFoundError:
            raise refusal(BucketNotFoundError, self.bucket, None, "HTTP 404") from cause
        self._is_bucket_seen = True


def _credentials(bucket: str, service_account: Mapping[str, str] | None) -> Credentials | AnonymousCredentials:
    if service_account is None:
        return AnonymousCredentials()  # type: ignore[no-untyped-call] # google-auth has no types
    try:
        found: Credentials = Credentials.from_service_account_info(dict(service_account), scopes=SCOPES)  # type: ignore[no-untyped-call] # google-auth has no types
    except (GoogleAuthError, ValueError) as error:
        raise malformed(bucket, "service account key") from error
    return found
