"""Which log lines were counted already: providers deliver late, and some lines twice."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from cloudflow_lib.domain.access import AccessRecord
from cloudflow_lib.domain.rollups import line_hash, remembered_with
from cloudflow_lib.ports.access_book import AccessBook

REMEMBERED = 500_000
"""Hashes held at a time, about 50 MB; a quarter that fell out is read from the catalogue again."""


class SeenLines:
    """The counted lines of one source, one quarter of a day after the other."""

    def __init__(self, book: AccessBook, source: str) -> None:
        self._book = book
        self._source = source
        self._quarters: OrderedDict[datetime, set[bytes]] = OrderedDict()
        self._held = 0
        self._new: dict[datetime, set[bytes]] = {}

    def is_first(self, record: AccessRecord) -> bool:
        """Return whether the line was not seen before, and note it for `save`."""
        quarter, mark = remembered_with(record.at), line_hash(record.line_id)
        if mark in self._known(quarter):
            return False
        new = self._new.setdefault(quarter, set())
        if mark in new:
            return False
        new.add(mark)
        return True

    def save(self) -> None:
        """Remember the noted lines for good."""
        for quarter, marks in sorted(self._new.items()):
            self._book.add_seen_lines(self._source, quarter, sorted(marks))
        for quarter, marks in self._new.items():
            if (known := self._quarters.get(quarter)) is not None:
                known |= marks
                self._held += len(marks)
        self._new = {}
        while self._held > REMEMBERED and len(self._quarters) > 1:
            _, dropped = self._quarters.popitem(last=False)
            self._held -= len(dropped)

    def _known(self, quarter: datetime) -> set[bytes]:
        known = self._quarters.get(quarter)
        if known is None:
            known = self._quarters[quarter] = set(self._book.seen_lines(self._source, quarter))
            self._held += len(known)
        return known
