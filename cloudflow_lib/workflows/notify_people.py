"""Tell people in the bell what events mean for them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from cloudflow_lib.domain.alert_rules import Channel
from cloudflow_lib.domain.alert_words import WORDS
from cloudflow_lib.domain.alerts import Change
from cloudflow_lib.domain.events import (
    AlertChanged,
    Event,
    FileReclassified,
    FileUploaded,
    MailRefused,
    MailRequested,
    MailWishData,
    MigrationBatchEnded,
    NotificationData,
    NotificationRaised,
    RecommendationMade,
)
from cloudflow_lib.domain.notifications import (
    COUNTED,
    WINDOW,
    Counted,
    Level,
    Notification,
    NotificationKind,
    derived_id,
    digest_at,
    digest_notification,
)
from cloudflow_lib.ports.notification_book import NotificationBook

MIB = 1024 * 1024
TOLD_BY_MAIL = frozenset({NotificationKind.MIGRATION, NotificationKind.ALERT, NotificationKind.MAIL})
"""Runs and alerts ask for their mails themselves, and a refused mail is no reason for another."""


def notify_people(events: Sequence[Event], book: NotificationBook, *, is_news: bool = True) -> int:
    """
    Write the notifications that *events* call for and return how many are new, or count more than before.

    The same events again change nothing: each has its place in one notification. What is no news, because
    people were told when it happened, is written down and raises nothing: no line that pops up, no mail.
    """
    told = [told_by(event) for event in events]
    written = sum(_put(one, book, is_news=is_news) for one in told if isinstance(one, Notification))
    counted = [one for one in told if isinstance(one, Counted)]
    if not counted:
        return written
    newest = {one.digest: one.at for one in sorted(counted, key=lambda one: one.at)}  # the last one stays
    counts = book.count_events(counted)
    digests = [digest_notification(digest, counts[digest.digest_id], at) for digest, at in newest.items()]
    return written + sum(_put(one, book, is_news=is_news) for one in digests)


def told_by(event: Event) -> Notification | Counted | None:
    """Return what *event* means for its user: a notification, a place in a digest, or nothing."""
    match event:
        case MigrationBatchEnded():
            return _batch_ended(event)
        case AlertChanged():
            return _alert_changed(event) if Channel.IN_APP in event.data.channels else None
        case MailRefused():
            return _mail_refused(event)
        case _:
            return _counted(event)


def _counted(event: Event) -> Counted | None:
    match event:
        case FileUploaded():
            kind, label = NotificationKind.UPLOAD, event.data.location_id
        case FileReclassified():
            kind, label = NotificationKind.CLASSES, event.data.after.value
        case RecommendationMade():
            kind = NotificationKind.RECOMMENDATION
            label = f"{event.data.destination_location} {event.data.destination_class}"
        case _:
            return None
    return Counted(digest=digest_at(event.user, kind, event.time), event_id=event.id, label=label, at=event.time)


def _batch_ended(event: MigrationBatchEnded) -> Notification:
    data = event.data
    total, missed = data.done + data.failed + data.cancelled, data.failed + data.cancelled
    text = f"{data.done:,} done, {data.size_bytes / MIB:,.1f} MiB in {data.seconds:,.0f} s"
    if not total:
        level, title = Level.ERROR, "A run of moves was refused"
        text = data.refusal or "nothing was moved"
    elif missed:
        level, title = Level.ERROR, f"{missed:,} of {total:,} moves did not arrive"
    else:
        level, title = Level.SUCCESS, f"{total:,} moves done" if total > 1 else "1 move done"
    return Notification(
        notification_id=derived_id(event.id),
        user=event.user,
        kind=NotificationKind.MIGRATION,
        level=level,
        title=title,
        text=text,
        path=f"migrations?batch={quote(event.subject, safe='')}",
        created_at=event.time,
        changed_at=event.time,
    )


def _alert_changed(event: AlertChanged) -> Notification:
    data = event.data
    return Notification(
        notification_id=derived_id(event.id),
        user=event.user,
        kind=NotificationKind.ALERT,
        level=Level.SUCCESS if data.change is Change.RESOLVED else data.level,
        title=f"{WORDS[data.change]}: {data.name}",
        text=data.text,
        path="alerts",
        created_at=event.time,
        changed_at=event.time,
    )


def _mail_refused(event: MailRefused) -> Notification:
    return Notification(
        notification_id=derived_id(event.id),
        user=event.user,
        kind=NotificationKind.MAIL,
        level=Level.WARNING,
        title="A mail to you was refused",
        text=f"{event.data.title}: {event.data.reason}",
        path="settings",
        created_at=event.time,
        changed_at=event.time,
    )


def _put(notification: Notification, book: NotificationBook, *, is_news: bool) -> bool:
    events: list[Event] = [notification_raised(notification)] if is_news else []
    if is_news and notification.kind not in TOLD_BY_MAIL:
        events.append(mail_requested(notification))
    return book.put_notification(notification, events)


def mail_requested(notification: Notification) -> MailRequested:
    """Return the wish for a mail about *notification*; however often it is asked for, it is one."""
    is_counted = notification.kind in COUNTED
    return MailRequested(
        subject=notification.notification_id,
        user=notification.user,
        time=notification.changed_at,
        data=MailWishData(
            kind=notification.kind,
            level=notification.level,
            title=notification.title,
            lines=(notification.text,) if notification.text else (),
            path=notification.path,
            notification_id=notification.notification_id,
            not_before=notification.created_at + WINDOW if is_counted else None,
        ),
    )


def notification_raised(notification: Notification) -> NotificationRaised:
    """Return the fact that *notification* is new, or counts more."""
    return NotificationRaised(
        subject=notification.notification_id,
        user=notification.user,
        data=NotificationData(
            kind=notification.kind,
            level=notification.level,
            title=notification.title,
            text=notification.text,
            path=notification.path,
            count=notification.count,
        ),
    )
