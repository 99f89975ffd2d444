"""What we ask of a mail server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

SEND_WITHIN = timedelta(minutes=1)
"""How long handing over one mail may take, from the connection to the server's yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message to one reader."""

    message_id: str
    """Deterministic: sending the same mail twice gives the same id, so that a repetition can be told."""
    to: str
    title: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """More lines for its head."""


class Mailer(Protocol):
    """Hand a mail to the mail server."""

    def send(self, mail: Mail) -> None:
        """
        Return after the server accepted the mail; after SEND_WITHIN nothing of it is sent any more.

        Raises:
            MailRefusedError: It will not take this mail, now or later.
            MailUnwritableError: This mail cannot be put into a message, such as one to an address with a line's end.
            MailError: It did not take it now; the text says why.
        """
        ...
