"""
Hand events to whom acts on them, at least once and in order.

The place in the topic moves on only after the handler returned; whatever breaks in between, the same
events come again and the handler recognises them by their ids. One handler's trouble holds up nobody
else: each has a place of its own.

An outage is waited out, however long it takes. An event that a handler cannot act on though everything
is up would hold up all behind it for ever: after some tries it goes to the dead letters, with the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from threading import Event as Signal

from cloudflow_lib.domain.events import EVENT, Event
from cloudflow_lib.errors import PERMANENT_ERRORS, CloudFlowError, PublishError
from cloudflow_lib.ports.consumers import DeadLetter, DeadLetters, EventHandler, EventSource

log = logging.getLogger(__name__)

BATCH = 1000
TICK_SECONDS = 1.0
SHORTEST_WAIT = 0.2
LONGEST_WAIT = 10.0
TRIES = 5
"""So often a batch is handed over before the event is looked for that cannot be acted on."""
MOST_REASON = 500


def consume_forever(handler: EventHandler, source: EventSource, stop: Signal, dead: DeadLetters | None = None) -> None:
    """
    Hand over events as they come until *stop* is set; outages of every side are waited out.

    Without a place for *dead* letters, an event that cannot be acted on is tried for ever.
    """
    log.info("consumer.started name=%s", handler.name)
    while not stop.is_set():
        try:
            events = source.take(BATCH, TICK_SECONDS)
            unread = source.unread() if dead else ()
        except PublishError as error:
            log.warning("consumer.no_events name=%s error=%s", handler.name, error)
            stop.wait(TICK_SECONDS)
            events = unread = ()  # its clock goes on without the broker
        if dead and unread and not _buried(unread, dead, stop):
            return
        if _handed_over(handler, events, stop, dead) and (events or unread):
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


def redeliver(letter: DeadLetter, handler: EventHandler) -> str | None:
    """Hand *letter* over again; return why it still cannot be acted on, None if it was."""
    try:
        handler.handle((EVENT.validate_json(letter.value),))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told to whoever asked
        return _reason(error)
    return None


def _handed_over(handler: EventHandler, events: Sequence[Event], stop: Signal, dead: DeadLetters | None) -> bool:
    """Try until the handler took them all, or gave up some; return whether it did before the end came."""
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
            if attempt >= TRIES and _is_hopeless(error):
                if not events:
                    return True  # its clock comes again: what is to be acted on must not wait for it
                if dead and _works_without(handler):
                    return _one_by_one(handler, events, stop, dead)
            stop.wait(wait)
        else:
            if attempt:
                log.info("consumer.recovered name=%s attempts=%d", handler.name, attempt)
            return True
    return False


def _is_hopeless(error: Exception) -> bool:
    """Return whether no wait can mend *error*: it is no outage of anybody."""
    return isinstance(error, PERMANENT_ERRORS) or not isinstance(error, (CloudFlowError, OSError))


def _works_without(handler: EventHandler) -> bool:
    """Return whether *handler* fails at its events only: nothing is buried for what it does by its clock."""
    try:
        handler.handle(())
    except Exception:
        log.exception("consumer.clock_fails name=%s", handler.name)
        return False
    return True


def _one_by_one(handler: EventHandler, events: Sequence[Event], stop: Signal, dead: DeadLetters) -> bool:
    """Hand over each event alone, and bury those that cannot be acted on; return whether all of them were."""
    for event in events:
        wait = SHORTEST_WAIT
        while not stop.is_set():
            try:
                handler.handle((event,))
            except Exception as error:  # whatever it is: skipping the event would lose it
                if _is_hopeless(error):
                    log.exception("consumer.given_up name=%s event=%s type=%s", handler.name, event.id, event.type)
                    if _buried([_letter(handler, event, error)], dead, stop):
                        break
                    return False
                wait = min(2 * wait, LONGEST_WAIT)
                log.warning("consumer.waiting name=%s wait_s=%.1f error=%s", handler.name, wait, error)
                stop.wait(wait)
            else:
                break
        else:
            return False
    return True


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:MOST_REASON]


def _letter(handler: EventHandler, event: Event, error: Exception) -> DeadLetter:
    return DeadLetter(
        handler=handler.name,
        reason=_reason(error),
        topic=event.topic.value,
        key=event.user,
        value=event.model_dump_json().encode(),
        at=datetime.now(UTC),
    )


def _buried(letters: Sequence[DeadLetter], dead: DeadLetters, stop: Signal) -> bool:
    """Put *letters* away, however long the broker is gone; return whether they are safe."""
    wait = SHORTEST_WAIT
    while not stop.is_set():
        try:
            dead.put(letters)
        except PublishError as error:
            wait = min(2 * wait, LONGEST_WAIT)
            log.warning("consumer.cannot_bury wait_s=%.1f error=%s", wait, error)
            stop.wait(wait)
        else:
            return True
    return False


def _acknowledge(handler: EventHandler, source: EventSource) -> None:
    try:
        source.acknowledge()
    except PublishError as error:
        # They come again, perhaps to another process: the handler recognises them.
        log.warning("consumer.not_acknowledged name=%s error=%s", handler.name, error)
