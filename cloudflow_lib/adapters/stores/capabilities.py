"""What each provider can do, as data, apart from the adapters: who plans loads no SDK for it."""

from __future__ import annotations

from dataclasses import replace

from cloudflow_lib.domain.objects import Capabilities, ChecksumKind

MIB = 1024 * 1024
MAX_SINGLE_PUT_BYTES = 256 * MIB
"""The providers take more, but one request should not hold a worker that long."""

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
    max_single_put_bytes=MAX_SINGLE_PUT_BYTES,
    max_object_bytes=10_000 * 5 * 1024 * MIB,
    max_metadata_bytes=2048,
    has_tags=True,
)
AMAZON_SINGLE_CLASS = replace(AMAZON, storage_classes=("STANDARD",), archive_classes=(), changes_class_in_place=False)
"""A compatible store that knows no storage classes, or keeps every object in STANDARD whatever it is told."""

AZURE = Capabilities(
    storage_classes=("Hot", "Cool", "Cold", "Archive"),
    default_class="Hot",
    archive_classes=("Archive",),
    changes_class_in_place=True,
    deletes_conditionally=True,
    full_checksums=frozenset({ChecksumKind.CRC64NVME}),
    keeps_checksums=False,  # it answers them when an object is written, and never again
    min_part_bytes=1,
    max_part_bytes=4000 * MIB,
    max_parts=50_000 - 1,  # one block marks the upload
    max_single_put_bytes=MAX_SINGLE_PUT_BYTES,
    max_object_bytes=50_000 * 4000 * MIB,
    max_metadata_bytes=8192,
    has_tags=True,
)

GOOGLE = Capabilities(
    storage_classes=("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"),
    default_class="STANDARD",
    changes_class_in_place=True,
    deletes_conditionally=True,
    full_checksums=frozenset({ChecksumKind.CRC32C}),
    min_part_bytes=1,
    max_part_bytes=5 * 1024 * MIB,
    max_parts=10_000,
    max_single_put_bytes=MAX_SINGLE_PUT_BYTES,
    max_object_bytes=5 * 1024 * 1024 * MIB,
    max_metadata_bytes=8192,
    has_tags=False,
)
GOOGLE_SINGLE_CLASS = replace(GOOGLE, storage_classes=("STANDARD",), changes_class_in_place=False)
"""A server that speaks the protocol but cannot change classes."""
