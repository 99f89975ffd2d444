"""Facts about what people are told."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.notifications import Level, NotificationKind
from cloudflow_lib.domain.topics import Topic


class NotificationData(BaseModel):
    """A notification as it stood after the change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: NotificationKind
    level: Level
    title: str
    text: str
    path: str
    count: int


class NotificationRaised(Fact):
    """A person has something new in the bell, or a count there has grown; `subject` names the notification."""

    topic: ClassVar[Topic] = Topic.NOTIFICATIONS
    type: Literal["io.cloudflow.notification.raised.v1"] = "io.cloudflow.notification.raised.v1"
    data: NotificationData
