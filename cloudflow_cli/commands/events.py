"""`cloudflow events tail` and `cloudflow relay`: watch what happens, and carry it to Kafka."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cloudflow_cli.output import console, print_json, say
from cloudflow_lib.domain.topics import Topic
from cloudflow_lib.errors import WrongInputError

events = typer.Typer(help="Watch lifecycle events.", no_args_is_help=True)

CONNECT_SECONDS = 3.0
"""A person waits no longer to hear that Kafka is not there."""
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_since(text: str | None) -> datetime | None:
    """Return the moment that `15m`, `2h`, `7d` or an ISO time means; WrongInputError when it is none of them."""
    if text is None:
        return None
    try:
        if text[-1:] in UNITS and text[:-1].isdecimal():
            return datetime.now(UTC) - timedelta(**{UNITS[text[-1]]: int(text[:-1])})
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise WrongInputError(f"--since {text!r}: write 15m, 2h, 7d or a time such as 2026-11-23T08:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@events.command()
def tail(
    topic: Annotated[list[Topic] | None, typer.Option(help="Only these topics; may be repeated.")] = None,
    since: Annotated[
        str | None, typer.Option(help="From when on: 15m, 2h, 7d or an ISO time. Left out: from now on.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more, or stop at the newest.")] = True,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON event a line.")] = False,
) -> None:
    """
    Print lifecycle events as they happen, or again from a time on.

    Example: cloudflow events tail --since 1h --no-follow
    """
    from cloudflow_lib.adapters.publishers.kafka_tail import tail as read
    from cloudflow_lib.bootstrap import settings

    kafka = settings().kafka
    start = parse_since(since)
    found = read(
        kafka.bootstrap_servers,
        kafka.options,
        topics=topic or list(Topic),
        since=start,
        follow=follow,
        connect_seconds=CONNECT_SECONDS,
    )
    for event in found:
        if json_output:
            typer.echo(event.model_dump_json())
        else:
            name = event.type.removeprefix("io.cloudflow.")
            data = event.data.model_dump_json()
            say(f"{event.time:%H:%M:%S}  ", (name, "bold"), f"  {event.user}  {data}")


def relay(
    once: Annotated[bool, typer.Option("--once", help="Publish what waits now, then stop.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="With --once: print JSON instead.")] = False,
) -> None:
    """
    Carry waiting events from the catalogue's outbox to Kafka, until stopped.

    One relay is enough. It survives outages of both sides; a second one may repeat events, which
    consumers recognise by their id.
    """
    from cloudflow_lib.bootstrap import build_publisher, services, settings
    from cloudflow_lib.workflows.relay_events import relay_forever, relay_once
    from cloudflow_lib.workflows.tell_refusals import ToldRefusals

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    services().catalog.prepare()
    publisher = ToldRefusals(build_publisher(settings()), services())
    try:
        if once:
            published = relay_once(services().catalog, publisher)
            print_json({"published": published}) if json_output else console.print(f"{published} events published")
        else:
            relay_forever(services().catalog, publisher, stop)
    finally:
        publisher.close()
