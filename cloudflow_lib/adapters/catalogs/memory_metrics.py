"""What was measured, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.performance import Cells, Page, Slice


class MemoryMetrics(Shelves):
    """MetricBook on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._metrics: dict[tuple[datetime, int], Page] = {}

    def metric_pages(self, start: datetime) -> Sequence[Page]:
        with self._lock:
            return deepcopy([page for place, page in sorted(self._metrics.items()) if place[0] == start])

    def save_metric_page(self, page: Page) -> bool:
        with self._lock:
            place = (page.start, page.number)
            known = self._metrics.get(place)
            if (known.fence if known else 0) != page.fence:
                return False
            page.fence += 1
            self._metrics[place] = deepcopy(page)
            return True

    def metrics_between(self, since: datetime, until: datetime, *, owner: str | None = None) -> Iterator[Slice]:
        for page in self._pages_between(since, until):
            cells = page.total if owner is None else page.users.get(owner, {})
            yield Slice(page.start, cells, page.gauges if owner is None else {})

    def metrics_by_user(self, since: datetime, until: datetime) -> Iterator[tuple[str, Cells]]:
        for page in self._pages_between(since, until):
            yield from page.users.items()

    def _pages_between(self, since: datetime, until: datetime) -> list[Page]:
        with self._lock:
            found = sorted(self._metrics.items())
            return deepcopy([page for (start, _), page in found if since <= start < until])
