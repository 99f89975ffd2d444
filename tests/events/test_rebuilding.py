"""A day that lies in Kafka, read by consumers that know nothing, gives the same metrics and costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher, tail
from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.events import Topic
from cloudflow_lib.domain.events.costs import costs_changed
from cloudflow_lib.workflows.consume_events import replay
from cloudflow_lib.workflows.snapshot_costs import CostKeeper
from cloudflow_lib.workflows.track_performance import PerformanceTracker
from tests.costs.test_snapshots import a_line
from tests.performance.examples import ended, measured, moved

pytestmark = pytest.mark.servers


def pages_of(catalog, start):
    found = []
    for number in range(300):
        for page in catalog.metric_pages(start + timedelta(minutes=5 * number)):
            page.fence = 0
            found.append(page)
    return found


def test_a_replay_into_an_empty_catalogue_rebuilds_metrics_and_costs_and_again_changes_nothing(kafka):
    now = datetime.now(UTC)
    start = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=24)
    run = uuid4().hex
    events = [
        ended(0.5 + number, user=f"{run}-{number % 3}", at=start + timedelta(minutes=14 * number), name=f"m{number}")
        for number in range(100)
    ]
    events += [moved(user=run, at=start), measured(0.1, 0.2, at=start, gauges={"memory_bytes": 1.0})]
    day = CostDay(owner=run, day=start.date(), worked_out_at=start, lines=(a_line("a/", 5),))
    later = replace(day, worked_out_at=now, lines=(a_line("a/", 7), a_line("b/", 1)))
    events += [costs_changed(day, None), costs_changed(later, day)]

    live = MemoryCatalog()
    PerformanceTracker(live, lambda: now).handle(events[:102])
    for one in (day, later):
        live.put_cost_day(one, None)
    publisher = KafkaPublisher(kafka, {})
    publisher.publish(events)
    publisher.publish(events[:50])  # a relay that was killed repeats itself
    publisher.close()

    empty, ids = MemoryCatalog(), {event.id for event in events}
    for handler in (PerformanceTracker(empty, lambda: now), CostKeeper(empty)) * 2:
        topics = sorted({kind.topic for kind in handler.reads}, key=list(Topic).index)
        told = tail(kafka, {}, topics=topics, since=now - timedelta(minutes=1), follow=False)
        replay(handler, (event for event in told if event.id in ids))

    assert pages_of(live, start) == pages_of(empty, start) != []
    assert live.cost_days(day.day, day.day) == empty.cost_days(day.day, day.day) == [later]
