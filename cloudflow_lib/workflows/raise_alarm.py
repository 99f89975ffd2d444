"""Say that somebody should look: one fact on `system-alerts`, one line in the bell and one mail, all or none."""

from __future__ import annotations

from collections.abc import Sequence

from cloudflow_lib.domain.alert_rules import Reading, Signal
from cloudflow_lib.domain.events import AccessAnomalyFound, AnomalyData, DataRefused, Event, RefusedData
from cloudflow_lib.domain.notifications import Level, Notification, NotificationKind, derived_id
from cloudflow_lib.workflows.notify_people import mail_requested, notification_raised
from cloudflow_lib.workflows.services import Services


def alarm_refused_data(what: str, key: str, failed: Sequence[str], docs: str, services: Services) -> int:
    """
    Tell every administrator that data did not pass; *key* says which, so that they hear of it once.

    Returns how many were told.
    """
    told = 0
    for admin in sorted(services.admins):
        fact = DataRefused(
            time=services.clock(),
            subject=key,
            user=admin,
            data=RefusedData(what=what, failed=tuple(failed), docs=docs),
        )
        title = "The day's access logs are not sound" if what == "access" else "The training set is not sound"
        text = f"{'; '.join(failed[:3])}. Nothing is learnt from them; see {docs}"
        told += _tell(admin, f"refused:{what}:{key}", title, text, "alerts", fact, services)
    return told


def alarm_anomaly(owner: str, found: AnomalyData, services: Services) -> bool:
    """
    Tell the owner of a prefix that it is used as never; once per prefix and day.

    Rules that watch for it judge the same hour.
    """
    scope = f"{found.location_id}/{found.prefix}"
    score = Reading(signal=Signal.ACCESS_ANOMALY, user=owner, scope=scope, value=abs(found.score), at=found.hour)
    services.catalog.add_readings([score])
    day = found.hour.date().isoformat()
    key = f"anomaly:{found.location_id}:{found.prefix}:{day}"
    fact = AccessAnomalyFound(time=services.clock(), subject=scope, user=owner, data=found)
    title = f"Unusual use of {scope}"
    text = f"{found.value:,.0f} {found.signal} in the hour from {found.hour:%H:%M} UTC, usually {found.usual:,.0f}"
    return _tell(owner, key, title, text, "alerts", fact, services)


def alarm_dead_letters(handler: str, reason: str, services: Services) -> int:
    """Tell every administrator that *handler* gave up an event; once an hour. Returns how many were told."""
    hour = services.clock().strftime("%Y-%m-%dT%H")
    title = f"{handler}: an event could not be acted on"
    text = f"{reason}. It waits among the dead letters: `cloudflow dead-letters` lists them, and hands them over again"
    return sum(
        _tell(admin, f"dead:{handler}:{hour}", title, text, "alerts", None, services)
        for admin in sorted(services.admins)
    )


def alarm_refused_event(event: Event, reason: str, services: Services) -> int:
    """Tell every administrator that Kafka does not take *event*; once per type and day. Returns how many were told."""
    now = services.clock()
    title = f"{event.topic}: an event was not taken"
    text = (
        f"{event.type} of {event.user}: {reason}. It waits in the catalogue and is tried again; all others go on. "
        f"Raise max.message.bytes of the topic, and message.max.bytes in CLOUDFLOW_KAFKA__OPTIONS"
    )
    return sum(
        _tell(admin, f"refused-event:{event.type}:{now.date()}", title, text, "alerts", None, services)
        for admin in sorted(services.admins)
    )


def _tell(user: str, key: str, title: str, text: str, path: str, fact: Event | None, services: Services) -> bool:
    now = services.clock()
    notification = Notification(
        notification_id=derived_id(key, user),
        user=user,
        kind=NotificationKind.ALERT,
        level=Level.WARNING,
        title=title,
        text=text,
        path=path,
        created_at=now,
        changed_at=now,
    )
    events: list[Event] = [notification_raised(notification), mail_requested(notification)]
    if fact is not None:
        events.insert(0, fact)
    return services.catalog.put_notification(notification, events)
