"""What the memory catalogue keeps, and the one lock around it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from threading import RLock
from uuid import uuid4

from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.facts import file_vanished
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.ports.clock import Clock, system_clock


class Shelves:
    """Dictionaries in place of collections; each book adds its own."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._now: Clock = system_clock
        self._files: dict[str, CatalogFile] = {}
        self._places: dict[tuple[str, str], str] = {}
        self._keys: dict[str, list[str]] = {}
        self._outbox: list[Event] = []

    def _tell(self, events: Sequence[Event]) -> None:
        self._outbox.extend(events)

    def _take_place(self, file: CatalogFile) -> None:
        self._places[file.location_id, file.key] = file.file_id
        insort(self._keys.setdefault(file.location_id, []), file.key)

    def _leave_place(self, location_id: str, key: str) -> None:
        del self._places[location_id, key]
        keys = self._keys[location_id]
        del keys[bisect_left(keys, key)]

    def _retire(self, file: CatalogFile, changed: CatalogFile) -> None:
        """Take its address from *file*: the record stays, as a vanished one."""
        self._leave_place(file.location_id, file.key)
        self._files[file.file_id] = changed
        if file.state is FileState.PRESENT:
            self._tell([file_vanished(file)])


def fresh_file_id() -> str:
    """Return an id that no address gives."""
    return uuid4().hex
