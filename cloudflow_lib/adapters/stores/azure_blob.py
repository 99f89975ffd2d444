"""Azure Blob Storage: block blobs of one container."""

from __future__ import annotations

from cloudflow_lib.adapters.stores.azure_client import MAX_SINGLE_PUT_BYTES
from cloudflow_lib.adapters.stores.azure_moves import AzureMoves
from cloudflow_lib.domain.objects import Capabilities, ChecksumKind

MIB = 1024 * 1024

CAPABILITIES = Capabilities(
    storage_classes=("Hot", "Cool", "Cold", "Archive"),
    default_class="Hot",
    archive_classes=("Archive",),
    changes_class_in_place=True,
    deletes_conditionally=True,
    # Answered when an object is written; Azure keeps none of an object that lies there.
    full_checksums=frozenset({ChecksumKind.CRC64NVME}),
    min_part_bytes=1,
    max_part_bytes=4000 * MIB,
    max_parts=50_000 - 1,  # one block marks the upload
    max_single_put_bytes=MAX_SINGLE_PUT_BYTES,
    max_object_bytes=50_000 * 4000 * MIB,
    max_metadata_bytes=8192,
    has_tags=True,
)


class AzureBlobStore(AzureMoves):
    """
    One container, opened by an account key or a SAS. Versions are ETags.

    A new tier leaves the version as it is. Tags need the SAS permission `t`; without it Azure does
    not tell that a blob has any. A copy is visible with its full length while Azure still makes it.
    """

    capabilities = CAPABILITIES
