"""Google Cloud Storage: objects of one bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cloudflow_lib.adapters.stores.gcs_uploads import GcsUploads
from cloudflow_lib.domain.objects import Capabilities, ChecksumKind

MIB = 1024 * 1024

GOOGLE = Capabilities(
    storage_classes=("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"),
    default_class="STANDARD",
    changes_class_in_place=True,
    deletes_conditionally=True,
    full_checksums=frozenset({ChecksumKind.CRC32C}),
    min_part_bytes=1,
    max_part_bytes=5 * 1024 * MIB,
    max_parts=10_000,
    max_single_put_bytes=256 * MIB,
    max_object_bytes=5 * 1024 * 1024 * MIB,
    max_metadata_bytes=8192,
    has_tags=False,
)
SINGLE_CLASS = replace(GOOGLE, storage_classes=("STANDARD",), changes_class_in_place=False)
"""A server that speaks the protocol but cannot change classes."""


class GcsStore(GcsUploads):
    """
    One bucket. Versions are generations, and every class is readable at once.

    Without a service account requests are anonymous: for emulators and public buckets. Large
    objects need the permission to delete, for the parts they are joined from.
    """

    def __init__(
        self,
        *,
        bucket: str,
        project: str | None = None,
        service_account: Mapping[str, str] | None = None,
        endpoint_url: str | None = None,
        single_class: bool = False,
        attempts: int = 4,
    ) -> None:
        super().__init__(
            bucket=bucket,
            project=project,
            service_account=service_account,
            endpoint_url=endpoint_url,
            attempts=attempts,
        )
        self.capabilities = SINGLE_CLASS if single_class else GOOGLE
