"""Amazon S3 and the stores that speak its protocol."""

from __future__ import annotations

from dataclasses import replace

from cloudflow_lib.adapters.stores.s3_moves import S3Moves
from cloudflow_lib.domain.objects import Capabilities, ChecksumKind

MIB = 1024 * 1024

AMAZON = Capabilities(
    storage_classes=(
        "STANDARD",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER_IR",
        "GLACIER",
        "DEEP_ARCHIVE",
    ),
    default_class="STANDARD",
    archive_classes=("GLACIER", "DEEP_ARCHIVE"),
    changes_class_in_place=True,
    deletes_conditionally=True,
    full_checksums=frozenset({ChecksumKind.CRC64NVME}),
    min_part_bytes=5 * MIB,
    max_part_bytes=5 * 1024 * MIB,
    max_parts=10_000,
    max_single_put_bytes=256 * MIB,  # S3 takes 5 GB, but one request should not hold a worker that long
    max_object_bytes=10_000 * 5 * 1024 * MIB,
    max_metadata_bytes=2048,
    has_tags=True,
)
SINGLE_CLASS = replace(AMAZON, storage_classes=("STANDARD",), archive_classes=(), changes_class_in_place=False)
"""A compatible store that knows no storage classes, or keeps every object in STANDARD whatever it is told."""


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
    ) -> None:
        super().__init__(
            bucket=bucket,
            endpoint_url=endpoint_url,
            region=region,
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            session_token=session_token,
            attempts=attempts,
        )
        self.capabilities = SINGLE_CLASS if single_class else AMAZON
