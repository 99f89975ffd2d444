"""Notifications in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo.errors import BulkWriteError, DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups, waiting
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting, duplicates
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.notifications import (
    Counted,
    Level,
    Notification,
    NotificationKind,
    NotificationPage,
    NotificationQuery,
    cursor_behind,
    place_of,
)


class MongoNotifications(MongoWaiting):
    """NotificationBook in `notifications`; `counted_events` holds what their counts are made of."""

    def put_notification(self, notification: Notification, events: Sequence[Event]) -> bool:
        name = notification.notification_id
        self._announce("notifications", [(name, event.id) for event in events])
        update: Document = {
            "$set": _document(notification),
            "$setOnInsert": {"v": SCHEMA, "created_at": notification.created_at},
        }
        if events:
            update["$push"] = {"outbox": {"$each": [waiting(event) for event in events]}}
        fewer = {"_id": name, "count": {"$lt": notification.count}}
        with answering():
            try:
                done = self._shelf("notifications").update_one(fewer, update, upsert=True)
            except DuplicateKeyError:  # it is there, with this count or a higher one
                return False
        return bool(done.modified_count or done.upserted_id)

    def count_events(self, counted: Sequence[Counted]) -> Mapping[str, Mapping[str, int]]:
        for some in in_groups(counted, 1000):
            documents = [
                {
                    "_id": f"{one.digest.digest_id}/{one.event_id}",
                    "v": SCHEMA,
                    "digest": one.digest.digest_id,
                    "label": one.label,
                    "at": one.at,
                }
                for one in some
            ]
            with answering():
                try:
                    self._shelf("counted_events").insert_many(documents, ordered=False)
                except BulkWriteError as error:
                    duplicates(error)  # counted before
        return {digest_id: self._counts(digest_id) for digest_id in {one.digest.digest_id for one in counted}}

    def _counts(self, digest_id: str) -> Mapping[str, int]:
        steps: list[Document] = [{"$match": {"digest": digest_id}}, {"$group": {"_id": "$label", "count": {"$sum": 1}}}]
        with answering():
            return {group["_id"]: group["count"] for group in self._shelf("counted_events").aggregate(steps)}

    def notifications_by_id(self, notification_ids: Sequence[str]) -> Mapping[str, Notification]:
        found: dict[str, Notification] = {}
        for few in in_groups(notification_ids, FEW_IDS):
            with answering():
                documents = list(self._shelf("notifications").find({"_id": {"$in": list(few)}}, {"outbox": 0}))
            found |= {document["_id"]: _notification(document) for document in documents}
        return found

    def notification_page(
        self, query: NotificationQuery, *, cursor: str | None = None, limit: int = 50
    ) -> NotificationPage:
        wanted: Document = {"user": query.user}
        if query.only_unread:
            wanted["read_at"] = None
        if query.kinds:
            wanted["kind"] = {"$in": sorted(query.kinds)}
        if cursor:
            at, name = place_of(cursor)
            wanted["$or"] = [{"changed_at": {"$lt": at}}, {"changed_at": at, "_id": {"$lt": name}}]
        with answering():
            found = self._shelf("notifications").find(wanted, {"outbox": 0})
            documents = list(found.sort([("changed_at", -1), ("_id", -1)]).limit(limit + 1))
        page = [_notification(document) for document in documents[:limit]]
        more = len(documents) > limit
        return NotificationPage(notifications=page, next_cursor=cursor_behind(page[-1]) if more else None)

    def unread_notifications(self, user: str) -> int:
        with answering():
            return self._shelf("notifications").count_documents({"user": user, "read_at": None})

    def mark_read(
        self, user: str, at: datetime, *, notification_ids: Sequence[str] | None = None, until: datetime | None = None
    ) -> int:
        unread: Document = {"user": user, "read_at": None}
        if until is not None:
            unread["changed_at"] = {"$lte": until}
        if notification_ids is None:
            return self._read(unread, at)
        few = in_groups(notification_ids, FEW_IDS)
        return sum(self._read({**unread, "_id": {"$in": list(some)}}, at) for some in few)

    def _read(self, unread: Document, at: datetime) -> int:
        with answering():
            return self._shelf("notifications").update_many(unread, {"$set": {"read_at": at}}).modified_count


def _document(notification: Notification) -> Document:
    return {
        "user": notification.user,
        "kind": notification.kind.value,
        "level": notification.level.value,
        "title": notification.title,
        "text": notification.text,
        "path": notification.path,
        "changed_at": notification.changed_at,
        "count": notification.count,
        "read_at": notification.read_at,
    }


def _notification(document: Document) -> Notification:
    return Notification(
        notification_id=document["_id"],
        user=document["user"],
        kind=NotificationKind(document["kind"]),
        level=Level(document["level"]),
        title=document["title"],
        text=document["text"],
        path=document["path"],
        created_at=document["created_at"],
        changed_at=document["changed_at"],
        count=document["count"],
        read_at=document["read_at"],
    )
