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
        self._quarantine_groups: dict[str, dict[str, QuarantinedSource]] = {}

    def quarantine(self, source: QuarantinedSource) -> None:
        with self._lock:
            self._quarantine[source.migration_id] = source

    def quarantined_at(
        self, location_id: str, after: str | None = None, upto: str | None = None
    ) -> Mapping[str, QuarantinedSource]:
        return {
            one.key: one
            for one in self._in_quarantine()
            if one.location_id == location_id
            and (after is None or one.key > after)
            and (upto is None or one.key <= upto)
        }

    def expired_quarantine(
        self, now: datetime, limit: int = 1000, *, after: QuarantinedSource | None = None
    ) -> Sequence[QuarantinedSource]:
        due = (source for source in self._in_quarantine() if source.until <= now)
        return [source for source in due if after is None or source.turn > after.turn][:limit]

    def quarantined_until(self, location_id: str, key: str) -> datetime | None:
        found = (one for one in self._in_quarantine() if (one.location_id, one.key) == (location_id, key))
        return max((source.until for source in found), default=None)

    def forget_quarantine(self, migration_id: str) -> None:
        with self._lock:
            self._quarantine.pop(migration_id, None)

    def quarantine_together(self, sources: Sequence[QuarantinedSource]) -> None:
        with self._lock:
            for source in sources:
                self._quarantine_groups.setdefault(str(source.group), {})[source.migration_id] = source

    def forget_quarantines(self, sources: Sequence[QuarantinedSource]) -> None:
        with self._lock:
            for source in sources:
                entries = self._quarantine if source.group is None else self._quarantine_groups.get(source.group, {})
                entries.pop(source.migration_id, None)

    def _in_quarantine(self) -> list[QuarantinedSource]:
        with self._lock:
            grouped = [source for group in self._quarantine_groups.values() for source in group.values()]
            return sorted([*self._quarantine.values(), *grouped], key=lambda source: source.turn)
