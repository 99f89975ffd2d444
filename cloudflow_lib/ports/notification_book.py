"""What we ask of the catalogue about what people are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.notifications import Counted, Notification, NotificationPage, NotificationQuery


class NotificationBook(Protocol):
    """Remember notifications, read and unread."""

    def put_notification(self, notification: Notification, events: Sequence[Event]) -> bool:
        """
        Write *notification* with its events in one update, and return whether that was news.

        It is not when the same one is there with this count or a higher one. A higher count makes it
        unread again.
        """
        ...

    def count_events(self, counted: Sequence[Counted]) -> Mapping[str, Mapping[str, int]]:
        """Count each event once, and return digest id -> label -> count for the digests among *counted*."""
        ...

    def notifications_by_id(self, notification_ids: Sequence[str]) -> Mapping[str, Notification]:
        """Return those that there are."""
        ...

    def notification_page(
        self, query: NotificationQuery, *, cursor: str | None = None, limit: int = 50
    ) -> NotificationPage:
        """Return a page, the last changed first; WrongInputError for a cursor that is none."""
        ...

    def unread_notifications(self, user: str) -> int: ...

    def mark_read(
        self, user: str, at: datetime, *, notification_ids: Sequence[str] | None = None, until: datetime | None = None
    ) -> int:
        """
        Mark *user*'s unread notifications as read and return how many: those named, or all.

        With *until*, only such as did not change after it: what came meanwhile was not seen.
        """
        ...
