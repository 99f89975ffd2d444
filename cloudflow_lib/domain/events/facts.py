"""What every fact has in common: its topic, its id and the attributes of CloudEvents 1.0."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloudflow_lib.domain.topics import Topic

LAST_MILLIS = 253_402_300_800_000
"""The end of the year 9999: behind it are no moments that a datetime holds."""


def new_event_id() -> str:
    """Return a UUID of version 7 (RFC 9562): unique, and sorted by the millisecond it was made in."""
    millis = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (
        (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    )
    return str(UUID(int=value))


def moment_of_id(event_id: str) -> datetime | None:
    """Return when the event of this id was made; None for what is no such id."""
    try:
        value = UUID(event_id)
    except ValueError:
        return None
    millis = value.int >> 80
    return datetime.fromtimestamp(millis / 1000, UTC) if value.version == 7 and millis < LAST_MILLIS else None  # noqa: PLR2004 - the version


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


def type_of(kind: type[Fact]) -> str:
    """Return the `type` that events of this class carry."""
    return str(kind.model_fields["type"].default)
