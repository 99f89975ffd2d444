"""What we ask of the catalogue about performance: buckets of five minutes, kept for a month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from cloudflow_lib.domain.performance import Cells, Page, Slice

METRICS_KEPT = timedelta(days=35)
"""Older buckets are removed, and events of them count no more."""


class MetricBook(Protocol):
    """Pages of what was measured."""

    def metric_pages(self, start: datetime) -> Sequence[Page]:
        """Return all pages of the bucket that began at *start*, in their order."""
        ...

    def save_metric_page(self, page: Page) -> bool:
        """
        Store *page* unless somebody stored it since it was read; return whether it was stored.

        Its fence goes up by one. After False, read the bucket again.
        """
        ...

    def metrics_between(self, since: datetime, until: datetime, *, owner: str | None = None) -> Iterator[Slice]:
        """Yield what each page of the buckets from *since* to before *until* says, oldest first; None means all."""
        ...

    def metrics_by_user(self, since: datetime, until: datetime) -> Iterator[tuple[str, Cells]]:
        """Yield the same for each user apart; one may come several times."""
        ...
