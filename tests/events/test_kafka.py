"""Publishing to Kafka and reading again, on a real broker."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from benchmarks._servers import free_port, running_kafka
from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher
from cloudflow_lib.adapters.publishers.kafka_tail import tail
from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.events.costs import costs_changed
from cloudflow_lib.domain.notifications import NotificationQuery
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import EventsRefusedError, PublishError
from cloudflow_lib.workflows.relay_events import relay_forever, relay_once
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.tell_refusals import ToldRefusals
from tests.catalog.examples import a_file, a_migration, discovered

pytestmark = pytest.mark.servers

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def publisher(kafka):
    publisher = KafkaPublisher(kafka, {})
    yield publisher
    publisher.close()


def some_events(count, user="team-docs"):
    """Events of one user, told apart from those of other tests by a name of their own."""
    run = uuid4().hex
    return [discovered(a_file(f"{run}/{number:05d}", owner=user)) for number in range(count)]


def read_again(kafka, events, **more):
    ids = {event.id for event in events}
    since = min(event.time for event in events) - timedelta(seconds=1)
    found = tail(kafka, {}, topics=list(Topic), since=since, follow=False, **more)
    return [event for event in found if event.id in ids]


def test_what_was_published_can_be_read_again_in_order(kafka, publisher):
    events = some_events(500)
    publisher.publish(events)

    assert events == read_again(kafka, events)


def test_events_of_all_topics_find_theirs(kafka, publisher):
    catalog = MemoryCatalog()
    file = a_file(uuid4().hex)
    catalog.insert_files([(file, discovered(file))])
    catalog.open_batch(batch := uuid4().hex, [a_migration(file, batch=batch)])
    told = []
    catalog.drain_outbox(told.extend)
    publisher.publish(told)

    assert {Topic.FILES, Topic.MIGRATIONS} == {event.topic for event in read_again(kafka, told)}
    only = tail(kafka, {}, topics=[Topic.MIGRATIONS], since=told[0].time - timedelta(seconds=1), follow=False)
    assert batch in {event.data.batch_id for event in only}


def test_a_message_carries_its_key_and_its_headers(kafka, publisher):
    [event] = some_events(1, user="team-ümläut")
    publisher.publish([event])
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": uuid4().hex})
    try:
        consumer.assign([TopicPartition(Topic.FILES.value, number, 0) for number in range(3)])
        until = time.monotonic() + 30
        while time.monotonic() < until:
            message = consumer.poll(1)
            if message is not None and dict(message.headers() or {}).get("ce_id") == event.id.encode():
                break
        assert "team-ümläut" == message.key().decode()
        assert event.type.encode() == dict(message.headers())["ce_type"]
        assert event.model_dump_json().encode() == message.value()
    finally:
        consumer.close()


def test_reading_from_a_time_leaves_out_what_was_before(kafka, publisher):
    before, after = some_events(3), some_events(3)
    publisher.publish(before)
    time.sleep(0.05)
    between = datetime.now(UTC)
    publisher.publish(after)
    found = {event.id for event in tail(kafka, {}, topics=[Topic.FILES], since=between, follow=False)}

    assert {event.id for event in after} <= found
    assert not found & {event.id for event in before}
    assert [] == list(tail(kafka, {}, topics=[Topic.FILES], since=datetime.now(UTC) + timedelta(days=1), follow=False))


def test_following_yields_what_comes(kafka, publisher):
    [old], [new] = some_events(1), some_events(1)
    publisher.publish([old])
    threading.Timer(1.0, publisher.publish, [[new]]).start()

    assert new == next(event for event in tail(kafka, {}, topics=[Topic.FILES], since=None) if event.id != old.id)


def test_a_message_that_is_no_event_is_left_out(kafka, publisher, caplog):
    [event] = some_events(1)
    producer = Producer({"bootstrap.servers": kafka})
    for value in (b"{}", b"\xff", None):
        producer.produce(Topic.FILES.value, key=b"team-docs", value=value)
    producer.flush(10)
    publisher.publish([event])

    assert [event] == read_again(kafka, [event])
    assert "events.unreadable" in caplog.text


def test_a_broker_that_is_not_there_is_named_in_one_line():
    nowhere = f"127.0.0.1:{free_port()}"
    publisher = KafkaPublisher(nowhere, {}, delivery_seconds=1.0)

    with pytest.raises(PublishError, match=f"{nowhere} did not take all of 2 events: file-events: .* \\(2\\)"):
        publisher.publish(some_events(2))
    with pytest.raises(PublishError, match="does not answer; is it running"):
        next(tail(nowhere, {"socket.connection.setup.timeout.ms": "1000"}, topics=[Topic.FILES]))


def test_a_broker_that_comes_back_gets_everything_once_and_in_order(tmp_path):
    """The relay waits an outage out: nothing lost, nothing out of order for its reader."""
    catalog, port, stop = MemoryCatalog(), free_port(), threading.Event()
    publisher = KafkaPublisher(f"127.0.0.1:{port}", {}, delivery_seconds=1.0)
    relay = threading.Thread(target=relay_forever, args=(catalog, publisher, stop))
    events = some_events(50)
    relay.start()
    try:
        with running_kafka(tmp_path, port):
            _tell(catalog, events[:25])
            _wait_until(lambda: catalog.outbox_size() == 0)
        _tell(catalog, events[25:])
        time.sleep(1.5)
        assert 25 == catalog.outbox_size()
        with running_kafka(tmp_path, port) as servers:
            _wait_until(lambda: catalog.outbox_size() == 0)
            found = read_again(servers, events)
    finally:
        stop.set()
        relay.join(timeout=20)
    assert not relay.is_alive()
    assert events == list(dict.fromkeys(found))


def _tell(catalog, events):
    catalog.insert_files([(a_file(event.data.key), event) for event in events])


def _wait_until(is_so):
    give_up_at = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)


def test_one_relay_round_publishes_all_that_waits(kafka, publisher):
    catalog, events = MemoryCatalog(), some_events(2500)
    _tell(catalog, events)

    assert 2500 == relay_once(catalog, publisher)
    assert events == read_again(kafka, events)


def too_large():
    """A fact of more bytes than the client hands over."""
    return discovered(a_file("x" * 1_100_000))


def test_what_kafka_never_takes_holds_up_nobody_and_is_named(kafka, publisher):
    events, large = some_events(50), too_large()

    with pytest.raises(EventsRefusedError, match=f"{large.id}: Kafka takes no message of this size"):
        publisher.publish([*events[:25], large, *events[25:]])
    assert events == read_again(kafka, events)


def test_a_batch_that_a_narrow_topic_refuses_arrives_but_for_what_is_too_large(kafka, narrow_topic):
    publisher = KafkaPublisher(kafka, {"compression.type": "none"})
    events = [costs_changed(CostDay(owner="team-docs", day=NOON.date(), worked_out_at=NOON, lines=()), None)
              for _ in range(60)]  # fmt: skip
    large = events[40] = events[40].model_copy(update={"subject": "x" * narrow_topic})

    with pytest.raises(EventsRefusedError) as refused:
        publisher.publish(events)
    assert [large.id] == list(refused.value.reasons)
    assert [event for event in events if event != large] == list(dict.fromkeys(read_again(kafka, events)))
    publisher.close()


@pytest.fixture
def narrow_topic(kafka):
    """The bytes that `cost-updates` takes in a batch while the test runs."""
    admin, most = AdminClient({"bootstrap.servers": kafka}), 5_000
    topic = partial(ConfigResource, ConfigResource.Type.TOPIC, Topic.COSTS.value)

    def set_to(value, operation):
        entry = ConfigEntry("max.message.bytes", value, incremental_operation=operation)
        for done in admin.incremental_alter_configs([topic(incremental_configs=[entry])]).values():
            done.result()

    set_to(str(most), AlterConfigOpType.SET)
    yield most
    set_to(None, AlterConfigOpType.DELETE)


def test_the_relay_goes_on_behind_what_kafka_never_takes_and_administrators_hear_of_it(kafka, publisher):
    catalog, events, large = MemoryCatalog(), some_events(3), too_large()
    services = Services(catalog=catalog, open_store=None, mailer=None, clock=lambda: NOON, admins=frozenset({"admin"}))
    _tell(catalog, [events[0], large, *events[1:]])

    assert 5 == relay_once(catalog, ToldRefusals(publisher, services))  # with the news and the mail about it
    assert events == read_again(kafka, events)
    assert 1 == catalog.outbox_size()
    [told] = catalog.notification_page(NotificationQuery(user="admin")).notifications
    assert "file-events: an event was not taken" == told.title
    assert "io.cloudflow.file.discovered.v1 of team-docs: Kafka takes no message of this size." in told.text
