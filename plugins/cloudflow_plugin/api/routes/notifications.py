"""The bell: what ended, failed or wants a decision, read and unread; everybody sees their own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from cloudflow_lib.domain import notifications as bell
from cloudflow_lib.domain.notifications import Level, NotificationKind, NotificationQuery
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer, Cursor, Handle, Limit, Moment, Request

router = APIRouter(prefix="/notifications", tags=["notifications"])

MOST_IDS = 500


class Notification(Answer):
    """One line in the bell."""

    notification_id: str
    kind: NotificationKind
    level: Level
    title: str = Field(examples=["2 of 12 moves did not arrive"])
    text: str
    path: str = Field(description="Where in the dashboard there is more.", examples=["migrations?batch=run-1"])
    count: int = Field(description="Of how many events it tells.")
    created_at: AwareDatetime
    changed_at: AwareDatetime
    read_at: AwareDatetime | None


class NotificationPage(Answer):
    """One page of the bell, the last changed first."""

    notifications: list[Notification]
    unread: int = Field(description="Of all, not only of this page.")
    next_cursor: Cursor | None = Field(description="Give it back as `cursor` for the page behind; null at the end.")


class NotificationsQuery(Request):
    """Which to list."""

    unread: bool = Field(default=False, description="Only those that were not read.")
    kind: list[NotificationKind] = Field([], max_length=len(NotificationKind))
    cursor: Cursor = ""
    limit: Limit = 50


class Seen(Request):
    """Which to mark as read; neither named: all."""

    notification_ids: list[Handle] | None = Field(None, max_length=MOST_IDS)
    until: Moment | None = Field(None, description="Only such as did not change after it.")


class Unread(Answer):
    """How many were marked, and how many are unread still."""

    marked: int
    unread: int


@router.get("")
def list_notifications(
    query: Annotated[NotificationsQuery, Query()], caller: CallerDep, services: ServicesDep
) -> NotificationPage:
    """See what happened to you and yours."""
    wanted = NotificationQuery(user=caller.user, only_unread=query.unread, kinds=frozenset(query.kind))
    page = services.catalog.notification_page(wanted, cursor=query.cursor or None, limit=query.limit)
    return NotificationPage(
        notifications=[_told(one) for one in page.notifications],
        unread=services.catalog.unread_notifications(caller.user),
        next_cursor=page.next_cursor,
    )


@router.post("/read")
def mark_read(seen: Seen, caller: CallerDep, services: ServicesDep) -> Unread:
    """Mark notifications as read: those named, or all."""
    marked = services.catalog.mark_read(
        caller.user, services.clock(), notification_ids=seen.notification_ids, until=seen.until
    )
    return Unread(marked=marked, unread=services.catalog.unread_notifications(caller.user))


@router.post("/{notification_id}/read")
def mark_one_read(notification_id: Handle, caller: CallerDep, services: ServicesDep) -> Unread:
    """Mark one as read; again, or one that is not yours, changes nothing."""
    marked = services.catalog.mark_read(caller.user, services.clock(), notification_ids=[notification_id])
    return Unread(marked=marked, unread=services.catalog.unread_notifications(caller.user))


def _told(one: bell.Notification) -> Notification:
    return Notification(
        notification_id=one.notification_id,
        kind=one.kind,
        level=one.level,
        title=one.title,
        text=one.text,
        path=one.path,
        count=one.count,
        created_at=one.created_at,
        changed_at=one.changed_at,
        read_at=one.read_at,
    )
