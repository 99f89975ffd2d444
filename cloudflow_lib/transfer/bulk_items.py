"""What goes into a bulk copy, and what comes out of it, object by object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudflow_lib.domain.migrations import Digest
from cloudflow_lib.domain.objects import ChecksumKind, ObjectInfo, ObjectTraits
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.ports.bulk import BulkStore
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.transfer.bandwidth import Bandwidth
from cloudflow_lib.transfer.pace import PaceLimits

if TYPE_CHECKING:
    from cloudflow_lib.transfer.ledger import Page  # it leads back here

MIB = 1024 * 1024
MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkItem:
    """One object to copy."""

    source_key: str
    source_version: str
    """Exactly these bytes, or none."""
    size_bytes: int
    target_key: str
    storage_class: str | None = None
    """None: the destination's default."""
    source_checksums: Mapping[ChecksumKind, str] = field(default_factory=dict)
    """Those the source's listing tells, as `ObjectInfo.checksums`: what is read is compared with them."""
    traits: ObjectTraits | None = None
    """What the copy should bear, where it is known; else what the source answers with the bytes."""

    @property
    def source_md5(self) -> str | None:
        """The version, where it looks like an MD5: then it mostly is the one of the bytes."""
        return self.source_version if MD5.fullmatch(self.source_version) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOutcome:
    """What became of one object."""

    item: BulkItem
    info: ObjectInfo | None = None
    """The copy; its time is when its write was answered, by our clock, where the store does not say it."""
    digest: Digest | None = None
    proof: str | None = None
    """Which independent answer of the destination equalled our digest."""
    notes: tuple[str, ...] = ()
    """What could not be carried."""
    was_there: bool = False
    """Whether exactly these bytes may have lain there before: an earlier success, or another object like it."""
    failure: CloudFlowError | None = None

    @property
    def is_copied(self) -> bool:
        """Whether the copy is there and proved."""
        return self.proof is not None

    @property
    def error(self) -> str | None:
        """Return the failure as one line."""
        return " ".join(str(self.failure).split()) if self.failure else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEnd:
    """One side of a copy: the fast path, and how to open the other one, for what the fast path cannot do."""

    fast: BulkStore
    open_store: Callable[[], ObjectStore]
    """Called at most once, and only when it is needed: it loads an SDK."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOptions:
    """Bounds and choices of a bulk copy."""

    carry_tags: bool = True
    """
    Whether tags are carried. No store answers them with the bytes, so they cost one request more for each
    object of a source that has tags, by its SDK: leave them out where it is known that there are none.
    """
    part_bytes: int = 8 * MIB
    """Objects above it travel in parts."""
    streams_per_object: int = 3
    large_at_once: int = 2
    """How many objects in parts travel at once."""
    memory_bytes: int = 128 * MIB
    """Bytes of objects and parts that may be in memory at once."""
    most_objects: int = 512
    """Objects begun at once, waiting ones included."""
    most_outcomes: int = 4096
    """Outcomes that nobody took yet; above it no object is begun."""
    source_pace: PaceLimits = field(default_factory=PaceLimits)
    target_pace: PaceLimits = field(default_factory=PaceLimits)
    patience_seconds: float = 120.0
    """For how long one request is tried again while its store is busy."""
    bandwidth: Bandwidth = field(default_factory=Bandwidth)
    page_of: Callable[[BulkItem], Page] | None = None
    """
    Where the part ledger is open for an object: what was sent of one in parts is not sent again after a kill, and a
    sweep finds what nobody goes on with. None: what is given up is aborted, and a kill leaves it where it is.
    """


@dataclass(slots=True)
class BulkTotals:
    """Counters of a run, read at any time."""

    copied: int = 0
    failed: int = 0
    copied_bytes: int = 0
    requests: int = 0
    """Sent on the fast path, repetitions included."""
    refusals: int = 0
    """Requests that a busy store refused or did not answer."""
