"""Tell how fast and how well things went in a window of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cloudflow_lib.domain.performance import CAMPAIGN, MIGRATE, Cell, Series, cell_of
from cloudflow_lib.domain.performance_report import Figures, PerformanceReport, figures_of, report, window_of
from cloudflow_lib.ports.metric_book import MetricBook


def tell_performance(
    book: MetricBook, now: datetime, window: timedelta, *, owner: str | None = None, operation: str = MIGRATE
) -> PerformanceReport:
    """Return the figures of the *window* that ends now; owner None means everybody's and the platform's own."""
    since, until, step = window_of(now, window)
    return report(book.metrics_between(since, until, owner=owner), since, until, step, operation)


def tell_by_user(book: MetricBook, now: datetime, window: timedelta) -> Sequence[Figures]:
    """Return the moves of the window for each user apart, the busiest first."""
    since, until, _ = window_of(now, window)
    groups: dict[Series, Cell] = {}
    for user, cells in book.metrics_by_user(since, until):
        for series, cell in cells.items():
            if series.operation in (MIGRATE, CAMPAIGN):
                cell_of(groups, Series(user)).merge(cell)
    found = [figures_of(series.operation, cell) for series, cell in groups.items()]
    return sorted(found, key=lambda figures: (-figures.count, figures.name))
