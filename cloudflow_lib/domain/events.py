"""
Facts that left the platform: typed, versioned, one Kafka topic per kind of reader.

A fact never changes once published. A changed meaning is a new type with a higher
version; both stay in the union until the last consumer moved. The JSON of a fact uses
the attribute names of CloudEvents 1.0; one golden file per type lies in `tests/events/`.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.tiers import Tier


class Topic(StrEnum):
    """The Kafka topics of the platform."""

    FILES = "file-events"
    MIGRATIONS = "migration-events"
    MAIL = "email-notifications"
    PERFORMANCE = "performance-metrics"
    COSTS = "cost-updates"
    ALERTS = "system-alerts"


def new_event_id() -> str:
    """Return a UUID of version 7 (RFC 9562): unique, and sorted by the millisecond it was made in."""
    millis = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (
        (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    )
    return str(UUID(int=value))


class Fact(BaseModel):
    """Something that happened; its fields are the CloudEvents attributes, `data` is what happened."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    topic: ClassVar[Topic]

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(default_factory=new_event_id)
    """The event id: consumers drop what they have seen under the same one."""
    source: str = "/cloudflow"
    time: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    subject: str
    """What it happened to: a file id, a migration id, a location id or a batch id."""
    user: str
    """Whose it is. The Kafka key, so that one user's events stay in order."""


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


class MovedData(BaseModel):
    """The old and the new address of a file, and how its copy was proved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    campaign_id: str
    source_location: str
    source_key: str
    destination_location: str
    destination_key: str
    destination_class: str
    size_bytes: int
    proof: str


class FileMoved(Fact):
    """A campaign pointed the file at its proved copy."""

    topic: ClassVar[Topic] = Topic.FILES
    type: Literal["io.cloudflow.file.moved.v1"] = "io.cloudflow.file.moved.v1"
    data: MovedData


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


class MigrationData(BaseModel):
    """One migration as it stood after the change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_id: str
    file_id: str
    state: MigrationState
    source_location: str
    source_key: str
    source_class: str
    destination_location: str
    destination_key: str
    destination_class: str
    size_bytes: int
    proof: str | None = None
    error: str | None = None


class MigrationAdvanced(Fact):
    """A migration reached another state; `data.state` says which."""

    topic: ClassVar[Topic] = Topic.MIGRATIONS
    type: Literal["io.cloudflow.migration.advanced.v1"] = "io.cloudflow.migration.advanced.v1"
    data: MigrationData


class BatchData(BaseModel):
    """How a run of migrations ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: int
    failed: int
    cancelled: int
    size_bytes: int
    seconds: float


class MigrationBatchEnded(Fact):
    """Every migration of a run has ended."""

    topic: ClassVar[Topic] = Topic.MIGRATIONS
    type: Literal["io.cloudflow.migration.batch_ended.v1"] = "io.cloudflow.migration.batch_ended.v1"
    data: BatchData


class MailData(BaseModel):
    """A mail that was accepted by the mail server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str
    title: str
    message_id: str


class MailSent(Fact):
    """The mail server took a mail."""

    topic: ClassVar[Topic] = Topic.MAIL
    type: Literal["io.cloudflow.mail.sent.v1"] = "io.cloudflow.mail.sent.v1"
    data: MailData


Event = Annotated[
    FileDiscovered
    | FileUploaded
    | FileChanged
    | FileVanished
    | FileMoved
    | FileReclassified
    | MigrationAdvanced
    | MigrationBatchEnded
    | MailSent,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads any fact from JSON; an unknown type or an extra field is an error."""
