"""What we ask of the memory of reads: counts per file and day, and what was counted already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from cloudflow_lib.domain.access import DayRollup


class AccessBook(Protocol):
    """Reads per file and day."""

    def add_reads(self, batch_id: str, rollups: Sequence[DayRollup]) -> None:
        """Add the counts of a batch; adding the same batch again changes nothing."""
        ...

    def reads_of(self, file_ids: Sequence[str], since: date) -> Mapping[str, Sequence[DayRollup]]: ...

    def reads_since(self, since: date) -> Iterator[Sequence[DayRollup]]:
        """Yield every rollup from *since* on, in bounded pages."""
        ...

    def is_ingested(self, batch_id: str) -> bool: ...
    def mark_ingested(self, batch_id: str, report: Mapping[str, int]) -> None: ...
    def log_state(self, name: str) -> Mapping[str, int]:
        """Return what was last kept under *name* (how far a log was read, what time the logs of a location cover)."""
        ...

    def save_log_state(self, name: str, state: Mapping[str, int]) -> None:
        """Keep *state* under *name*, in place of what was kept before; nothing kept reads as an empty mapping."""
        ...

    def seen_lines(self, source: str, hour: datetime) -> frozenset[bytes]:
        """Return the 8-byte hashes of the log lines already counted in this hour of *source*."""
        ...

    def add_seen_lines(self, source: str, hour: datetime, line_hashes: Iterable[bytes]) -> None: ...
    def quarantine_lines(self, source: str, lines: Sequence[tuple[str, str]]) -> None:
        """Keep (line, reason) of lines that could not be read, for a person to look at."""
        ...
