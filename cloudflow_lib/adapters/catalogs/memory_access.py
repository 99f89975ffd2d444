"""Reads per file and day in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.access import DayRollup

PAGE = 1000
QUARANTINE_PER_CALL = 1000


class MemoryAccess(Shelves):
    """AccessBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._rollups: dict[tuple[str, date], DayRollup] = {}
        self._applied: set[tuple[str, str, date]] = set()
        self._ingested: dict[str, Mapping[str, int]] = {}
        self._log_states: dict[str, Mapping[str, int]] = {}
        self._lines: dict[tuple[str, datetime], set[bytes]] = {}
        self._broken: dict[str, list[tuple[str, str]]] = {}

    def add_reads(self, batch_id: str, rollups: Sequence[DayRollup]) -> None:
        with self._lock:
            for added in rollups:
                mark = (batch_id, added.file_id, added.day)
                if mark not in self._applied:
                    self._applied.add(mark)
                    known = self._rollups.get((added.file_id, added.day))
                    self._rollups[added.file_id, added.day] = _sum(known, added) if known else added

    def reads_of(self, file_ids: Sequence[str], since: date) -> Mapping[str, Sequence[DayRollup]]:
        wanted = set(file_ids)
        found: dict[str, list[DayRollup]] = {}
        with self._lock:
            for (file_id, day), rollup in sorted(self._rollups.items()):
                if file_id in wanted and day >= since:
                    found.setdefault(file_id, []).append(rollup)
        return found

    def reads_since(self, since: date) -> Iterator[Sequence[DayRollup]]:
        with self._lock:
            found = [rollup for (_, day), rollup in sorted(self._rollups.items()) if day >= since]
        for start in range(0, len(found), PAGE):
            yield found[start : start + PAGE]

    def is_ingested(self, batch_id: str) -> bool:
        with self._lock:
            return batch_id in self._ingested

    def mark_ingested(self, batch_id: str, report: Mapping[str, int]) -> None:
        with self._lock:
            self._ingested[batch_id] = dict(report)

    def log_state(self, name: str) -> Mapping[str, int]:
        with self._lock:
            return self._log_states.get(name, {})

    def save_log_state(self, name: str, state: Mapping[str, int]) -> None:
        with self._lock:
            self._log_states[name] = dict(state)

    def seen_lines(self, source: str, hour: datetime) -> frozenset[bytes]:
        with self._lock:
            return frozenset(self._lines.get((source, hour), ()))

    def add_seen_lines(self, source: str, hour: datetime, line_hashes: Iterable[bytes]) -> None:
        with self._lock:
            self._lines.setdefault((source, hour), set()).update(line_hashes)

    def quarantine_lines(self, source: str, lines: Sequence[tuple[str, str]]) -> None:
        with self._lock:
            self._broken.setdefault(source, []).extend(lines[:QUARANTINE_PER_CALL])


def _sum(known: DayRollup, added: DayRollup) -> DayRollup:
    hours = {hour: known.hours.get(hour, 0) + added.hours.get(hour, 0) for hour in {*known.hours, *added.hours}}
    return replace(
        known,
        reads=known.reads + added.reads,
        read_bytes=known.read_bytes + added.read_bytes,
        hours=hours,
        last_read_at=max(known.last_read_at, added.last_read_at),
    )
