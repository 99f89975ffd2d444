"""What a handler cannot act on holds up nobody, is lost to nobody, and can be handed over again."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from cloudflow_cli.commands import dead_letters as command
from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.publishers.dead_letters import KafkaDeadLetters
from cloudflow_lib.adapters.publishers.kafka import KafkaPublisher
from cloudflow_lib.adapters.publishers.kafka_source import KafkaSource
from cloudflow_lib.domain.events import FileDiscovered
from cloudflow_lib.domain.notifications import NotificationQuery
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import CatalogUnavailableError, CloudFlowError, PublishError
from cloudflow_lib.ports.consumers import DeadLetter
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows.bury_events import ToldDeadLetters
from cloudflow_lib.workflows.consume_events import TRIES, consume_forever, redeliver
from cloudflow_lib.workflows.services import Services
from tests.events.test_consuming import Reader, Source, some, stop, until

__all__ = ["stop"]

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Box:
    """Keeps what was buried; is away as often as it is told to be."""

    def __init__(self, away=0):
        self.letters, self.away = [], away

    def put(self, letters):
        if self.away:
            self.away -= 1
            raise PublishError("no broker")
        self.letters += letters


class Picky:
    """Cannot act on some events; an outage comes first, if it is told so."""

    def __init__(self, *bad, outages=0, name="picky"):
        self.name, self.reads, self.bad, self.outages, self.got = name, (FileDiscovered,), set(bad), outages, []

    def handle(self, events):
        if any(event.id in self.bad for event in events):
            raise KeyError("a mistake of ours")
        if events and self.outages:
            self.outages -= 1
            raise CatalogUnavailableError("no server")
        self.got += events


def test_the_one_event_that_cannot_be_acted_on_is_buried_and_all_others_are_handed_over_in_order(stop):
    events, box = some(5), Box()
    reader, source = Picky(events[2].id), Source(stop, events, [])
    consume_forever(reader, source, stop, box)

    assert [events[0], events[1], events[3], events[4]] == reader.got
    [letter] = box.letters
    assert ("picky", "KeyError: 'a mistake of ours'", "file-events", "team-docs") == (
        letter.handler,
        letter.reason,
        letter.topic,
        letter.key,
    )
    assert events[2] == FileDiscovered.model_validate_json(letter.value)
    assert 1 == source.acknowledged


def test_an_outage_buries_nothing_however_long_it_takes(stop):
    events, box = some(2), Box()
    reader = Picky(outages=5 * TRIES)
    consume_forever(reader, Source(stop, events, []), stop, box)

    assert (events, []) == (reader.got, box.letters)


def test_an_outage_in_the_middle_of_looking_for_it_buries_nothing_more(stop):
    events, box = some(3), Box()
    reader = Picky(events[0].id, outages=3)
    consume_forever(reader, Source(stop, events, []), stop, box)

    assert events[1:] == reader.got
    assert [events[0].id] == [FileDiscovered.model_validate_json(one.value).id for one in box.letters]


class Stuck:
    """Takes events as they come, but what it does by the clock fails as often as it is told to."""

    name, reads = "stuck", (FileDiscovered,)

    def __init__(self, failures):
        self.failures, self.got = failures, []

    def handle(self, events):
        self.got += [event for event in events if event not in self.got]
        if self.failures:
            self.failures -= 1
            raise KeyError("a mistake of ours")


def test_an_event_is_not_buried_for_what_fails_without_it_as_well(stop):
    events, box = some(2), Box()
    reader, source = Stuck(failures=5 * TRIES), Source(stop, events, [])
    consume_forever(reader, source, stop, box)

    assert (events, [], 1) == (reader.got, box.letters, source.acknowledged)


def test_events_are_taken_whatever_fails_by_the_clock(stop):
    events = some(2)
    reader, source = Reader(*[KeyError("a mistake of ours")] * TRIES), Source(stop, [], events, [])
    consume_forever(reader, source, stop, Box())

    assert [*[[]] * TRIES, events] == reader.calls


def test_without_a_broker_to_bury_at_nothing_is_acknowledged_until_it_is_back(stop):
    events, box = some(2), Box(away=4)
    source = Source(stop, events, [])
    consume_forever(Picky(events[1].id), source, stop, box)

    assert (1, 1) == (len(box.letters), source.acknowledged)


def test_what_is_no_event_at_all_is_buried_before_the_place_moves_on(stop):
    box, source = Box(away=1), Source(stop, [], [])
    lost = DeadLetter(handler="picky", reason="no event", topic="file-events", key="", value=b"{", at=datetime.now(UTC))
    source.lost = (lost,)
    consume_forever(Picky(), source, stop, box)

    assert lost in box.letters
    assert source.acknowledged >= 1


def test_a_letter_is_handed_over_again_or_says_why_not():
    [event], reader = some(1), Picky()
    letter = DeadLetter(handler="picky", reason="", topic="", key="", value=event.model_dump_json().encode(),
                        at=datetime.now(UTC))  # fmt: skip

    assert redeliver(letter, reader) is None
    assert [event] == reader.got
    assert "KeyError: 'a mistake of ours'" == redeliver(letter, Picky(event.id))


def test_administrators_hear_of_it_once_an_hour_and_a_catalogue_that_is_away_loses_no_letter():
    catalog, box = MemoryCatalog(), Box()
    services = Services(catalog=catalog, open_store=None, mailer=None, clock=lambda: NOON, admins=frozenset({"admin"}))
    letter = DeadLetter(handler="mail", reason="KeyError: 'x'", topic="", key="", value=b"1", at=NOON)
    for _ in range(3):
        ToldDeadLetters(box, services).put([letter, letter])

    [told] = catalog.notification_page(NotificationQuery(user="admin")).notifications
    assert ("mail: an event could not be acted on", 6) == (told.title, len(box.letters))
    assert "KeyError: 'x'. It waits among the dead letters" in told.text
    away = Tripwire(on_call=1, error=CatalogUnavailableError).wrap(catalog)
    ToldDeadLetters(box, replace(services, catalog=away, clock=lambda: NOON + timedelta(hours=1))).put([letter])
    assert 7 == len(box.letters)


@pytest.mark.servers
def test_over_kafka_a_poison_event_lands_with_its_reason_and_is_replayed_once_it_can_be(kafka, monkeypatch, capsys):
    began, events, reader = datetime.now(UTC) - timedelta(seconds=5), some(20), Picky(name=f"picky-{uuid4().hex}")
    reader.bad, stray = {events[7].id}, f"no JSON {uuid4()}"
    publisher = KafkaPublisher(kafka, {})
    publisher.publish(events)
    publisher.close()
    stranger = Producer({"bootstrap.servers": kafka})
    stranger.produce(Topic.FILES.value, key=b"team-docs", value=stray.encode())
    stranger.flush(10)
    box, end = KafkaDeadLetters(kafka, {}), threading.Event()
    end.wait = lambda _seconds: time.sleep(0.01)
    source = KafkaSource(kafka, {}, name=reader.name, reads=reader.reads)
    thread = threading.Thread(target=consume_forever, args=(reader, source, end, box), daemon=True)
    thread.start()
    wanted = {event.id for event in events} - reader.bad
    until(lambda: wanted <= {event.id for event in reader.got})
    poisoned, unreadable = letters_about([events[7].id, stray], box, began, reader)
    end.set()
    thread.join(timeout=30)
    source.close()

    assert "KeyError: 'a mistake of ours'" == poisoned.reason
    assert " is no event: " in unreadable.reason
    assert len(unreadable.reason) < 200
    monkeypatch.setattr(command, "HANDLERS", {reader.name: lambda _services: reader})
    monkeypatch.setattr("cloudflow_lib.bootstrap.build_dead_letters", lambda _settings: box)
    monkeypatch.setattr("cloudflow_lib.bootstrap.services", lambda: None)
    reader.bad.clear()
    with pytest.raises(CloudFlowError, match="still cannot be acted on"):
        command.dead_letters(since="5m", handler=reader.name, replay=True)
    assert events[7].id in {event.id for event in reader.got}
    assert f"{reader.name}: 1 handed over again" in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.servers
def test_a_record_of_others_that_is_larger_than_ours_can_be_is_buried_whole(kafka):
    """Other clients may send a broker more than ours does by itself; who cannot bury it stands still for ever."""
    began, name = datetime.now(UTC) - timedelta(seconds=5), uuid4().hex
    large = b"{" * 1_040_000
    letter = DeadLetter(
        handler=name, reason="no event", topic="file-events", key="x", value=large, at=datetime.now(UTC)
    )
    box = KafkaDeadLetters(kafka, {})
    box.put([letter])

    assert [letter] == [one for one in box.read(began) if one.handler == name]


def letters_about(words, box, since, reader):
    """Return one letter for each of *words*: what others sent to the same broker is read too."""
    found = {}

    def enough():
        letters = [one for one in box.read(since) if one.handler == reader.name]
        found.update({word: one for word in words for one in letters if word.encode() in one.value})
        return len(found) == len(words)

    until(enough)
    return [found[word] for word in words]
