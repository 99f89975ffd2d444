"""How the relay behaves when there is nothing to do, and when nothing works."""

from __future__ import annotations

import threading
import time

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.publishers.memory import MemoryPublisher
from cloudflow_lib.errors import CatalogUnavailableError, PublishError
from cloudflow_lib.workflows import relay_events
from cloudflow_lib.workflows.relay_events import relay_forever
from tests.catalog.examples import a_file, discovered


class Stop:
    """A signal that sets itself after *waits* waits, and remembers how long each was."""

    def __init__(self, waits):
        self.left, self.waited = waits, []

    def is_set(self):
        return len(self.waited) >= self.left

    def wait(self, seconds):
        self.waited.append(round(seconds, 3))


def test_an_idle_relay_slows_down_gently():
    stop = Stop(20)
    relay_forever(MemoryCatalog(), MemoryPublisher(), stop)

    assert 0.02 == stop.waited[0]
    assert 0.25 == stop.waited[-1]
    assert stop.waited == sorted(stop.waited)


def test_new_events_make_it_fast_again():
    catalog, publisher, stop = MemoryCatalog(), MemoryPublisher(), Stop(15)
    tell = iter([*[lambda: None] * 10, lambda: catalog.insert_files([(a_file(), discovered(a_file()))])])
    stop.wait = lambda seconds: (stop.waited.append(round(seconds, 3)), next(tell, lambda: None)())
    relay_forever(catalog, publisher, stop)

    assert 1 == len(publisher.events)
    assert 0.02 == stop.waited[11]


def test_outages_of_either_side_are_waited_out(caplog):
    class Flaky:
        def __init__(self):
            self.troubles = [CatalogUnavailableError("no server"), PublishError("no broker"), *[None] * 3]

        def drain_outbox(self, *_, **__):
            if (trouble := self.troubles.pop(0)) is not None:
                raise trouble
            return 0

    stop = Stop(4)
    with caplog.at_level("INFO"):
        relay_forever(Flaky(), MemoryPublisher(), stop)

    assert [0.2, 0.4] == stop.waited[:2]
    assert "relay.waiting attempt=1 wait_s=0.2 error=no server" in caplog.messages
    assert "relay.recovered attempts=2" in caplog.messages


def test_the_longest_outage_is_asked_after_every_five_seconds(caplog):
    caplog.set_level("CRITICAL")

    class Dead:
        def drain_outbox(self, *_, **__):
            raise CatalogUnavailableError("no server")

    stop = Stop(2000)
    relay_forever(Dead(), MemoryPublisher(), stop)

    assert relay_events.LONGEST_OUTAGE_WAIT == stop.waited[-1] == max(stop.waited)


def test_a_relay_stops_when_told():
    stop = threading.Event()
    relay = threading.Thread(target=relay_forever, args=(MemoryCatalog(), MemoryPublisher(), stop))
    relay.start()
    time.sleep(0.3)
    stop.set()
    relay.join(timeout=2)

    assert not relay.is_alive()
