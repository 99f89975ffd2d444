"""Facts about money: what was found to save, and what people made of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.topics import Topic


class RecommendationData(BaseModel):
    """The move and its figures, in dollars."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_id: str
    source_location: str
    source_class: str
    destination_location: str
    destination_class: str
    size_bytes: int
    saves_per_month: float
    once: float
    pays_back_days: float
    reasons: tuple[str, ...]
    """Their codes."""
    model: str
    price_book: str


class RecommendationMade(Fact):
    """A file would be cheaper elsewhere."""

    topic: ClassVar[Topic] = Topic.COSTS
    type: Literal["io.cloudflow.recommendation.made.v1"] = "io.cloudflow.recommendation.made.v1"
    data: RecommendationData


class DismissedData(BaseModel):
    """Whose word it was, and for how long it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_id: str
    dismissed_by: str
    until: AwareDatetime


class RecommendationDismissed(Fact):
    """Somebody does not want to hear of it for a while."""

    topic: ClassVar[Topic] = Topic.COSTS
    type: Literal["io.cloudflow.recommendation.dismissed.v1"] = "io.cloudflow.recommendation.dismissed.v1"
    data: DismissedData


class AppliedData(BaseModel):
    """The run that moves the file, and what was promised."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_id: str
    applied_by: str
    batch_id: str
    saves_per_month: float
    once: float


class RecommendationApplied(Fact):
    """A run that does what was recommended was started."""

    topic: ClassVar[Topic] = Topic.COSTS
    type: Literal["io.cloudflow.recommendation.applied.v1"] = "io.cloudflow.recommendation.applied.v1"
    data: AppliedData
