"""What the catalogue promises about notifications, and what events make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cloudflow_lib.domain.events import (
    BatchData,
    FileReclassified,
    FileUploaded,
    MigrationBatchEnded,
    NotificationRaised,
)
from cloudflow_lib.domain.events.files import ReclassifiedData, UploadedData
from cloudflow_lib.domain.notifications import (
    Level,
    Notification,
    NotificationKind,
    NotificationQuery,
    digest_at,
)
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.workflows.notify_people import notification_raised, notify_people
from tests.catalog.examples import drain

NOW = datetime.now(UTC).replace(minute=30, second=0, microsecond=0)
MINE = NotificationQuery(user="team-docs")


def a_notification(name="n1", **changes) -> Notification:
    one = Notification(
        notification_id=name,
        user="team-docs",
        kind=NotificationKind.MIGRATION,
        level=Level.SUCCESS,
        title="3 moves done",
        text="12 MiB",
        path="migrations?batch=run-1",
        created_at=NOW,
        changed_at=NOW,
    )
    return replace(one, **changes)


def put(catalog, one):
    return catalog.put_notification(one, [notification_raised(one)])


def names(page):
    return [one.notification_id for one in page.notifications]


def a_batch(**changes) -> MigrationBatchEnded:
    data = BatchData(done=3, failed=0, cancelled=0, size_bytes=12 * 1024 * 1024, seconds=4.2)
    return MigrationBatchEnded(subject="run-1", user="team-docs", time=NOW, data=data.model_copy(update=changes))


def a_class_change(number, after=Tier.COLD, at=NOW, user="team-docs") -> FileReclassified:
    data = ReclassifiedData(
        location_id="s3-main", key=f"{number}", size_bytes=1, before=Tier.WARM, after=after, reasons=("silence",)
    )
    return FileReclassified(subject=f"{number}", user=user, time=at, data=data)


def an_upload(number, location="s3-main") -> FileUploaded:
    data = UploadedData(
        location_id=location,
        key=f"{number}",
        size_bytes=1,
        storage_class="STANDARD",
        content_type=None,
        tier=Tier.WARM,
        checksums={},
        proof="crc",
    )
    return FileUploaded(subject=f"{number}", user="team-docs", time=NOW, data=data)


def test_a_notification_comes_back_as_it_was_written_with_its_event(catalog):
    assert put(catalog, a_notification())

    assert [a_notification()] == list(catalog.notification_page(MINE).notifications)
    [event] = drain(catalog)
    assert ("io.cloudflow.notification.raised.v1", "n1", "team-docs") == (event.type, event.subject, event.user)


def test_the_same_notification_again_is_no_news_and_raises_no_event(catalog):
    put(catalog, a_notification())
    drain(catalog)

    assert not put(catalog, a_notification())
    assert [] == drain(catalog)


def test_a_higher_count_makes_it_unread_again_and_a_lower_one_changes_nothing(catalog):
    put(catalog, a_notification(count=2))
    catalog.mark_read("team-docs", NOW)
    assert 0 == catalog.unread_notifications("team-docs")

    later = a_notification(count=5, title="5 files", created_at=NOW + timedelta(minutes=1))
    assert put(catalog, later)
    assert not put(catalog, a_notification(count=3))
    assert [replace(later, created_at=NOW)] == list(catalog.notification_page(MINE).notifications)
    assert 1 == catalog.unread_notifications("team-docs")


def test_pages_show_the_last_changed_first_and_miss_nothing(catalog):
    for number in range(7):
        put(catalog, a_notification(f"n{number}", changed_at=NOW + timedelta(minutes=number // 2)))
    put(catalog, a_notification("other", user="team-media"))

    found, cursor = [], None
    while True:
        page = catalog.notification_page(MINE, cursor=cursor, limit=3)
        found += names(page)
        if (cursor := page.next_cursor) is None:
            break
    assert ["n6", "n5", "n4", "n3", "n2", "n1", "n0"] == found


@pytest.mark.parametrize("cursor", ["x", "WyJhIiwiYiJd", "WzEsMl0"])
def test_a_cursor_that_is_none_is_refused(catalog, cursor):
    with pytest.raises(WrongInputError, match="no cursor of ours"):
        catalog.notification_page(MINE, cursor=cursor)


def test_only_the_unread_or_some_kinds_are_listed_when_asked_for(catalog):
    put(catalog, a_notification("a"))
    put(catalog, a_notification("b", kind=NotificationKind.ALERT))
    catalog.mark_read("team-docs", NOW, notification_ids=["a"])

    assert ["b"] == names(catalog.notification_page(replace(MINE, only_unread=True)))
    assert ["b"] == names(catalog.notification_page(replace(MINE, kinds=frozenset({NotificationKind.ALERT}))))


def test_reading_touches_ones_own_and_only_what_was_seen(catalog):
    put(catalog, a_notification("seen"))
    put(catalog, a_notification("new", changed_at=NOW + timedelta(minutes=1)))
    put(catalog, a_notification("theirs", user="team-media"))

    assert 0 == catalog.mark_read("team-docs", NOW, notification_ids=["theirs"])
    assert 1 == catalog.mark_read("team-docs", NOW, until=NOW)
    assert ["new"] == names(catalog.notification_page(replace(MINE, only_unread=True)))
    assert 1 == catalog.mark_read("team-docs", NOW)
    assert 1 == catalog.unread_notifications("team-media")


@pytest.mark.parametrize(
    ("change", "level", "title"),
    [
        ({}, Level.SUCCESS, "3 moves done"),
        ({"done": 1}, Level.SUCCESS, "1 move done"),
        ({"failed": 2}, Level.ERROR, "2 of 5 moves did not arrive"),
        ({"done": 0}, Level.ERROR, "A run of moves was refused"),
    ],
)
def test_the_end_of_a_run_is_told_once_however_often_it_is_delivered(catalog, change, level, title):
    event = a_batch(**change)

    assert [1, 0, 0] == [notify_people([event], catalog) for _ in range(3)]
    [one] = catalog.notification_page(MINE).notifications
    assert (level, title, "migrations?batch=run-1") == (one.level, one.title, one.path)
    assert 1 == len(drain(catalog))


@pytest.mark.parametrize(
    ("refusal", "said"),
    [("no file matches in 's3-main': run a scan first",) * 2, (None, "nothing was moved")],
)
def test_a_run_that_was_refused_says_why_and_counts_nothing(catalog, refusal, said):
    notify_people([a_batch(done=0, size_bytes=0, seconds=0.0, refusal=refusal)], catalog)

    assert [said] == [one.text for one in catalog.notification_page(MINE).notifications]


def test_ten_thousand_class_changes_are_one_notification_that_counts_each_once(catalog):
    events = [a_class_change(number, Tier.HOT if number % 10 == 0 else Tier.COLD) for number in range(10_000)]
    notify_people(events[:6000], catalog)
    notify_people(events[5000:], catalog)
    notify_people(events[:100], catalog)

    [one] = catalog.notification_page(MINE).notifications
    assert ("10,000 files changed class", "9,000 now cold; 1,000 now hot") == (one.title, one.text)
    assert (10_000, NotificationKind.CLASSES) == (one.count, one.kind)
    raised = [event for event in drain(catalog) if isinstance(event, NotificationRaised)]
    assert [6000, 10_000] == [event.data.count for event in raised]


def test_each_person_and_each_hour_has_a_digest_of_its_own(catalog):
    events = [
        a_class_change(1),
        a_class_change(2, at=NOW + timedelta(hours=1)),
        a_class_change(3, user="team-media"),
        an_upload(4),
        an_upload(5, "gcs-main"),
    ]
    notify_people(events, catalog)

    told = {one.title: one.text for one in catalog.notification_page(MINE).notifications}
    assert {"1 file changed class": "1 now cold", "2 files uploaded": "1 to gcs-main; 1 to s3-main"} == told
    assert 3 == catalog.unread_notifications("team-docs")
    assert 1 == catalog.unread_notifications("team-media")


def test_a_digest_ends_an_hour_after_it_began():
    digest = digest_at("team-docs", NotificationKind.UPLOAD, NOW)

    assert NOW.replace(minute=0) == digest.begins_at
    assert timedelta(hours=1) == digest.ends_at - digest.begins_at


def test_replaying_everything_into_an_empty_catalogue_makes_the_same_notifications(catalog):
    from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog

    events = [a_batch(), *(a_class_change(number) for number in range(5)), an_upload(9)]
    other = MemoryCatalog()
    notify_people(events, catalog)
    for event in events:
        notify_people([event], other)

    assert names(catalog.notification_page(MINE)) == names(other.notification_page(MINE))
    assert {one.title for one in catalog.notification_page(MINE).notifications} == {
        one.title for one in other.notification_page(MINE).notifications
    }
