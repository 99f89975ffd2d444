"""
Put every file into hot, warm or cold, by how it was read.

Files stream through in pages, so that memory does not grow with the catalogue; only files whose
tier or day of the last read changed are written. A second run with nothing new writes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from cloudflow_lib.domain.access import DayRollup, LogCoverage
from cloudflow_lib.domain.classification import Decision, FileFacts, Thresholds, classify
from cloudflow_lib.domain.events import FileReclassified, ReclassifiedData
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.usage import WINDOW_DAYS, usage_of
from cloudflow_lib.ports.catalogs import Catalog, FileChange
from cloudflow_lib.ports.clock import Clock
from cloudflow_lib.workflows.log_coverage import load_coverage

PAGE = 500
"""Files judged at a time: with every day of 90 read, their rollups stay below 50 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyReport:
    """What a run decided."""

    seen: int
    changed: Mapping[str, int] = field(default_factory=dict)
    """`warm->cold` -> files."""
    unchanged: int
    lost: int = 0
    """Changes that came too late because the file had changed meanwhile; the next run judges it again."""
    seconds: float


def classify_files(
    *,
    catalog: Catalog,
    clock: Clock,
    thresholds: Thresholds,
    location_id: str | None = None,
) -> ClassifyReport:
    """Decide the tier of every present file, all or those of one location, and raise an event for each change."""
    began = time.monotonic()
    judge = _Judge(catalog, thresholds, clock())
    changed: Counter[str] = Counter()
    seen = lost = 0
    for files in _pages(catalog, location_id):
        seen += len(files)
        changes = judge.changes(files)
        lost += len(changes) - catalog.update_files(changes) if changes else 0
        changed.update(_move(change.event) for change in changes if isinstance(change.event, FileReclassified))
    return ClassifyReport(
        seen=seen,
        changed=dict(sorted(changed.items())),
        unchanged=seen - changed.total(),
        lost=lost,
        seconds=round(time.monotonic() - began, 3),
    )


def _pages(catalog: Catalog, location_id: str | None) -> Iterator[Sequence[CatalogFile]]:
    for page in catalog.iter_files(location_id):
        for start in range(0, len(page), PAGE):
            yield page[start : start + PAGE]


class _Judge:
    """One run's view: the same moment for all files."""

    def __init__(self, catalog: Catalog, thresholds: Thresholds, now: datetime) -> None:
        self._catalog = catalog
        self._thresholds = thresholds
        self._now = now
        self._since: date = (now - timedelta(days=WINDOW_DAYS)).date()
        self._coverage: dict[str, LogCoverage | None] = {}

    def changes(self, files: Sequence[CatalogFile]) -> Sequence[FileChange]:
        """Return what must be written about *files*."""
        reads = self._catalog.reads_of([file.file_id for file in files], self._since)
        judged = (self._change(file, reads.get(file.file_id, ())) for file in files)
        return [change for change in judged if change is not None]

    def _change(self, file: CatalogFile, rollups: Sequence[DayRollup]) -> FileChange | None:
        usage = usage_of(rollups, size_bytes=file.size_bytes, now=self._now, last_read_at=file.last_read_at)
        facts = FileFacts(
            tier=file.tier,
            size_bytes=file.size_bytes,
            first_seen_at=file.first_seen_at,
            coverage=self._coverage_of(file.location_id),
        )
        decision = classify(facts, usage, self._thresholds, self._now)
        is_moved = decision.tier is not file.tier
        if not is_moved and _day(usage.last_read_at) == _day(file.last_read_at):
            return None
        changed: dict[str, object] = {"tier_reasons": decision.reasons, "last_read_at": usage.last_read_at}
        if is_moved:
            changed |= {"tier": decision.tier, "tier_since": self._now}
        return FileChange(
            file_id=file.file_id,
            expected_version=file.version,
            expected_tier=file.tier,
            changed=changed,
            event=_fact(file, decision, self._now) if is_moved else None,
        )

    def _coverage_of(self, location_id: str) -> LogCoverage | None:
        if location_id not in self._coverage:
            self._coverage[location_id] = load_coverage(self._catalog, location_id)
        return self._coverage[location_id]


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _fact(file: CatalogFile, decision: Decision, now: datetime) -> FileReclassified:
    return FileReclassified(
        time=now,
        subject=file.file_id,
        user=file.owner,
        data=ReclassifiedData(
            location_id=file.location_id,
            key=file.key,
            size_bytes=file.size_bytes,
            before=file.tier,
            after=decision.tier,
            reasons=decision.reasons,
        ),
    )


def _move(event: FileReclassified) -> str:
    return f"{event.data.before}->{event.data.after}"
