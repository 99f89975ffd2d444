"""Facts about files."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.topics import Topic


class FileData(BaseModel):
    """Where a file lies and what it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    location_id: str
    key: str
    size_bytes: int
    storage_class: str


class FileDiscovered(Fact):
    """A scan found an object that the catalogue did not know."""

    topic: ClassVar[Topic] = Topic.FILES
    type: Literal["io.cloudflow.file.discovered.v1"] = "io.cloudflow.file.discovered.v1"
    data: FileData


class UploadedData(BaseModel):
    """Where a sent file lies, what it is, and how it was proved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    location_id: str
    key: str
    size_bytes: int
    storage_class: str
    content_type: str | None
    tier: Tier
    checksums: dict[str, str]
    """What the bytes that came in gave, by kind, in hexadecimal."""
    proof: str


class FileUploaded(Fact):
    """Somebody sent a file through the platform, and it was stored as it was sent."""

    topic: ClassVar[Topic] = Topic.FILES
    type: Literal["io.cloudflow.file.uploaded.v1"] = "io.cloudflow.file.uploaded.v1"
    data: UploadedData


class FileChanged(Fact):
    """A scan found other bytes or another storage class behind a known name."""

    topic: ClassVar[Topic] = Topic.FILES
    type: Literal["io.cloudflow.file.changed.v1"] = "io.cloudflow.file.changed.v1"
    data: FileData


class FileVanished(Fact):
    """A scan no longer found the object; the record stays."""

    topic: ClassVar[Topic] = Topic.FILES
    type: Literal["io.cloudflow.file.vanished.v1"] = "io.cloudflow.file.vanished.v1"
    data: FileData


class WayData(BaseModel):
    """The old and the new address of a file of a campaign."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    campaign_id: str
    source_location: str
    source_key: str
    destination_location: str
    destination_key: str
    destination_class: str
    size_bytes: int


class MovedData(WayData):
    """The old and the new address of a file, and how its copy was proved."""

    proof: str


class FileMoved(Fact):
    """A campaign pointed the file at its proved copy."""

    topic: ClassVar[Topic] = Topic.FILES
    type: Literal["io.cloudflow.file.moved.v1"] = "io.cloudflow.file.moved.v1"
    data: MovedData


class NotMovedData(WayData):
    """The address of a file, the one that it was to have, and why it stayed."""

    reason: str


class FileNotMoved(Fact):
    """A campaign gave up a file, which stays where it is."""

    topic: ClassVar[Topic] = Topic.FILES
    type: Literal["io.cloudflow.file.not_moved.v1"] = "io.cloudflow.file.not_moved.v1"
    data: NotMovedData


class ReclassifiedData(BaseModel):
    """The class before and after, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    location_id: str
    key: str
    size_bytes: int
    before: Tier
    after: Tier
    reasons: tuple[str, ...]


class FileReclassified(Fact):
    """The classification put a file into another class."""

    topic: ClassVar[Topic] = Topic.FILES
    type: Literal["io.cloudflow.file.reclassified.v1"] = "io.cloudflow.file.reclassified.v1"
    data: ReclassifiedData
