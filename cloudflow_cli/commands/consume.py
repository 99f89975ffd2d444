"""
`cloudflow consume`: act on events as they come.

`HANDLERS` is the list of those who act. Each runs in a thread of its own and has its own place in the
topics, so that one whose server is down holds up nobody else.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cloudflow_cli.commands.events import parse_since
from cloudflow_cli.output import console, print_json
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import CatalogError, CloudFlowError, PublishError, WrongInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudflow_lib.ports.consumers import DeadLetters, EventHandler, EventSource
    from cloudflow_lib.workflows.services import Services

    Builder = Callable[[Services], EventHandler]

log = logging.getLogger(__name__)


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


def _past_bell(services: Services) -> EventHandler:
    from cloudflow_lib.workflows.rebuild_news import BellRebuilder

    return BellRebuilder(services)


def _past_mail(services: Services) -> EventHandler:
    from cloudflow_lib.workflows.rebuild_news import MailRebuilder

    return MailRebuilder(services)


REBUILT: Mapping[str, Builder] = {
    "metrics": _metrics,
    "costs": _costs,
    "notifications": _past_bell,
    "mail": _past_mail,
}
"""Who writes down again what follows from events, and tells nobody; the others keep nothing of that kind."""
LOOK_SECONDS = 1.0
OLDEST = datetime(1970, 1, 1, tzinfo=UTC)


def consume(
    names: Annotated[list[str] | None, typer.Argument(help="Who acts; left out: everybody.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Rebuild what was kept of events since 15m, 2h, 7d or an ISO time, then stop.")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="With --since: print JSON instead.")] = False,
) -> None:
    """
    Act on events from Kafka as they come, until stopped.

    Several may run at once: they share the work. With --since, everything that was acted on from then on is
    read again: it rebuilds the figures, the costs, the bell and the list of mails where they were lost, changes
    nothing where they were not, and nobody is mailed, called or rung again.
    """
    wanted = list(dict.fromkeys(names or (HANDLERS if since is None else REBUILT)))
    if unknown := [name for name in wanted if name not in HANDLERS]:
        raise WrongInputError(f"nobody here is called {unknown[0]!r}: choose from {', '.join(HANDLERS)}")
    if since is not None:
        if stuck := [name for name in wanted if name not in REBUILT]:
            raise WrongInputError(
                f"{stuck[0]} keeps nothing that follows from events: choose from {', '.join(REBUILT)}"
            )
        _hand_over_again(wanted, since, json_output=json_output)
        return
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    _run(wanted, stop)


def _hand_over_again(names: Sequence[str], since: str, *, json_output: bool) -> None:
    from cloudflow_lib.bootstrap import services

    start = parse_since(since) or OLDEST
    services().catalog.prepare()
    read = {}
    for name in names:
        read[name] = _read_again(REBUILT[name](services()), start, acknowledged_by=name)
        if not json_output:
            console.print(f"{name}: {read[name]} events")
    if json_output:
        print_json({"events": read})


def _read_again(handler: EventHandler, start: datetime, *, acknowledged_by: str | None = None) -> int:
    """Hand over what lies in Kafka; behind what was acknowledged, it comes to who acts on it anyway."""
    from cloudflow_lib.adapters.publishers.kafka_tail import tail
    from cloudflow_lib.bootstrap import settings
    from cloudflow_lib.workflows.consume_events import replay

    kafka = settings().kafka
    events = tail(
        kafka.bootstrap_servers,
        kafka.options,
        topics=_topics(handler),
        since=start,
        follow=False,
        acknowledged_by=acknowledged_by,
    )
    return replay(handler, events)


def _topics(handler: EventHandler) -> Sequence[Topic]:
    return sorted({kind.topic for kind in handler.reads}, key=list(Topic).index)


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
        if handler.name == "mail":
            _catch_up(handler, stop)
        consume_forever(handler, source, stop, dead)
    finally:
        source.close()


def _catch_up(handler: EventHandler, stop: threading.Event) -> None:
    """Write down what was mailed before, where the sender has lost its place: it begins at the oldest wish."""
    from cloudflow_lib.adapters.publishers.kafka_tail import has_begun
    from cloudflow_lib.bootstrap import services, settings

    kafka = settings().kafka
    while not stop.is_set():
        try:
            if not has_begun(kafka.bootstrap_servers, kafka.options, handler.name, _topics(handler)):
                _read_again(_past_mail(services()), OLDEST)
        except (PublishError, CatalogError) as error:
            log.warning("consumer.cannot_catch_up name=%s error=%s", handler.name, error)
            stop.wait(LOOK_SECONDS)
        else:
            return
