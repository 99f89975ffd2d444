"""Sources in quarantine, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.ports.migration_book import QuarantinedSource


class MemoryQuarantine(Shelves):
    """The part of MigrationBook and CampaignBook that concerns sources in quarantine."""

    def __init__(self) -> None:
        super().__init__()
        self._quarantine: dict[str, QuarantinedSource] = {}

    def quarantine(self, source: QuarantinedSource) -> None:
        with self._lock:
            self._quarantine[source.migration_id] = source

    def quarantined_at(
        self, location_id: str, after: str | None = None, upto: str | None = None
    ) -> Mapping[str, QuarantinedSource]:
        with self._lock:
            return {
                found.key: found
                for found in self._quarantine.values()
                if found.location_id == location_id
                and (after is None or found.key > after)
                and (upto is None or found.key <= upto)
            }

    def expired_quarantine(
        self, now: datetime, limit: int = 1000, *, after: QuarantinedSource | None = None
    ) -> Sequence[QuarantinedSource]:
        def turn(source: QuarantinedSource) -> tuple[datetime, str]:
            return source.until, source.migration_id

        with self._lock:
            due = [source for source in self._quarantine.values() if source.until <= now]
        return sorted((source for source in due if after is None or turn(source) > turn(after)), key=turn)[:limit]

    def quarantined_until(self, location_id: str, key: str) -> datetime | None:
        with self._lock:
            found = [one for one in self._quarantine.values() if (one.location_id, one.key) == (location_id, key)]
        return max((source.until for source in found), default=None)

    def forget_quarantine(self, migration_id: str) -> None:
        with self._lock:
            self._quarantine.pop(migration_id, None)

    def quarantine_many(self, sources: Sequence[QuarantinedSource]) -> None:
        with self._lock:
            self._quarantine |= {source.migration_id: source for source in sources}

    def forget_quarantines(self, migration_ids: Sequence[str]) -> None:
        for migration_id in migration_ids:
            self.forget_quarantine(migration_id)
