"""
`cloudflow consume`: act on events as they come.

`HANDLERS` is the list of those who act. Each runs in a thread of its own and has its own place in the
topics, so that one whose server is down holds up nobody else.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cloudflow_cli.commands.events import parse_since
from cloudflow_cli.output import console
from cloudflow_lib.domain.events.facts import Topic
from cloudflow_lib.errors import CloudFlowError, WrongInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudflow_lib.ports.consumers import DeadLetters, EventHandler, EventSource
    from cloudflow_lib.workflows.services import Services

    Builder = Callable[[Services], EventHandler]


def _metrics(services: Services) -> EventHandler:
    from cloudflow_lib.workflows.track_performance import PerformanceTracker

    return PerformanceTracker(services.catalog, services.clock)


def _bell(services: Services) -> EventHandler:
    from cloudflow_lib.workflows.tell_people import BellHandler

    return BellHandler(services)


def _mail(services: Services) -> EventHandler:
    from cloudflow_lib.workflows.tell_people import MailHandler

    return MailHandler(services)


def _costs(services: Services) -> EventHandler:
    from cloudflow_lib.workflows.snapshot_costs import CostKeeper

    return CostKeeper(services.catalog)


def _alerts(services: Services) -> EventHandler:
    from dataclasses import replace

    from cloudflow_lib.workflows.tell_people import AlertHandler
    from ml.forecast.costs import ahead

    return AlertHandler(replace(services, forecast_costs=ahead))


def _webhooks(services: Services) -> EventHandler:
    from cloudflow_lib.workflows.tell_people import WebhookHandler

    return WebhookHandler(services)


HANDLERS: Mapping[str, Builder] = {
    "metrics": _metrics,
    "costs": _costs,
    "notifications": _bell,
    "mail": _mail,
    "alerts": _alerts,
    "webhooks": _webhooks,
}
"""Name -> what builds the one who acts; it imports what it needs when it is called."""

LOOK_SECONDS = 1.0


def consume(
    names: Annotated[list[str] | None, typer.Argument(help="Who acts; left out: everybody.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Hand over again what happened since 15m, 2h, 7d or an ISO time, then stop.")
    ] = None,
) -> None:
    """
    Act on events from Kafka as they come, until stopped.

    Several may run at once: they share the work. With --since, everything from then on is handed over
    again: it changes nothing that was acted on before, and rebuilds what was lost.
    """
    wanted = list(dict.fromkeys(names or HANDLERS))
    if unknown := [name for name in wanted if name not in HANDLERS]:
        raise WrongInputError(f"nobody here is called {unknown[0]!r}: choose from {', '.join(HANDLERS)}")
    if since is not None:
        _hand_over_again(wanted, since)
        return
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    _run(wanted, stop)


def _hand_over_again(names: Sequence[str], since: str) -> None:
    from cloudflow_lib.adapters.publishers.kafka import tail
    from cloudflow_lib.bootstrap import services, settings
    from cloudflow_lib.workflows.consume_events import replay

    kafka, start = settings().kafka, parse_since(since)
    services().catalog.prepare()
    for name in names:
        handler = HANDLERS[name](services())
        topics = sorted({kind.topic for kind in handler.reads}, key=list(Topic).index)
        events = tail(kafka.bootstrap_servers, kafka.options, topics=topics, since=start, follow=False)
        console.print(f"{name}: {replay(handler, events)} events")


def _run(names: Sequence[str], stop: threading.Event) -> None:
    from cloudflow_lib.bootstrap import build_dead_letters, build_publisher, build_source, services, settings
    from cloudflow_lib.domain.performance import MONGO
    from cloudflow_lib.workflows.bury_events import ToldDeadLetters
    from cloudflow_lib.workflows.measure_process import Recorder, process_name, tell_forever

    services().catalog.prepare()
    recorder = Recorder(process_name("consume"), services().clock)
    services().catalog.listen(lambda name, seconds, failed: recorder.record(f"{MONGO} {name}", seconds, failed=failed))
    dead, threads = ToldDeadLetters(build_dead_letters(settings()), services()), []
    for name in names:
        handler = HANDLERS[name](services())
        source = build_source(settings(), handler)
        recorder.watch(f"kafka_lag {name}", source.lag)
        threads.append(threading.Thread(target=_one, args=(handler, source, stop, dead), name=name))
    publisher = build_publisher(settings())
    threads.append(threading.Thread(target=tell_forever, args=(recorder, publisher, stop), name="measuring"))
    for thread in threads:
        thread.start()
    try:
        _watch(threads, stop)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        publisher.close()


def _watch(threads: Sequence[threading.Thread], stop: threading.Event) -> None:
    while not stop.wait(LOOK_SECONDS):
        if dead := [thread.name for thread in threads if not thread.is_alive()]:
            raise CloudFlowError(f"{', '.join(dead)} stopped; the log says why")


def _one(handler: EventHandler, source: EventSource, stop: threading.Event, dead: DeadLetters) -> None:
    from cloudflow_lib.workflows.consume_events import consume_forever

    try:
        consume_forever(handler, source, stop, dead)
    finally:
        source.close()
