"""Amazon S3 and the stores that speak its protocol."""

from __future__ import annotations

from cloudflow_lib.adapters.stores.capabilities import AMAZON, AMAZON_SINGLE_CLASS
from cloudflow_lib.adapters.stores.s3_moves import S3Moves


class S3Store(S3Moves):
    """
    One bucket. Versions are ETags.

    A copy loses the ACL of its source, as S3 itself decides, and in a versioned bucket the old
    versions stay: deleting adds a marker there.
    """

    def __init__(
        self,
        *,
        bucket: str,
        endpoint_url: str | None = None,
        region: str | None = None,
        access_key_id: str,
        secret_access_key: str,
        session_token: str | None = None,
        single_class: bool = False,
        attempts: int = 4,
        proxy: str | None = None,
    ) -> None:
        super().__init__(
            bucket=bucket,
            endpoint_url=endpoint_url,
            region=region,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            session_token=session_token,
            attempts=attempts,
            proxy=proxy,
        )
        self.capabilities = AMAZON_SINGLE_CLASS if single_class else AMAZON
