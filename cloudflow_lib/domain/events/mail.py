"""Facts about mails."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from cloudflow_lib.domain.events.facts import Fact, Topic


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
