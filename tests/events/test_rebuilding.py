"""A day in Kafka, read by those who know nothing, gives the same bell, metrics and costs, and rings nobody."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from cloudflow_cli.commands import consume
from cloudflow_lib import bootstrap
from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher
from cloudflow_lib.adapters.publishers.kafka_source import KafkaSource
from cloudflow_lib.adapters.publishers.kafka_tail import has_begun, tail
from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.events import MailRefused, MigrationBatchEnded
from cloudflow_lib.domain.events.costs import costs_changed
from cloudflow_lib.domain.events.mail import MailData, MailRequested, MailSent, MailWishData, RefusedMailData
from cloudflow_lib.domain.notifications import Level, NotificationKind, NotificationQuery
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.settings import Settings
from cloudflow_lib.settings.servers import KafkaSettings
from cloudflow_lib.workflows.consume_events import replay
from cloudflow_lib.workflows.evaluate_alerts import told
from cloudflow_lib.workflows.rebuild_news import BellRebuilder
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.snapshot_costs import CostKeeper
from cloudflow_lib.workflows.tell_people import BellHandler, MailHandler
from cloudflow_lib.workflows.track_performance import PerformanceTracker
from tests.catalog import test_alerts as alerts
from tests.catalog.test_notifications import a_batch, a_class_change, an_upload
from tests.costs.test_snapshots import a_line
from tests.performance.examples import ended, measured, moved

pytestmark = pytest.mark.servers


def bell(catalog, kind=BellRebuilder):
    return kind(Services(catalog=catalog, open_store=None, mailer=None, clock=lambda: datetime.now(UTC)))


def pages_of(catalog, start):
    found = []
    for number in range(300):
        for page in catalog.metric_pages(start + timedelta(minutes=5 * number)):
            page.fence = 0
            found.append(page)
    return found


def notifications_of(catalog, *users):
    found = []
    for user in users:
        page = catalog.notification_page(NotificationQuery(user=user), limit=500)
        assert page.next_cursor is None
        found += page.notifications
    return found


def a_day_of_news(user, start):
    """What people are told of: a run and an alert an hour, a mail that was refused, and files by the hundred."""
    alert = alerts.an_alert()
    for hour in range(24):
        at = start + timedelta(hours=hour)
        yield a_batch().model_copy(update={"user": user, "time": at, "subject": f"run-{hour}", "id": uuid4().hex})
        rule = replace(alerts.a_rule(), owner=user, channels=frozenset(alerts.Channel))
        yield told(rule, alert, alerts.Change.FIRED)[0].model_copy(update={"time": at})
        for number in range(10):
            label = {"user": user, "time": at + timedelta(minutes=5 * number)}
            yield a_class_change(f"{hour}-{number}").model_copy(update=label)
            yield an_upload(f"{hour}-{number}").model_copy(update=label)
    refusal = RefusedMailData(to="x@y.test", title="1 file", message_id="<m1@test>", reason="550 no such mailbox")
    yield MailRefused(subject="m1", user=user, time=start, data=refusal)


def what_happened(run, start, now):
    """Return a day's events, and the days of costs that two of them tell."""
    events = [
        ended(0.5 + number, user=f"{run}-{number % 3}", at=start + timedelta(minutes=14 * number), name=f"m{number}")
        for number in range(100)
    ]
    events += [moved(user=run, at=start), measured(0.1, 0.2, at=start, gauges={"memory_bytes": 1.0})]
    day = CostDay(owner=run, day=start.date(), worked_out_at=start, lines=(a_line("a/", 5),))
    later = replace(day, worked_out_at=now, lines=(a_line("a/", 7), a_line("b/", 1)))
    events += [costs_changed(day, None), costs_changed(later, day)]
    return [*events, *a_day_of_news(run, start)], (day, later)


def handlers_of(catalog, now):
    return PerformanceTracker(catalog, lambda: now), CostKeeper(catalog), bell(catalog)


