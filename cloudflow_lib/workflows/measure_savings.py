"""
Measure what applied recommendations really saved: both classes, at the reads that came after the move.

A run that failed to move the file ends its recommendation, so that a new one can be made; a move that
was rolled back counts as a no for 90 days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.advising import MONTH
from cloudflow_lib.domain.migrations import MigrationState, migration_id_in
from cloudflow_lib.domain.moving_costs import Option, Tariff
from cloudflow_lib.domain.recommendations import DISMISSED_FOR, Realised, Recommendation, RecommendationState
from cloudflow_lib.domain.timelines import Int32s
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.recommendation_book import RecommendationChange
from cloudflow_lib.workflows.services import Services

MEASURED_DAYS = 30
"""After so many days the figure stands."""
DAY = timedelta(days=1)
COOLED_DOWN = timedelta(days=90)
"""Who was silent for so long lies on the last step of a managed class."""
NOT_MOVED = frozenset({MigrationState.FAILED, MigrationState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureReport:
    """What a run measured."""

    measured: int
    not_moved: int
    """Whose run did not move the file, or whose move was taken back."""


def measure_savings(services: Services) -> MeasureReport:
    """Bring every applied recommendation up to date, each until it was measured over 30 days."""
    measured = not_moved = 0
    for page in services.catalog.iter_recommendations(RecommendationState.APPLIED):
        waiting = [one for one in page if one.realised is None or one.realised.days < MEASURED_DAYS]
        measures = _Measures(waiting, services)
        ended, figures = list(measures.ended()), list(measures.figures())
        if changes := [*ended, *figures]:
            services.catalog.change_recommendations(changes)
        measured, not_moved = measured + len(figures), not_moved + len(ended)
    return MeasureReport(measured=measured, not_moved=not_moved)


class _Measures:
    def __init__(self, waiting: Sequence[Recommendation], services: Services) -> None:
        self._services = services
        self._now: datetime = services.clock()
        self._states: dict[str, tuple[MigrationState, datetime | None]] = {}
        for one in waiting:
            self._states[one.recommendation_id] = self._state(one)
        self._waiting = waiting

    def _state(self, one: Recommendation) -> tuple[MigrationState, datetime | None]:
        try:
            migration = self._services.catalog.migration(migration_id_in(one.batch_id or "", one.file_id))
        except NotFoundError:  # its run has not opened it yet
            return MigrationState.QUEUED, None
        return migration.state, migration.timestamps.get(MigrationState.SWITCHED)

    def ended(self) -> Iterator[RecommendationChange]:
        """Yield those whose file was not moved, or was moved back."""
        for one in self._waiting:
            state, _ = self._states[one.recommendation_id]
            if state in NOT_MOVED:
                after = replace(one, state=RecommendationState.SUPERSEDED, state_since=self._now)
                yield RecommendationChange(before=one, after=after)
            elif state is MigrationState.ROLLED_BACK:
                until = self._now + DISMISSED_FOR
                after = replace(one, state=RecommendationState.DISMISSED, state_since=self._now, dismissed_until=until)
                yield RecommendationChange(before=one, after=after)

    def figures(self) -> Iterator[RecommendationChange]:
        """Yield what was saved by those that lie at their new place for a day or longer."""
        since: dict[str, date] = {}
        for one in self._waiting:
            state, moved_at = self._states[one.recommendation_id]
            if state is MigrationState.DONE and moved_at and self._now - moved_at >= timedelta(days=1):
                since[one.recommendation_id] = (moved_at + timedelta(days=1)).date()
        moved = [one for one in self._waiting if one.recommendation_id in since]
        if not moved:
            return
        reads = self._services.catalog.reads_of([one.file_id for one in moved], min(since.values()) - COOLED_DOWN)
        for one in moved:
            first = since[one.recommendation_id]
            days = min((self._now.date() - first).days, MEASURED_DAYS)
            if days and (saved := self._saved(one, reads.get(one.file_id, ()), first, days)) is not None:
                realised = Realised(usd_per_month=saved, days=days, measured_at=self._now)
                yield RecommendationChange(before=one, after=replace(one, realised=realised))

    def _saved(self, one: Recommendation, rollups: Sequence[DayRollup], first: date, days: int) -> float | None:
        """Return dollars a month: what the old class would have cost at these reads, less what the new one did."""
        options = self._options(one)
        if options is None:
            return None
        last = first + timedelta(days=days)
        known = [rollup for rollup in rollups if first <= rollup.day < last]
        requests, sent = sum(rollup.reads for rollup in known), sum(rollup.read_bytes for rollup in known)
        read = sorted(rollup.day for rollup in rollups if rollup.reads)
        silent_since = max((day for day in read if day < first), default=first - COOLED_DOWN)
        size = np.full(days, one.size_bytes, np.int64)
        old, new = (
            Tariff.of([option], size, _idle_days(first, days, read, touched))
            for option, touched in zip(options, (silent_since, first - DAY), strict=True)
        )
        storage = float(old.day.mean() - new.day.mean())
        use = float(requests * (old.read - new.read)[0] + sent * (old.retrieval - new.retrieval)[0])
        return (storage + use / days) * MONTH

    def _options(self, one: Recommendation) -> tuple[Option, Option] | None:
        found = []
        for spot in (one.source, one.destination):
            try:
                book = self._services.price_book(self._services.catalog.location(spot.location_id))
            except NotFoundError:
                return None
            if book is None or all(known.name != spot.storage_class for known in book.classes):
                return None
            found.append(Option(spot=spot, book=book))
        return found[0], found[1]


def _idle_days(first: date, days: int, read: Sequence[date], touched: date) -> Int32s:
    """Return what the idle counter of a managed class says on each of the days: *touched* and every read begin it."""
    marks = np.array([touched.toordinal(), *(day.toordinal() for day in read if day >= first)])
    each = first.toordinal() + np.arange(days)
    idle: Int32s = (each - marks[np.searchsorted(marks, each, side="right") - 1]).astype(np.int32)
    return idle
