"""
Hand events to whom acts on them, at least once and in order.

The place in the topic moves on only after the handler returned; whatever breaks in between, the same
events come again and the handler recognises them by their ids. One handler's trouble holds up nobody
else: each has a place of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from itertools import islice
from threading import Event as Signal

from cloudflow_lib.domain.events import Event
from cloudflow_lib.errors import PublishError
from cloudflow_lib.ports.consumers import EventHandler, EventSource

log = logging.getLogger(__name__)

BATCH = 1000
TICK_SECONDS = 1.0
SHORTEST_WAIT = 0.2
LONGEST_WAIT = 10.0


def consume_forever(handler: EventHandler, source: EventSource, stop: Signal) -> None:
    """Hand over events as they come until *stop* is set; outages of every side are waited out."""
    log.info("consumer.started name=%s", handler.name)
    while not stop.is_set():
        try:
            events = source.take(BATCH, TICK_SECONDS)
        except PublishError as error:
            log.warning("consumer.no_events name=%s error=%s", handler.name, error)
            stop.wait(TICK_SECONDS)
            events = ()  # its clock goes on without the broker
        if _handed_over(handler, events, stop) and events:
            _acknowledge(handler, source)
    log.info("consumer.stopped name=%s", handler.name)


def replay(handler: EventHandler, events: Iterable[Event]) -> int:
    """Hand over *events* again, whatever the handler saw before; return how many."""
    wanted = tuple(handler.reads)
    mine = (event for event in events if isinstance(event, wanted))
    count = 0
    while some := tuple(islice(mine, BATCH)):
        handler.handle(some)
        count += len(some)
    handler.handle(())
    return count


def _handed_over(handler: EventHandler, events: Sequence[Event], stop: Signal) -> bool:
    """Try until the handler took them all; return whether it did before the end came."""
    wait, attempt = SHORTEST_WAIT, 0
    while not stop.is_set():
        try:
            handler.handle(events)
        except Exception as error:  # whatever it is: skipping the events would lose them
            attempt, wait = attempt + 1, min(2 * wait, LONGEST_WAIT)
            log.warning(
                "consumer.waiting name=%s attempt=%d wait_s=%.1f events=%d error=%s: %s",
                *(handler.name, attempt, wait, len(events), type(error).__name__, error),
                exc_info=attempt == 1,
            )
            stop.wait(wait)
        else:
            if attempt:
                log.info("consumer.recovered name=%s attempts=%d", handler.name, attempt)
            return True
    return False


def _acknowledge(handler: EventHandler, source: EventSource) -> None:
    try:
        source.acknowledge()
    except PublishError as error:
        # They come again, perhaps to another process: the handler recognises them.
        log.warning("consumer.not_acknowledged name=%s error=%s", handler.name, error)
