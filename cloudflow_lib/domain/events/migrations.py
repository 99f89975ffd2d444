"""Facts about migrations."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.topics import Topic


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
    seconds: dict[MigrationState, float] = Field(default_factory=dict, exclude_if=lambda known: not known)
    """From being queued to each state that it reached; left out by events of older versions."""
    quarantined_until: AwareDatetime | None = Field(default=None, exclude_if=lambda known: known is None)
    """Until then the original is kept to roll back to; left out where none is kept."""


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
    refusal: str | None = Field(default=None, exclude_if=lambda known: known is None)
    """Why the whole run was refused; left out where it was not, and by events of older versions."""


class MigrationBatchEnded(Fact):
    """Every migration of a run has ended."""

    topic: ClassVar[Topic] = Topic.MIGRATIONS
    type: Literal["io.cloudflow.migration.batch_ended.v1"] = "io.cloudflow.migration.batch_ended.v1"
    data: BatchData
