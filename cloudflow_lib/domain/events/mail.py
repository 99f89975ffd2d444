"""Facts about mails."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.notifications import Level, NotificationKind
from cloudflow_lib.domain.topics import Topic


class MailWishData(BaseModel):
    """What a person should read about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: NotificationKind
    level: Level
    title: str
    lines: tuple[str, ...] = ()
    path: str = ""
    """Where there is more: in the dashboard, or a whole address."""
    notification_id: str | None = None
    """Asking again for the same notification asks for nothing new."""
    not_before: AwareDatetime | None = None
    """When its words are final."""


class MailRequested(Fact):
    """Its user should get this by mail, as soon and as often as they like: this topic is the queue of mails."""

    topic: ClassVar[Topic] = Topic.MAIL
    type: Literal["io.cloudflow.mail.requested.v1"] = "io.cloudflow.mail.requested.v1"
    data: MailWishData


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


class RefusedMailData(BaseModel):
    """A mail that will not be taken, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str
    title: str
    message_id: str
    reason: str


class MailRefused(Fact):
    """The mail server refused a mail for good; it is not tried again."""

    topic: ClassVar[Topic] = Topic.MAIL
    type: Literal["io.cloudflow.mail.refused.v1"] = "io.cloudflow.mail.refused.v1"
    data: RefusedMailData
