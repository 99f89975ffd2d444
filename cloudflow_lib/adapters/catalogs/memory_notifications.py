"""Notifications in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.notifications import (
    Counted,
    Notification,
    NotificationPage,
    NotificationQuery,
    cursor_behind,
    place_of,
)


class MemoryNotifications(Shelves):
    """NotificationBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._notifications: dict[str, Notification] = {}
        self._counted: dict[str, dict[str, str]] = {}

    def put_notification(self, notification: Notification, events: Sequence[Event]) -> bool:
        with self._lock:
            known = self._notifications.get(notification.notification_id)
            if known is not None and known.count >= notification.count:
                return False
            created_at = known.created_at if known else notification.created_at
            self._notifications[notification.notification_id] = replace(notification, created_at=created_at)
            self._tell(events)
            return True

    def count_events(self, counted: Sequence[Counted]) -> Mapping[str, Mapping[str, int]]:
        with self._lock:
            for one in counted:
                self._counted.setdefault(one.digest.digest_id, {}).setdefault(one.event_id, one.label)
            digests = {one.digest.digest_id for one in counted}
            return {digest_id: dict(Counter(self._counted[digest_id].values())) for digest_id in digests}

    def notifications_by_id(self, notification_ids: Sequence[str]) -> Mapping[str, Notification]:
        with self._lock:
            return {name: self._notifications[name] for name in notification_ids if name in self._notifications}

    def notification_page(
        self, query: NotificationQuery, *, cursor: str | None = None, limit: int = 50
    ) -> NotificationPage:
        behind = place_of(cursor) if cursor else None
        with self._lock:
            found = sorted(
                (one for one in self._notifications.values() if _is_wanted(one, query)),
                key=_place,
                reverse=True,
            )
        rest = [one for one in found if behind is None or _place(one) < behind]
        page = rest[:limit]
        return NotificationPage(notifications=page, next_cursor=cursor_behind(page[-1]) if len(rest) > limit else None)

    def unread_notifications(self, user: str) -> int:
        with self._lock:
            return sum(one.user == user and one.read_at is None for one in self._notifications.values())

    def mark_read(
        self, user: str, at: datetime, *, notification_ids: Sequence[str] | None = None, until: datetime | None = None
    ) -> int:
        with self._lock:
            unread = [
                one
                for one in self._notifications.values()
                if one.user == user
                and one.read_at is None
                and (notification_ids is None or one.notification_id in notification_ids)
                and (until is None or one.changed_at <= until)
            ]
            for one in unread:
                self._notifications[one.notification_id] = replace(one, read_at=at)
            return len(unread)


def _is_wanted(one: Notification, query: NotificationQuery) -> bool:
    return (
        one.user == query.user
        and not (query.only_unread and one.read_at)
        and (not query.kinds or one.kind in query.kinds)
    )


def _place(one: Notification) -> tuple[datetime, str]:
    return one.changed_at, one.notification_id
