"""What a process tells about itself: everything once, whatever the broker does meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.publishers.memory import MemoryPublisher
from cloudflow_lib.domain.events import EVENT
from cloudflow_lib.errors import PublishError
from cloudflow_lib.workflows import measure_process
from cloudflow_lib.workflows.measure_process import CpuRatio, Recorder, memory_bytes, tell_forever
from cloudflow_lib.workflows.tell_performance import tell_performance
from cloudflow_lib.workflows.track_performance import PerformanceTracker
from tests.performance.examples import NOW


@pytest.fixture
def recorder():
    return Recorder("api-1", lambda: NOW)


def test_what_was_recorded_reaches_the_performance_page(recorder):
    publisher, catalog = MemoryPublisher(), MemoryCatalog()
    for number in range(100):
        recorder.record("api GET /files", (number + 1) / 100, failed=number < 3)
    recorder.watch("kafka_lag metrics", lambda: 7)
    recorder.tell(publisher)
    events = [EVENT.validate_json(event.model_dump_json()) for event in publisher.events]
    PerformanceTracker(catalog, lambda: NOW).handle(events)
    found = tell_performance(catalog, NOW, timedelta(hours=1))
    [one, whole] = found.operations

    assert ("api GET /files", 100, 3, "api") == (one.name, one.count, one.failed, whole.name)
    assert 0.95 == pytest.approx(one.percentiles[2], rel=0.006)
    assert 7.0 == found.gauges["api-1 kafka_lag metrics"].value
    assert {"api-1 memory_bytes", "api-1 cpu_ratio"} < set(found.gauges)


def test_figures_that_could_not_be_told_are_told_later_and_once(recorder):
    class Away:
        def publish(self, _events):
            raise PublishError("no broker")

    publisher = MemoryPublisher()
    recorder.record("mongo find", 0.5)
    with pytest.raises(PublishError):
        recorder.tell(Away())
    recorder.record("mongo find", 0.5)
    recorder.tell(publisher)
    recorder.tell(publisher)

    assert [2, 0] == [sum(one.count for one in event.data.series) for event in publisher.events]


def test_what_a_busy_process_counted_in_a_long_outage_is_told_in_parts_that_a_broker_takes(recorder):
    class Fickle(MemoryPublisher):
        left = 2

        def publish(self, events):
            self.left -= 1
            if not self.left:
                raise PublishError("no broker")
            super().publish(events)

    for operation in range(300):
        for number in range(500):
            recorder.record(f"api GET /api/v1/{operation}", 1.01**number / 100)
    publisher = Fickle()
    with pytest.raises(PublishError):
        recorder.tell(publisher)
    recorder.tell(publisher)
    told = publisher.events

    assert max(len(event.model_dump_json()) for event in told) < 500_000
    assert 300 * 500 == sum(one.count for event in told for one in event.data.series)
    assert 2 == sum(bool(event.data.gauges) for event in told)


def test_a_probe_that_breaks_is_left_out(recorder):
    def broken():
        raise PublishError("no answer")

    recorder.watch("kafka_lag metrics", broken)
    publisher = MemoryPublisher()
    recorder.tell(publisher)

    assert "kafka_lag metrics" not in publisher.events[0].data.gauges


def test_names_without_end_are_counted_as_other(recorder, monkeypatch):
    monkeypatch.setattr(measure_process, "MOST_SERIES", 3)
    publisher = MemoryPublisher()
    for number in range(10):
        recorder.record(f"api GET /{number}", 0.1)
    recorder.tell(publisher)

    assert {"api GET /0": 1, "api GET /1": 1, "api GET /2": 1, "other": 7} == {
        one.operation: one.count for one in publisher.events[0].data.series
    }


def test_the_end_of_a_process_tells_what_is_left(recorder):
    publisher, stop = MemoryPublisher(), threading.Event()
    recorder.record("mongo find", 0.5)
    stop.set()
    tell_forever(recorder, publisher, stop)

    assert 1 == len(publisher.events)


def test_memory_and_cpu_are_those_of_this_process():
    ratio = CpuRatio()
    sum(number * number for number in range(300_000))

    assert 1e7 < memory_bytes() < 1e10
    assert 0.05 < ratio() < 4


def test_the_first_request_starts_the_telling(recorder, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "plugins"))
    from cloudflow_plugin.api.metering import Meters

    begun = []
    meters = Meters(lambda one: begun.append(one) or recorder)
    for _ in range(2):
        meters.count({"method": "GET"}, 503, 0.1)
    meters.count_question("find", 0.1, failed=False)
    publisher = MemoryPublisher()
    recorder.tell(publisher)

    assert [meters] == begun
    assert {"api GET (no such page)": (2, 2), "mongo find": (1, 0)} == {
        one.operation: (one.count, one.failed) for one in publisher.events[0].data.series
    }


@pytest.mark.servers
def test_every_question_to_mongodb_is_timed(mongo_catalog):
    heard = []
    mongo_catalog.listen(lambda *told: heard.append(told))
    mongo_catalog.ping()

    assert ["ping"] == [name for name, _, _ in heard]
    assert 0 < heard[0][1] < 60
    assert heard[0][2] is False