def test_a_replay_into_an_empty_catalogue_rebuilds_its_state_and_again_changes_nothing(kafka, mongo_catalog):
    now = datetime.now(UTC).replace(microsecond=0)
    start = now.replace(minute=0, second=0) - timedelta(hours=24)
    run = uuid4().hex
    events, cost_days = what_happened(run, start, now)

    live = MemoryCatalog()
    for handler in (*handlers_of(live, now)[:2], bell(live, BellHandler)):
        mine = [event for event in events if isinstance(event, tuple(handler.reads))]
        for number in range(0, len(mine), 37):  # as they come by day: a few at a time
            handler.handle(mine[number : number + 37])
    for one in cost_days:
        live.put_cost_day(one, None)
    publisher = KafkaPublisher(kafka, {})
    publisher.publish(events)
    publisher.publish(events[:50])  # a relay that was killed repeats itself
    publisher.close()

    empty, ids = mongo_catalog, {event.id for event in events}
    for handler in handlers_of(empty, now) * 2:
        topics = sorted({kind.topic for kind in handler.reads}, key=list(Topic).index)
        again = tail(kafka, {}, topics=topics, since=now - timedelta(minutes=1), follow=False)
        replay(handler, (event for event in again if event.id in ids))

    assert pages_of(live, start) == pages_of(empty, start) != []
    assert live.cost_days(start.date(), start.date()) == empty.cost_days(start.date(), start.date()) == [cost_days[1]]
    assert notifications_of(live, run) == notifications_of(empty, run)
    assert 24 + 24 + 1 + 24 + 24 == len(notifications_of(empty, run))
    assert 0 == empty.outbox_size()


def test_a_replay_ends_where_the_handler_had_come(kafka):
    name, events = uuid4().hex, [a_batch().model_copy(update={"id": uuid4().hex}) for _ in range(10)]
    publisher = KafkaPublisher(kafka, {})
    publisher.publish(events[:6])
    source = KafkaSource(kafka, {}, name=name, reads=[MigrationBatchEnded])
    seen = set()
    while not seen >= {event.id for event in events[:6]}:
        seen |= {event.id for event in source.take(100, 1.0)}
    source.acknowledge()
    source.close()
    publisher.publish(events[6:])
    publisher.close()
    topics, ids = [Topic.MIGRATIONS], [event.id for event in events]
    start = datetime.now(UTC) - timedelta(minutes=5)

    def found(**how):
        return [one.id for one in tail(kafka, {}, topics=topics, since=start, follow=False, **how) if one.id in ids]

    assert ids == found()
    assert ids[:6] == found(acknowledged_by=name)
    assert [] == found(acknowledged_by=uuid4().hex)
    assert has_begun(kafka, {}, name, topics)
    assert not has_begun(kafka, {}, uuid4().hex, topics)


def test_a_sender_that_lost_its_place_mails_nothing_again(kafka, monkeypatch):
    user, now = f"user-{uuid4().hex}", datetime.now(UTC)
    data = MailWishData(kind=NotificationKind.MIGRATION, level=Level.SUCCESS, title="1 file migrated")
    mailed, missed = (
        MailRequested(subject=uuid4().hex, user=user, time=now - timedelta(minutes=ago), data=data) for ago in (9, 1)
    )
    sent = MailData(to="x@y.test", title="1 file migrated", message_id=f"<{mailed.id}@y.test>")
    publisher = KafkaPublisher(kafka, {})
    publisher.publish(
        [mailed, MailSent(subject=mailed.id, user=user, time=now - timedelta(minutes=8), data=sent), missed]
    )
    publisher.close()
    mails = []
    services = Services(
        catalog=MemoryCatalog(), open_store=None, mailer=SimpleNamespace(send=mails.append), clock=lambda: now
    )
    monkeypatch.setattr(bootstrap, "services", lambda: services)
    monkeypatch.setattr(bootstrap, "settings", lambda: Settings(kafka=KafkaSettings(bootstrap_servers=kafka)))
    handler = MailHandler(services)
    handler.name = uuid4().hex

    consume._catch_up(handler, threading.Event())
    handler.handle([mailed, missed])

    assert [missed.id] == [
        mail.message_id[1:].split("@")[0] for mail in mails if mail.to == services.mail_address(user)
    ]
