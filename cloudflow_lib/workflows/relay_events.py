"""
Carry waiting events from the catalogue to the broker, at least once and in order.

An event leaves the catalogue only after the broker acknowledged it; whatever breaks in between,
the next round repeats it and consumers recognise it by its id. One that the broker will never take
stays in the catalogue and comes behind those that it would have held up.
"""

from __future__ import annotations

import logging
from threading import Event as Signal

from cloudflow_lib.errors import CatalogError, PublishError
from cloudflow_lib.ports.catalogs import Outbox
from cloudflow_lib.ports.publishers import Publisher

log = logging.getLogger(__name__)

SHORTEST_IDLE_WAIT = 0.02
LONGEST_IDLE_WAIT = 0.25
SHORTEST_OUTAGE_WAIT = 0.1
LONGEST_OUTAGE_WAIT = 5.0
GROWTH = 1.2


def relay_once(catalog: Outbox, publisher: Publisher) -> int:
    """Publish everything that waits now; return how many events."""
    published = 0
    while count := catalog.drain_outbox(publisher.publish):
        published += count
    return published


def relay_forever(catalog: Outbox, publisher: Publisher, stop: Signal) -> None:
    """Publish what waits, as it comes, until *stop* is set; outages of either side are waited out."""
    idle_wait, outage_wait = SHORTEST_IDLE_WAIT, SHORTEST_OUTAGE_WAIT
    attempt = 0
    log.info("relay.started")
    while not stop.is_set():
        try:
            published = catalog.drain_outbox(publisher.publish)
        except (CatalogError, PublishError) as error:
            attempt, outage_wait = attempt + 1, min(2 * outage_wait, LONGEST_OUTAGE_WAIT)
            log.warning("relay.waiting attempt=%d wait_s=%.1f error=%s", attempt, outage_wait, error)
            stop.wait(outage_wait)
            continue
        if attempt:
            log.info("relay.recovered attempts=%d", attempt)
            attempt, outage_wait = 0, SHORTEST_OUTAGE_WAIT
        if published:
            log.debug("relay.published events=%d", published)
            idle_wait = SHORTEST_IDLE_WAIT
        else:
            stop.wait(idle_wait)
            idle_wait = min(idle_wait * GROWTH, LONGEST_IDLE_WAIT)
    log.info("relay.stopped")
