"""How many streams are open, and of whom; a stream that is one too many is refused before it begins."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from anyio import CapacityLimiter
from starlette.requests import HTTPConnection

from cloudflow_lib.domain.event_filter import EventFilter
from cloudflow_lib.ports.event_feed import EventFeed
from cloudflow_plugin.api.callers import Caller, authenticated
from cloudflow_plugin.api.context import context_of
from cloudflow_plugin.api.live.channels import EventSourceChannel, SocketChannel
from cloudflow_plugin.api.live.hub import Hub
from cloudflow_plugin.api.live.stream import STOPPING, TOO_SLOW, Beginning, Stream
from cloudflow_plugin.api.metering import meters_of
from cloudflow_plugin.api.problems import request_id_of
from cloudflow_plugin.api.rates import RateLimitedError

log = logging.getLogger(__name__)

PAGES = 4
RETRY_SECONDS = 30.0


@dataclass
class Doors:
    """What the streams of one app share."""

    hub: Hub
    feed: EventFeed
    pages: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(PAGES))
    """Each page of Kafka's past is a connection and some threads: so many at once."""
    open: Counter[str] = field(default_factory=Counter)


def doors_of(connection: HTTPConnection) -> Doors:
    """Return those of the app that this request or WebSocket came to."""
    doors: Doors = connection.app.state.doors
    return doors


async def _who_is_it_now(connection: HTTPConnection) -> Caller | None:
    caller, _ = await authenticated(connection)
    return caller


@contextmanager
def room_for(connection: HTTPConnection, caller: Caller) -> Iterator[None]:
    """
    Count a stream of *caller* while it lasts.

    Raises:
        RateLimitedError: There are too many already.
    """
    doors, settings = doors_of(connection), context_of(connection).settings().api.live
    if doors.open[caller.user] >= settings.streams_per_user:
        raise RateLimitedError(f"{settings.streams_per_user} event streams are open already: close one", RETRY_SECONDS)
    if doors.open.total() >= settings.streams:
        raise RateLimitedError("the server has as many event streams as it can hold: come back later", RETRY_SECONDS)
    doors.open[caller.user] += 1
    try:
        yield
    finally:
        doors.open[caller.user] -= 1
        if not doors.open[caller.user]:
            del doors.open[caller.user]


async def serve_stream(
    connection: HTTPConnection,
    channel: SocketChannel | EventSourceChannel,
    caller: Caller,
    wants: EventFilter,
    beginning: Beginning,
) -> None:
    """Serve one stream over an open *channel*, and close it."""
    context, meters, doors = context_of(connection), meters_of(connection), doors_of(connection)
    kind = "websocket" if isinstance(channel, SocketChannel) else "sse"
    request, began, end = request_id_of(connection.scope), time.monotonic(), STOPPING
    stream = Stream(
        hub=doors.hub,
        feed=doors.feed,
        caller=caller,
        wants=wants,
        beginning=beginning,
        settings=context.settings().api.live,
        ask_again=lambda: _who_is_it_now(connection),
        pages=doors.pages,
    )
    meters.live_clients.labels(kind).inc()
    log.info("live.opened kind=%s user=%s request=%s", kind, caller.user, request)
    try:
        end = await stream.run(channel)
        await channel.close(end)
    finally:
        meters.live_clients.labels(kind).dec()
        if end is TOO_SLOW:
            meters.live_dropped.inc()
        spent = time.monotonic() - began
        log.info("live.closed kind=%s user=%s s=%.1f code=%d request=%s", kind, caller.user, spent, end.code, request)
