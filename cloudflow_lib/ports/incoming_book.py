"""What we ask of the catalogue about files that come in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.incoming import ResumableUpload


class IncomingBook(Protocol):
    """Remember uploads that may be carried on with, over any number of requests, processes and days."""

    def open_incoming(self, upload: ResumableUpload) -> None:
        """Write a new one down."""
        ...

    def incoming(self, upload_id: str) -> ResumableUpload:
        """Return it, or raise NotFoundError."""
        ...

    def lease_incoming(self, upload_id: str, *, now: datetime, until: datetime) -> ResumableUpload | None:
        """
        Give one request the sole right to send until *until*, and a fence of its own; None if another one has it.

        Raises:
            NotFoundError: There is no such upload.
        """
        ...

    def save_incoming(self, upload: ResumableUpload) -> bool:
        """Write down how far it has come; False, and nothing is written, if another request was given a lease since."""
        ...

    def forget_incoming(self, upload_id: str) -> None:
        """Remove it; a forgotten one is no error."""
        ...

    def count_incoming(self, user: str) -> int:
        """Return how many of this user have not become files yet."""
        ...

    def incoming_bytes(self, owner: str) -> int:
        """Return how large those files will be together that will be this owner's and have not become files yet."""
        ...

    def expired_incoming(self, now: datetime, limit: int = 1000) -> Sequence[ResumableUpload]:
        """Return those whose time is over, without their tails."""
        ...
