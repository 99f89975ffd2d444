"""Reading the bus: from now on, from a time, in pages; in memory and on a real broker."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from benchmarks._servers import free_port, running_kafka
from cloudflow_lib.adapters.feeds.kafka import KafkaFeed
from cloudflow_lib.adapters.feeds.memory import MemoryFeed
from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher
from cloudflow_lib.domain.event_filter import EventFilter, file_of, short_type
from cloudflow_lib.domain.events import MailData, MailSent, moment_of_id, new_event_id
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import FeedUnavailableError
from cloudflow_lib.ports.event_feed import FeedQuestion, Lookback
from tests.catalog.examples import a_file, discovered

SOON = 60.0


def some_events(count, user="team-docs", name=None):
    run = name or uuid4().hex
    return [discovered(a_file(f"{run}/{number:05d}", owner=user)) for number in range(count)]


def a_mail(user):
    return MailSent(subject="run", user=user, data=MailData(message_id="<m>", to=f"{user}@x.test", title="done"))


class Ears:
    """Keeps what a feed says."""

    def __init__(self):
        self.begun, self.events, self.problems = [], [], []

    def begins(self, offsets, newest):
        self.begun.append((offsets, newest))

    def took(self, events):
        self.events += events

    def changed(self, problem):
        self.problems.append(problem)


@contextmanager
def following(feed, lookback=None):
    ears, stop = Ears(), threading.Event()
    words = (ears, stop) if lookback is None else (ears, stop, lookback)
    thread = threading.Thread(target=feed.follow, args=words)
    thread.start()
    try:
        yield ears
    finally:
        stop.set()
        thread.join(timeout=SOON)
        assert not thread.is_alive()


def wait_until(is_so):
    give_up_at = time.monotonic() + SOON
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.servers)])
def bus(request):
    """A feed, and what publishes to it."""
    if request.param == "memory":
        feed = MemoryFeed()
        yield feed, feed
        return
    servers = request.getfixturevalue("kafka")
    publisher = KafkaPublisher(servers, {})
    yield KafkaFeed(servers, {}), publisher
    publisher.close()


def of(events, user):
    return [one.event for one in events if one.event.user == user]


def whole(feed, **asked):
    """Every event of all pages, and how many pages that were."""
    question, found, pages = FeedQuestion(**asked), [], 0
    while True:
        page = feed.page(question)
        found += page.events
        pages += 1
        assert len(page.events) <= question.limit
        if page.is_whole:
            return found, pages
        question = FeedQuestion(**{**asked, "after": page.behind})


def test_a_follower_hears_what_comes_and_nothing_from_before(bus):
    feed, publisher = bus
    user = uuid4().hex
    publisher.publish(some_events(3, user))
    with following(feed) as ears:
        wait_until(lambda: ears.begun)
        publisher.publish(events := [*some_events(300, user), a_mail(user)])
        wait_until(lambda: len(of(ears.events, user)) == 301)

    heard = of(ears.events, user)
    assert events[:300] == [event for event in heard if event.topic is Topic.FILES]
    assert events[300] in heard
    assert [None] == ears.problems
    for one in ears.events:
        assert one.offset >= ears.begun[0][0][one.place]


def test_a_follower_may_begin_a_little_before(bus):
    feed, publisher = bus
    user = uuid4().hex
    publisher.publish(events := some_events(30, user))
    with following(feed, Lookback(period=timedelta(minutes=5), events=10)) as few:
        wait_until(lambda: few.begun)
        publisher.publish(more := some_events(2, user))
        wait_until(lambda: more[-1] in of(few.events, user))

    starts, newest = few.begun[0]
    heard = of(few.events, user)
    assert [*events, *more][-len(heard) :] == heard
    assert starts.keys() == newest.keys()
    assert sum(one.offset < newest[one.place] for one in few.events) >= 10


def test_the_past_comes_in_pages_without_gaps(bus):
    feed, publisher = bus
    mine, theirs = uuid4().hex, uuid4().hex
    since = datetime.now(UTC) - timedelta(seconds=1)
    events = []
    for _ in range(10):
        publisher.publish(part := [*some_events(20, mine), a_mail(mine)])
        publisher.publish(some_events(30, theirs))
        events += part
    found, pages = whole(feed, wants=EventFilter(user=mine), limit=17, since=since)

    assert sorted(event.id for event in events) == sorted(one.event.id for one in found)
    assert pages >= len(events) // 17
    moments = [one.published_at for one in found]
    assert sorted(moments) == moments
    everybody, _ = whole(feed, wants=EventFilter(), limit=1000, since=since)
    assert {event.id for event in events} <= {one.event.id for one in everybody}
    assert of(everybody, theirs)


def test_the_past_has_two_ends(bus):
    feed, publisher = bus
    user = uuid4().hex
    before, between, after = some_events(3, user), some_events(3, user), some_events(3, user)
    moments = []
    for part in (before, between, after):
        moments.append(datetime.now(UTC))
        time.sleep(0.05)
        publisher.publish(part)
        time.sleep(0.05)
    wants = EventFilter(user=user)
    found = feed.page(FeedQuestion(wants=wants, limit=100, since=moments[1], until=moments[2]))

    assert (between, True) == ([one.event for one in found.events], found.is_whole)
    late = feed.page(FeedQuestion(wants=wants, limit=100, since=datetime.now(UTC) + timedelta(days=1)))
    assert ([], True) == (list(late.events), late.is_whole)
    some, _ = whole(feed, wants=wants, limit=1, since=moments[0], until=moments[1] - timedelta(milliseconds=1))
    assert before == [one.event for one in some]


def test_a_page_holds_what_is_wanted_only(bus):
    feed, publisher = bus
    user = uuid4().hex
    events = [*some_events(5, user), a_mail(user)]
    publisher.publish(events)
    since = datetime.now(UTC) - timedelta(minutes=1)

    def asked(**wants):
        page = feed.page(FeedQuestion(wants=EventFilter(user=user, **wants), limit=100, since=since))
        return {one.event.id for one in page.events}

    assert {events[5].id} == asked(topics=frozenset({"email-notifications"}))
    assert {events[5].id} == asked(types=frozenset({"mail.sent"}))
    assert {event.id for event in events[:5]} == asked(types=frozenset({"io.cloudflow.file.discovered.v1"}))
    assert {events[2].id} == asked(file_id=events[2].subject)
    assert set() == asked(topics=frozenset({"system-alerts"}))


@pytest.mark.servers
def test_reading_commits_nothing(kafka):
    feed, publisher = KafkaFeed(kafka, {}), KafkaPublisher(kafka, {})
    with following(feed) as ears:
        wait_until(lambda: ears.begun)
        publisher.publish(some_events(5))
        wait_until(lambda: ears.events)
    whole(feed, wants=EventFilter(), limit=100, since=datetime.now(UTC) - timedelta(hours=1))
    groups = AdminClient({"bootstrap.servers": kafka}).list_consumer_groups().result().valid

    assert "cloudflow-live" not in {group.group_id for group in groups}


@pytest.mark.servers
def test_what_is_no_event_is_left_out(kafka):
    feed, publisher, user = KafkaFeed(kafka, {}), KafkaPublisher(kafka, {}), uuid4().hex
    producer = Producer({"bootstrap.servers": kafka})
    since = datetime.now(UTC) - timedelta(seconds=1)
    with following(feed) as ears:
        wait_until(lambda: ears.begun)
        for value in (b"{}", b"\xff", None):
            producer.produce(Topic.FILES.value, key=user.encode(), value=value)
        producer.flush(10)
        publisher.publish(events := some_events(2, user))
        wait_until(lambda: len(of(ears.events, user)) == 2)
    found, _ = whole(feed, wants=EventFilter(user=user), limit=10, since=since)

    assert events == of(ears.events, user) == [one.event for one in found]


@pytest.mark.servers
def test_a_broker_that_comes_late_and_goes_is_waited_for(tmp_path):
    port = free_port()
    servers, user = f"127.0.0.1:{port}", uuid4().hex
    feed, publisher = KafkaFeed(servers, {}), KafkaPublisher(servers, {}, delivery_seconds=20)
    with following(feed) as ears:
        wait_until(lambda: ears.problems)
        with pytest.raises(FeedUnavailableError, match="is it running"):
            feed.page(FeedQuestion(wants=EventFilter(), limit=1, since=datetime.now(UTC)))
        with running_kafka(tmp_path, port):
            wait_until(lambda: ears.problems[-1] is None)
            publisher.publish(first := some_events(10, user))
            wait_until(lambda: len(of(ears.events, user)) == 10)
        wait_until(lambda: ears.problems[-1] is not None)
        with running_kafka(tmp_path, port):
            publisher.publish(second := some_events(10, user))
            wait_until(lambda: ears.problems[-1] is None)
            wait_until(lambda: len(of(ears.events, user)) == 20)

    assert "is it running" in ears.problems[0]
    assert [*first, *second] == of(ears.events, user)


def test_the_id_of_an_event_tells_when_it_was_made():
    made = moment_of_id(new_event_id())

    assert abs(made - datetime.now(UTC)) < timedelta(seconds=5)
    assert moment_of_id("00000000-0000-4000-8000-000000000000") is None
    assert moment_of_id("ffffffff-ffff-7fff-bfff-ffffffffffff") is None
    assert moment_of_id("no id") is None


def test_types_have_a_short_name():
    assert "migration.batch_ended" == short_type("io.cloudflow.migration.batch_ended.v1")
    assert "file.moved" == short_type("io.cloudflow.file.moved.v12")
    assert "else" == short_type("else")


def test_the_file_of_an_event_is_found_where_it_stands():
    [event] = some_events(1)

    assert event.subject == file_of(event)
    assert file_of(a_mail("x")) is None
