"""How events reach those who act on them: at least once, in order, and each handler at its own pace."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher
from cloudflow_lib.adapters.publishers.kafka_source import KafkaSource
from cloudflow_lib.domain.events import FileChanged, FileDiscovered, MigrationAdvanced
from cloudflow_lib.domain.events.facts import type_of
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import CatalogUnavailableError, PublishError
from cloudflow_lib.workflows import consume_events
from cloudflow_lib.workflows.consume_events import consume_forever, replay
from tests.catalog.examples import a_file, changed, discovered


class Reader:
    """Keeps what it got; raises what it is told to before that."""

    def __init__(self, *troubles, reads=(FileDiscovered,), name=None):
        self.name, self.reads = name or uuid4().hex, reads
        self.troubles, self.calls, self.got = list(troubles), [], []

    def handle(self, events):
        self.calls.append(list(events))
        if self.troubles:
            raise self.troubles.pop(0)
        self.got += events


class Source:
    """Gives one batch after the other, then sets the stop."""

    def __init__(self, stop, *batches):
        self.stop, self.batches, self.acknowledged, self.lost = stop, list(batches), 0, ()

    def take(self, limit, seconds):
        del limit, seconds
        batch = self.batches.pop(0)
        if not self.batches:
            self.stop.set()
        if isinstance(batch, Exception):
            raise batch
        return batch

    def unread(self):
        return self.lost

    def acknowledge(self):
        self.acknowledged += 1


@pytest.fixture
def stop():
    """Counts no seconds."""
    signal = threading.Event()
    signal.wait = lambda _seconds: None
    return signal


def some(count):
    return [discovered(a_file(f"{uuid4().hex}.csv")) for _ in range(count)]


def test_what_was_handled_is_acknowledged_and_silence_is_a_tick(stop):
    events, reader = some(3), Reader()
    source = Source(stop, events[:2], [], events[2:], [])
    consume_forever(reader, source, stop)

    assert [events[:2], [], events[2:]] == reader.calls
    assert 2 == source.acknowledged


@pytest.mark.parametrize("trouble", [CatalogUnavailableError("no server"), ValueError("a mistake of ours")])
def test_the_same_events_come_again_until_they_are_handled(stop, trouble, caplog):
    events, reader = some(2), Reader(trouble, trouble)
    source = Source(stop, events, [])
    with caplog.at_level("INFO"):
        consume_forever(reader, source, stop)

    assert [events] * 3 == reader.calls
    assert 1 == source.acknowledged
    assert any("consumer.recovered" in line and "attempts=2" in line for line in caplog.messages)


def test_a_broker_that_is_away_stops_no_clock(stop):
    events, reader = some(1), Reader()
    consume_forever(reader, Source(stop, PublishError("no broker"), events, []), stop)

    assert [[], events] == reader.calls


def test_waits_grow_to_ten_seconds(stop):
    waited = []
    stop.wait = waited.append
    reader = Reader(*[ValueError()] * 9)
    consume_forever(reader, Source(stop, some(1), []), stop)

    assert [0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0, 10.0] == waited


def test_a_replay_hands_over_what_is_asked_for_and_ends_with_a_tick(monkeypatch):
    monkeypatch.setattr(consume_events, "BATCH", 2)
    events, reader = some(5), Reader()

    assert 5 == replay(reader, [*events, changed(a_file())])
    assert [events[:2], events[2:4], events[4:], []] == reader.calls


def test_every_type_tells_its_name():
    assert "io.cloudflow.migration.advanced.v1" == type_of(MigrationAdvanced)


@pytest.fixture
def publisher(kafka):
    publisher = KafkaPublisher(kafka, {})
    yield publisher
    publisher.close()


def until(is_so):
    give_up_at = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)


@pytest.fixture
def running(kafka):
    """Consume with a reader in a thread, until the returned function is called or the test is over."""
    ends = []

    def start(reader):
        stop = threading.Event()
        source = KafkaSource(kafka, {}, name=reader.name, reads=reader.reads)

        def work():
            consume_forever(reader, source, stop)
            source.close()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()

        def end():
            stop.set()
            thread.join(timeout=30)
            assert not thread.is_alive()

        ends.append(end)
        return end

    yield start
    for end in ends:
        end()


@pytest.mark.servers
def test_a_new_handler_begins_at_the_oldest_event_and_a_known_one_where_it_stopped(kafka, publisher, running):
    before, after = some(30), some(20)
    publisher.publish([*before, changed(a_file())])
    Producer({"bootstrap.servers": kafka}).produce(Topic.FILES.value, key=b"team-docs", value=b"{}")
    reader = Reader()
    end = running(reader)
    until(lambda: {event.id for event in before} <= {event.id for event in reader.got})
    end()
    publisher.publish(after)
    again = Reader(name=reader.name)
    end = running(again)
    until(lambda: after == again.got)
    end()

    assert not any(isinstance(event, FileChanged) for event in reader.got)


@pytest.mark.servers
def test_what_was_not_acknowledged_comes_again(publisher, running):
    events, broken = some(5), Reader(*[ValueError("not yet")] * 1000)
    publisher.publish(events)
    end = running(broken)
    until(lambda: any(broken.calls))
    end()
    healthy = Reader(name=broken.name)
    end = running(healthy)
    until(lambda: {event.id for event in events} <= {event.id for event in healthy.got})
    end()

    assert [] == broken.got


@pytest.mark.servers
def test_a_source_tells_how_much_waits(kafka, publisher):
    source = KafkaSource(kafka, {}, name=uuid4().hex, reads=(FileDiscovered,))
    events = some(10)
    publisher.publish(events)
    try:
        found = []
        until(lambda: found.extend(source.take(1, 1.0)) or found)
        assert source.lag() >= 1 or len(found) >= 10
        until(lambda: found.extend(source.take(1000, 1.0)) or not source.lag())
    finally:
        source.close()
