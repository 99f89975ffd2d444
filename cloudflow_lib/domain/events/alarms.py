"""Facts that somebody should look at soon."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.topics import Topic


class AnomalyData(BaseModel):
    """What is unusual about the use of a prefix."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    location_id: str
    prefix: str
    signal: str
    """`reads`, `bytes`, `keys`: what stands out most."""
    value: float
    usual: float
    score: float
    """How far from usual, in robust standard deviations."""
    hour: AwareDatetime


class AccessAnomalyFound(Fact):
    """A prefix is used as it never is at this hour."""

    topic: ClassVar[Topic] = Topic.ALERTS
    type: Literal["io.cloudflow.access.anomaly_found.v1"] = "io.cloudflow.access.anomaly_found.v1"
    data: AnomalyData


class RefusedData(BaseModel):
    """Which data are not as they must be, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    """`access` or `training`."""
    failed: tuple[str, ...]
    docs: str


class DataRefused(Fact):
    """Data did not pass their expectations: nothing is learnt from them."""

    topic: ClassVar[Topic] = Topic.ALERTS
    type: Literal["io.cloudflow.data.refused.v1"] = "io.cloudflow.data.refused.v1"
    data: RefusedData
