"""The connection of an S3 store: one SDK client, one obstore client, no retries but ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import boto3
from botocore.config import Config

from cloudflow_lib.adapters.stores.obstore_clients import open_s3
from cloudflow_lib.adapters.stores.obstore_reads import USER_AGENT, options_by
from cloudflow_lib.adapters.stores.plain import TIMEOUT_SECONDS
from cloudflow_lib.adapters.stores.refusals import refusal
from cloudflow_lib.adapters.stores.retries import Retrier
from cloudflow_lib.adapters.stores.s3_errors import translated
from cloudflow_lib.adapters.stores.s3_listing import hasten_listings
from cloudflow_lib.adapters.stores.s3_plain import S3Plain
from cloudflow_lib.adapters.stores.s3_signing import S3Address, S3Keys
from cloudflow_lib.errors import BucketNotFoundError, ObjectNotFoundError, StoreError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client as Boto3S3

T = TypeVar("T")

SDK_CONFIG = Config(
    signature_version="s3v4",
    retries={"total_max_attempts": 1},  # ours are the only ones
    request_checksum_calculation="when_required",  # we send CRC64NVME ourselves
    response_checksum_validation="when_required",
    max_pool_connections=64,
    user_agent_extra=USER_AGENT,
)


_session_lock = Lock()


@cache
def _session() -> boto3.session.Session:
    """Return the one session whose loaded service model all clients share: a new one costs half a second each."""
    return boto3.session.Session()


def load_service_model() -> None:
    """Load what all clients of this process, and of those it forks, share; connects to nothing."""
    with _session_lock:
        _session().client("s3", region_name="us-east-1", aws_access_key_id="-", aws_secret_access_key="-")  # noqa: S106 - no secret


def _configured(endpoint_url: str | None, proxy: str | None) -> Config:
    # Every write brings its CRC64NVME: a SHA-256 of the payload as well would cost both sides more than all the rest.
    style: Literal["path", "auto"] = "path" if endpoint_url else "auto"
    proxies = None if proxy is None else {"http": proxy, "https": proxy}
    return SDK_CONFIG.merge(
        Config(
            s3={"addressing_style": style, "payload_signing_enabled": False},
            proxies=proxies,
            connect_timeout=TIMEOUT_SECONDS,
            read_timeout=TIMEOUT_SECONDS,
        )
    )


def _stay_here(context: dict[str, Any], **_named: object) -> None:
    """
    Keep the SDK from looking for the bucket in another region, which only Amazon has.

    A store that answers each question for the region with a redirect would be asked without end.
    """
    context.setdefault("s3_redirect", {})["redirected"] = True


class S3Connection:
    """What every part of the S3 store needs: the clients, and a way to call them."""

    def __init__(
        self,
        *,
        bucket: str,
        endpoint_url: str | None = None,
        region: str | None = None,
        access_key_id: str,
        secret_access_key: str,
        session_token: str | None = None,
        attempts: int = 4,
        proxy: str | None = None,
    ) -> None:
        self.bucket = bucket
        with _session_lock:  # sessions are not thread-safe, clients are
            self._client: Boto3S3 = _session().client(
                "s3",
                endpoint_url=endpoint_url,
                region_name=region or "us-east-1",
                aws_access_key_id=access_key_id,
                aws_secret_access_key=secret_access_key,
                aws_session_token=session_token,
                config=_configured(endpoint_url, proxy),
            )
        hasten_listings(self._client)
        if endpoint_url:
            self._client.meta.events.register_last("before-parameter-build.s3", _stay_here)
        keys = S3Keys(access_key_id=access_key_id, secret_access_key=secret_access_key, session_token=session_token)
        self._plain = S3Plain(bucket, S3Address.of(bucket, endpoint_url, region or "us-east-1", keys), proxy=proxy)
        self._obstore = open_s3(bucket, keys, options_by(proxy), endpoint_url=endpoint_url, region=region)
        self._retry = Retrier(attempts)
        self._is_bucket_seen = False

    def close(self) -> None:
        self._client.close()
        self._plain.close()

    def _ask(self, method: Callable[..., T], key: str | None, asked: Mapping[str, Any]) -> T:
        """Send a request that is safe to repeat."""
        return self._retry(lambda: self._call(method, key, asked))

    def _call(
        self,
        method: Callable[..., T],
        key: str | None,
        asked: Mapping[str, Any],
        special: Mapping[str, type[StoreError]] | None = None,
    ) -> T:
        """Send a request about *key*, once."""
        where: dict[str, Any] = {"Bucket": self.bucket} if key is None else {"Bucket": self.bucket, "Key": key}
        try:
            with translated(asked.get("Bucket", self.bucket), key, special):
                answer = method(**where | dict(asked))
        except ObjectNotFoundError as error:
            if not self._is_bucket_seen:
                self._require_bucket(error)
            raise
        self._is_bucket_seen = True
        return answer

    def _require_bucket(self, cause: ObjectNotFoundError) -> None:
        """Tell a missing bucket from a missing object: the answer to a HEAD does not."""
        try:
            with translated(self.bucket, None):
                self._client.head_bucket(Bucket=self.bucket)
        except ObjectNotFoundError:
            raise refusal(BucketNotFoundError, self.bucket, None, "HTTP 404") from cause
        self._is_bucket_seen = True
