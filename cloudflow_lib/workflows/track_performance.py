"""
Count what events tell in the buckets of the performance tracker, each event once.

The ids of the events stand in the page that counts them and are stored with it in one update, so that
a batch which comes twice, in part or in another order, changes nothing the second time.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.measuring import MEASURED, bucket_of, count_event
from cloudflow_lib.domain.performance import Page
from cloudflow_lib.errors import LostRaceError
from cloudflow_lib.ports.clock import Clock
from cloudflow_lib.ports.metric_book import METRICS_KEPT, MetricBook

log = logging.getLogger(__name__)

PAGE_EVENTS, PAGE_BYTES = 20_000, 4_000_000
"""A page with more is followed by another one: one that grows once more stays below what a document may have."""
ATTEMPTS = 50
KEPT_OPEN = 4
"""Buckets that are not read again for each batch: events come in the order of their time, nearly."""


class PerformanceTracker:
    """The handler called `metrics`."""

    name = "metrics"
    reads = MEASURED

    def __init__(self, book: MetricBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._open: dict[datetime, list[Page]] = {}

    def handle(self, events: Sequence[Event]) -> None:
        """Count *events*; those that were counted before change nothing."""
        for start, some in self._by_bucket(events).items():
            self._count(start, some)

    def _by_bucket(self, events: Sequence[Event]) -> Mapping[datetime, dict[str, Event]]:
        oldest = self._clock() - METRICS_KEPT
        buckets: dict[datetime, dict[str, Event]] = {}
        for event in events:
            start = bucket_of(event)
            if start is not None and start >= oldest:
                buckets.setdefault(start, {})[event.id] = event
        return buckets

    def _count(self, start: datetime, events: Mapping[str, Event]) -> None:
        for _ in range(ATTEMPTS):
            pages = self._open.pop(start, None) or list(self._book.metric_pages(start))
            if self._stored(start, pages, events):
                self._open[start] = pages
                while len(self._open) > KEPT_OPEN:
                    del self._open[next(iter(self._open))]
                return
        raise LostRaceError(f"the metrics of {start:%Y-%m-%d %H:%M} do not come to rest: try again")

    def _stored(self, start: datetime, pages: list[Page], events: Mapping[str, Event]) -> bool:
        new = [event for name, event in events.items() if not any(name in page.seen for page in pages)]
        while new:
            if not pages or _is_full(pages[-1]):
                pages.append(Page(start, len(pages)))
            room = PAGE_EVENTS - len(pages[-1].seen)
            for event in new[:room]:
                count_event(pages[-1], event)
            if not self._book.save_metric_page(pages[-1]):
                return False  # another process stored it: what we counted here is dropped with our copy
            new = new[room:]
        return True


def _is_full(page: Page) -> bool:
    return len(page.seen) >= PAGE_EVENTS or page.weight >= PAGE_BYTES
