"""
Count the reads that access logs tell about.

Per batch the order is: add the counts (the same batch adds only once), remember the lines, mark the
batch. A crash anywhere in between repeats the batch, and nothing counts twice.
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudflow_lib.domain.access import AccessKind, AccessRecord, BrokenLine, OwnTraffic
from cloudflow_lib.domain.files import file_id_at
from cloudflow_lib.domain.places import Places
from cloudflow_lib.domain.rollups import sum_reads
from cloudflow_lib.ports.access_logs import AccessLog, LogReader
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.ports.clock import Clock
from cloudflow_lib.workflows.log_batches import Batches, LogBatch, Postponed
from cloudflow_lib.workflows.log_coverage import CoverageNotes
from cloudflow_lib.workflows.seen_lines import SeenLines

log = logging.getLogger(__name__)

AHEAD = timedelta(days=1)
"""Clocks differ by minutes; a line from further ahead would keep its file hot for ever."""
SHOWN_CHARACTERS = 4096
SECRETS = re.compile(
    r"((?:X-(?:Amz|Goog)-(?:Signature|Security-Token|Credential)|Signature|sig|token)=)[^&\s\"]+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLogSource:
    """Logs of one dialect about some locations."""

    name: str
    """Lines are told from repetitions within one name."""
    reader: LogReader
    list_logs: Callable[[], Iterable[AccessLog]]
    places: Places
    own: OwnTraffic = field(default_factory=OwnTraffic)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What a run found; every line is exactly one of read, duplicate, broken, own, unknown bucket or not a read."""

    source: str
    lines: int = 0
    reads: int = 0
    duplicates: int = 0
    broken: int = 0
    own: int = 0
    unknown_bucket: int = 0
    """Lines about a bucket, or a part of one, that no location covers."""
    not_reads: int = 0
    logs: int = 0
    """Logs that held something new."""
    postponed: int = 0
    """Logs that changed or went away under the read; the next run looks again."""
    files_touched: int = 0
    seconds: float = 0.0
    read_with: str | None = None
    """The location whose run reads this feed, where several share one."""


def ingest_access_logs(source: AccessLogSource, *, catalog: Catalog, clock: Clock) -> IngestReport:
    """Count every read of *source* that was not counted yet; running it again finds nothing new."""
    began = time.monotonic()
    ingestion = _Ingestion(source, catalog, clock() + AHEAD)
    counts: Counter[str] = Counter()
    for batch in Batches(source.name, source.list_logs, source.reader, catalog):
        if isinstance(batch, Postponed):
            log.warning("access_logs.postponed log=%s reason=%s", batch.name, batch.reason)
            counts["postponed"] += 1
        else:
            counts.update(ingestion.take(batch))
            counts["logs"] += batch.logs
    ingestion.covered.save(at_end=True)
    return IngestReport(
        source=source.name,
        files_touched=len(ingestion.touched),
        seconds=round(time.monotonic() - began, 3),
        lines=counts["lines"],
        reads=counts["reads"],
        duplicates=counts["duplicates"],
        broken=counts["broken"],
        own=counts["own"],
        unknown_bucket=counts["unknown_bucket"],
        not_reads=counts["not_reads"],
        logs=counts["logs"],
        postponed=counts["postponed"],
    )


class _Ingestion:
    """One run over one source."""

    def __init__(self, source: AccessLogSource, catalog: Catalog, latest: datetime) -> None:
        self._source = source
        self._catalog = catalog
        self._latest = latest
        self._seen = SeenLines(catalog, source.name)
        self.covered = CoverageNotes(catalog)
        self.touched: set[str] = set()

    def take(self, batch: LogBatch) -> Mapping[str, int]:
        """Count one batch, in the order that survives a crash at any point."""
        counts: Counter[str] = Counter()
        reads: list[tuple[str, AccessRecord]] = []
        broken: list[BrokenLine] = []
        for item in batch.items:
            counts["lines"] += 1
            counts[self._sort(item, reads, broken)] += 1
        rollups = sum_reads(self._with_file_ids(reads))
        self._catalog.add_reads(batch.batch_id, rollups)
        self._seen.save()
        if broken:
            self._catalog.quarantine_lines(self._source.name, [_shown(line) for line in broken])
        self.covered.save()
        for name in batch.ended:
            self._catalog.mark_ingested(name, {})
        self._catalog.mark_ingested(batch.batch_id, dict(counts))
        self.touched.update(rollup.file_id for rollup in rollups)
        return counts

    def _sort(
        self,
        item: AccessRecord | BrokenLine,
        reads: list[tuple[str, AccessRecord]],
        broken: list[BrokenLine],
    ) -> str:
        """Put *item* where it belongs and return the name of what it is."""
        if isinstance(item, BrokenLine):
            broken.append(item)
            return "broken"
        if item.at > self._latest:
            broken.append(BrokenLine(f"{item.line_id} {item.at.isoformat()}", "its time lies in the future"))
            return "broken"
        here = self._source.places.in_bucket(item.bucket)
        for location_id in here:
            self.covered.note(location_id, item.at)
        if self._source.own.is_own(item):
            return "own"
        place = self._source.places.of(item.bucket, item.key)
        if place is None:
            return "not_reads" if here and not item.key else "unknown_bucket"
        return self._count(place, item, reads)

    def _count(self, place: str, record: AccessRecord, reads: list[tuple[str, AccessRecord]]) -> str:
        if record.kind is not AccessKind.READ:
            return "not_reads"
        if not self._seen.is_first(record):
            return "duplicates"
        reads.append((place, record))
        return "reads"

    def _with_file_ids(self, reads: Sequence[tuple[str, AccessRecord]]) -> Iterable[tuple[str, AccessRecord]]:
        """Name the files; history may come before the first scan, and then the address decides."""
        keys: defaultdict[str, set[str]] = defaultdict(set)
        for location_id, record in reads:
            if record.key.isprintable() or _is_text(record.key):
                keys[location_id].add(record.key)
        known = {
            location_id: self._catalog.file_ids_at(location_id, sorted(names)) for location_id, names in keys.items()
        }
        for location_id, record in reads:
            file_id = known.get(location_id, {}).get(record.key) or file_id_at(location_id, record.key)
            yield file_id, record


def _is_text(key: str) -> bool:
    """Return whether *key* can be in the catalogue at all; bytes that are no UTF-8 cannot."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(line: BrokenLine) -> tuple[str, str]:
    """Return what a person gets to see: readable, not endless, and without the secrets of signed URLs."""
    readable = line.line[:SHOWN_CHARACTERS].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return SECRETS.sub(r"\1(removed)", readable), line.reason[:SHOWN_CHARACTERS]
