"""Facts about how fast and how well the platform's own processes work."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.topics import Topic

Count = Annotated[int, Field(ge=0)]
PLATFORM = "cloudflow"
"""Whose these facts are: nobody's in particular."""


class MeasuredSeries(BaseModel):
    """What one operation came to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str
    """Such as `api GET /api/v1/files` or `mongo find`."""
    count: Count
    failed: Count = 0
    micros: Count
    """Of all together."""
    slowest: Count
    """In microseconds."""
    durations: dict[int, Count]
    """Bin -> how many: the bin i holds what took up to g^i seconds, where g = (1 + accuracy) / (1 - accuracy)."""


class PerformanceData(BaseModel):
    """What one process measured in a while."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    process: str
    since: AwareDatetime
    until: AwareDatetime
    accuracy: Annotated[float, Field(gt=0, lt=1)]
    """How far a percentile worked out from the bins may be off."""
    series: tuple[MeasuredSeries, ...]
    gauges: dict[str, float] = Field(default_factory=dict)
    """Where something stood at the end, such as `memory_bytes` or `kafka_lag metrics`."""


class PerformanceMeasured(Fact):
    """A process tells what it measured since it last told."""

    topic: ClassVar[Topic] = Topic.PERFORMANCE
    type: Literal["io.cloudflow.performance.measured.v1"] = "io.cloudflow.performance.measured.v1"
    data: PerformanceData
