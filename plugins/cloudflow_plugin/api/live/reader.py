"""The one reader of the bus in this process: a thread that follows it and hands everything to the hub's loop."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from types import FrameType

from fastapi import FastAPI

from cloudflow_lib.ports.event_feed import EventFeed, Lookback, Offsets, PlacedEvent
from cloudflow_plugin.api.context import Context
from cloudflow_plugin.api.live.doors import Doors
from cloudflow_plugin.api.live.hub import Hub
from cloudflow_plugin.api.metering import Meters

log = logging.getLogger(__name__)

LOOKBACK = timedelta(minutes=5)
SHARE = 4
"""No partition gets more than this part of the memory for what is past."""
STOP_SECONDS = 10.0
WAIT_SECONDS = 5.0


class Ears:
    """FeedListener that speaks in the loop of the hub."""

    def __init__(self, hub: Hub, loop: asyncio.AbstractEventLoop, meters: Meters) -> None:
        self._hub = hub
        self._loop = loop
        self._meters = meters

    def begins(self, offsets: Offsets, newest: Offsets) -> None:
        self._say(self._hub.begins, offsets, newest)

    def took(self, events: Sequence[PlacedEvent]) -> None:
        self._meters.live_events.inc(len(events))
        self._say(self._hub.took, events)

    def changed(self, problem: str | None) -> None:
        self._say(self._hub.changed, problem)

    def _say(self, call: Callable[..., object], *values: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *values)


def _follow(open_feed: Callable[[], EventFeed], ears: Ears, stop: threading.Event, lookback: Lookback) -> None:
    """Follow until *stop*, whatever happens: a reader that died silently would leave every page without events."""
    while not stop.is_set():
        try:
            open_feed().follow(ears, stop, lookback)
        except Exception:
            log.exception("live.reader_broke")
            ears.changed("the reader of events broke and begins anew")
            stop.wait(WAIT_SECONDS)


@asynccontextmanager
async def live_events(app: FastAPI) -> AsyncIterator[None]:
    """Read the bus for as long as the app is served."""
    context: Context = app.state.context
    settings = context.settings().api.live
    hub = Hub(kept=settings.kept_events, room=settings.waiting_events)
    app.state.doors = Doors(hub, context.feed())
    loop, stop = asyncio.get_running_loop(), threading.Event()
    ears = Ears(hub, loop, app.state.meters)
    # After a restart everybody comes back at once and asks for the last minutes: they are here before.
    lookback = Lookback(period=LOOKBACK, events=settings.kept_events // SHARE)
    words = (context.feed, ears, stop, lookback)
    thread = threading.Thread(target=_follow, args=words, name="live-events", daemon=True)
    thread.start()
    try:
        with _told_of_the_end(loop, hub):
            yield
    finally:
        stop.set()
        hub.end()
        await asyncio.to_thread(thread.join, STOP_SECONDS)


@contextmanager
def _told_of_the_end(loop: asyncio.AbstractEventLoop, hub: Hub) -> Iterator[None]:
    """
    End the streams when the server is asked to stop.

    It waits for every open request before it ends the app, and a stream is one that never ends by itself.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(hub.end)
        if callable(handler := before[signal.Signals(number)]):
            handler(number, frame)

    for one, handler in before.items():
        if callable(handler):
            signal.signal(one, heard)
    try:
        yield
    finally:
        for one, handler in before.items():
            if signal.getsignal(one) is heard:
                signal.signal(one, handler)
