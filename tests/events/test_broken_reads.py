"""What a reader of Kafka does when only a part of what it asked for comes."""

from __future__ import annotations

import threading
import time

import pytest
from confluent_kafka import KafkaError, KafkaException

from cloudflow_cli import main
from cloudflow_lib import bootstrap
from cloudflow_lib.adapters.feeds.kafka import KafkaFeed
from cloudflow_lib.adapters.publishers import kafka_tail
from cloudflow_lib.adapters.publishers.kafka_source import KafkaSource
from cloudflow_lib.domain.events import FileDiscovered
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import PublishError
from tests.catalog.examples import a_file, discovered

EVENT = discovered(a_file("reports/1"))


class Record:
    """A message as the client hands it out, or an error in its place."""

    def __init__(self, event=None, error=None):
        self._event, self._error = event, error

    def topic(self):
        return Topic.FILES.value

    def partition(self):
        return 0

    def offset(self):
        return 0

    def headers(self):
        return []

    def value(self):
        return self._event.model_dump_json().encode()

    def timestamp(self):
        return 1, int(time.time() * 1000)

    def error(self):
        return self._error


class Client:
    """A consumer that hands out what it is given; exceptions are raised."""

    def __init__(self, *answers):
        self._answers = list(answers)

    def consume(self, _count, timeout=0):
        del timeout
        answer = self._answers.pop(0) if self._answers else []
        if isinstance(answer, Exception):
            raise answer
        return answer

    def poll(self, _seconds):
        answer = self.consume(1)
        return answer[0] if answer else None

    def get_watermark_offsets(self, _place, timeout):
        del timeout
        return 0, 0

    def assign(self, _places): ...

    def close(self): ...


class Described(Client):
    """Is asked for its topics as often as it fails with *problem*, and remembers how long each was waited for."""

    def __init__(self, problem):
        super().__init__()
        self._problem, self.waits = problem, []

    def list_topics(self, _topic, timeout):
        self.waits.append(timeout)
        raise KafkaException(KafkaError(self._problem))


@pytest.fixture
def settings_anew():
    """Let nobody meet the settings of another test."""
    bootstrap.settings.cache_clear()
    yield
    bootstrap.settings.cache_clear()


@pytest.mark.parametrize(
    ("problem", "waits"), [(KafkaError._TRANSPORT, [3.0]), (KafkaError._TIMED_OUT, [3.0, kafka_tail.ANSWER_SECONDS])]
)
@pytest.mark.usefixtures("settings_anew")
def test_who_watches_hears_soon_that_kafka_is_not_there_and_waits_for_one_that_is(monkeypatch, capsys, problem, waits):
    client = Described(problem)
    monkeypatch.setattr(kafka_tail, "Consumer", lambda _: client)
    monkeypatch.setenv("CLOUDFLOW_KAFKA__BOOTSTRAP_SERVERS", "kafka-1:9092")
    with pytest.raises(SystemExit) as ended:
        main.run(["events", "tail"])

    assert (1, waits) == (ended.value.code, client.waits)
    assert capsys.readouterr().err.startswith("cloudflow: Kafka at kafka-1:9092 does not answer; is it running? (")


def test_who_waits_for_a_whole_answer_waits_for_it_once(monkeypatch):
    client = Described(KafkaError._TIMED_OUT)
    monkeypatch.setattr(kafka_tail, "Consumer", lambda _: client)
    with pytest.raises(PublishError, match="does not answer"):
        list(kafka_tail.tail("kafka-1:9092", {}, topics=[Topic.FILES], follow=False))

    assert [kafka_tail.ANSWER_SECONDS] == client.waits


@pytest.fixture
def source():
    source = KafkaSource("127.0.0.1:1", {}, name="test", reads=[FileDiscovered])
    source.close()
    return source


def test_an_event_is_not_lost_with_those_that_did_not_come_along(source):
    source._consumer = Client([Record(EVENT)], KafkaException(KafkaError(KafkaError._FATAL)))

    assert [EVENT] == source.take(1000, 0)


def test_an_event_that_comes_with_a_refusal_is_heard(monkeypatch):
    feed, stop, heard, problems = KafkaFeed("127.0.0.1:1", {}), threading.Event(), [], []
    refused = Record(error=KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    monkeypatch.setattr(feed, "connect", lambda _on_error: Client([Record(EVENT)], [refused]))
    monkeypatch.setattr(feed, "places", lambda _consumer: [(Topic.FILES.value, 0)])

    class Ears:
        def begins(self, *_offsets): ...

        def took(self, events):
            heard.extend(one.event for one in events)

        def changed(self, problem):
            if problem is not None:
                problems.append(problem)
                stop.set()

    feed.follow(Ears(), stop)

    assert [EVENT] == heard
    assert "refused" in problems[0]
