"""What we ask of the network for webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class WebhookPoster(Protocol):
    """Send one body to one address."""

    def __call__(self, url: str, address: str, body: bytes, headers: Mapping[str, str]) -> None:
        """
        Return when whoever listens said that it took *body*; *address* is what was looked up and allowed.

        Nothing is looked up again, and no redirect is followed: both could lead elsewhere.

        Raises:
            WebhookError: Nobody took it; the text says why.
        """
        ...
