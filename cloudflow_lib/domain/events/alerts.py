"""Facts about alerts."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from cloudflow_lib.domain.alert_rules import Channel, Signal
from cloudflow_lib.domain.alerts import AlertState, Change
from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.notifications import Level
from cloudflow_lib.domain.topics import Topic


class AlertData(BaseModel):
    """An alert as it stood after the change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule_id: str
    name: str
    change: Change
    state: AlertState
    level: Level
    signal: Signal
    about: str
    """Whose signal and of what, such as `team-docs s3-main`."""
    value: float
    peak: float
    threshold: float
    text: str
    """All of it in one line for people."""
    channels: tuple[Channel, ...]


class AlertChanged(Fact):
    """An alert began, was taken care of, was passed on, or is over; `subject` names the alert."""

    topic: ClassVar[Topic] = Topic.ALERTS
    type: Literal["io.cloudflow.alert.changed.v1"] = "io.cloudflow.alert.changed.v1"
    data: AlertData
