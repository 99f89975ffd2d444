"""What a store says about one object, in words that fit every provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

UploadId = NewType("UploadId", str)
"""Names one unfinished multipart upload; mixing it up with another string is a type error, not an incident."""


class ChecksumKind(StrEnum):
    """Full-object checksums that a store can compute itself; values are lower-case hexadecimal, big-endian."""

    CRC64NVME = "crc64nvme"
    CRC32C = "crc32c"
    MD5 = "md5"
    SHA256 = "sha256"


@dataclass(frozen=True, slots=True)
class ByteSpan:
    """The bytes from *start* up to but not including *stop*."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.stop:
            raise ValueError(f"not a span: {self.start}..{self.stop}")

    @property
    def size_bytes(self) -> int:
        """How many bytes the span holds."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """One object as its store describes it now."""

    key: str
    size_bytes: int
    version: str
    """The token that pins exactly these bytes: an S3 or Azure ETag (without quotes), a GCS generation."""
    modified_at: datetime
    storage_class: str
    """The provider's own word, such as `STANDARD_IA`, `Cool` or `NEARLINE`."""
    content_type: str | None = None
    """None where only a HEAD would tell (listings of S3)."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    checksums: Mapping[ChecksumKind, str] = field(default_factory=dict)
    """Only full-object checksums that the store computed or checked itself; never an ETag, never a client's claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectTraits:
    """What travels with the bytes of an object."""

    content_type: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """How readers should take the bytes, by lower-case name, where it was set: `content-encoding`,
    `cache-control`, `content-disposition`, `content-language`."""
    storage_class: str | None = None
    """None: the store's default class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedPart:
    """One part that arrived, with what is needed to finish the upload."""

    number: int
    """From 1, in the order of the bytes."""
    size_bytes: int
    tag: str
    """The store's receipt: an S3 part ETag, an Azure block id."""
    checksums: Mapping[ChecksumKind, str] = field(default_factory=dict)
    """What the store computed over this part, where it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenUpload:
    """A multipart upload that nobody finished yet."""

    upload_id: UploadId
    key: str
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a store can do, as data: planners read this and never ask which adapter it is."""

    storage_classes: tuple[str, ...]
    """Classes an object can be written to or moved to in place; a single entry means there is only one."""
    default_class: str
    archive_classes: tuple[str, ...] = ()
    """Classes whose objects must be restored before they can be read."""
    changes_class_in_place: bool = False
    deletes_conditionally: bool = False
    """Whether `delete(if_version=...)` is refused by the store itself when the object changed."""
    full_checksums: frozenset[ChecksumKind] = frozenset()
    """Full-object checksums the store computes over what it stored, without a read-back."""
    keeps_checksums: bool = True
    """Whether `stat` tells one of what lies there. Where not, a new class leaves the version as it is."""
    min_part_bytes: int
    max_part_bytes: int
    max_parts: int
    max_single_put_bytes: int
    max_object_bytes: int
    parallel_parts: bool = True
    max_metadata_bytes: int
    has_tags: bool
