"""
Looking through files fast: columns in this process, kept fresh by the notes of who writes.

Servers that speak MongoDB's protocol may read every document of an owner for one sorted page: four to
fourteen seconds for 80,000 files, whatever the indexes. Columns answer in milliseconds, on any server.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import TYPE_CHECKING

from cloudflow_lib.adapters.catalogs.mongo_files import MongoFiles
from cloudflow_lib.domain.campaigns import Tally
from cloudflow_lib.domain.listing import FileQuery, cursor_at, position_behind
from cloudflow_lib.errors import CatalogError
from cloudflow_lib.ports.file_finder import FilePage, TierTotal

if TYPE_CHECKING:
    from cloudflow_lib.adapters.catalogs.file_columns import FileColumns

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.2
OTHER_CLOCKS = timedelta(seconds=60)
"""How far the clocks of writers may be behind; notes sort by them."""
MOST_FILES = 1000
"""Read anew at one look: while a scan catalogues a hundred thousand, people do not wait for all of them."""
REBUILD_SECONDS = 3600.0
"""What a dying writer told nobody is found after so long."""


class MongoFinder(MongoFiles):
    """FileFinder on columns that the first look reads."""

    def __init__(self, url: str, database: str, timeout_ms: int = 20_000) -> None:
        super().__init__(url, database, timeout_ms)
        self._finding = Lock()
        self._columns: FileColumns | None = None
        self._built_at = self._looked_at = 0.0
        self._read_until: datetime
        self._seen_notes: set[str] = set()
        self._unread: deque[str] = deque()

    def find_files(self, query: FileQuery, *, cursor: str | None = None, limit: int = 100) -> FilePage:
        behind = None if cursor is None else position_behind(cursor, query)
        places = self._fresh_columns().find(query, behind, limit + 1)
        page = self.files_by_id([place.file_id for place in places[:limit]])
        is_last = len(places) <= limit
        return FilePage(
            files=[file for file in page if query.accepts(file)],
            next_cursor=None if is_last else cursor_at(places[limit - 1], query),
        )

    def count_files(self, query: FileQuery) -> Tally:
        return self._fresh_columns().count(query)

    def sum_files(self, owner: str | None = None) -> Sequence[TierTotal]:
        return self._fresh_columns().sums(owner)

    def _fresh_columns(self) -> FileColumns:
        with self._finding:
            now = time.monotonic()
            if self._columns is None:
                self._columns = self._build()
            elif now - self._built_at > REBUILD_SECONDS:
                self._built_at = now
                Thread(target=self._rebuild, name="file-columns", daemon=True).start()
            if self._has_own_news or now - self._looked_at > LOOK_EVERY_SECONDS:
                self._columns = self._with_news(self._columns)
            return self._columns

    def _build(self) -> FileColumns:
        from cloudflow_lib.adapters.catalogs.file_columns import FileColumns

        began, started_at = time.monotonic(), self._now()
        columns = FileColumns.of(self.iter_files())
        # Whatever was written since the reading began stands in notes that are read next.
        self._read_until, self._seen_notes = started_at, set()
        self._built_at = time.monotonic()
        log.info("catalog.columns_built seconds=%.1f", self._built_at - began)
        return columns

    def _rebuild(self) -> None:
        try:
            columns = self._build()
        except CatalogError as error:
            log.warning("catalog.columns_not_rebuilt error=%s", error)
            return
        with self._finding:
            self._columns = columns

    def _with_news(self, columns: FileColumns) -> FileColumns:
        """Return *columns* with what was written since the last look, or the oldest part of it where that is much."""
        self._looked_at, self._has_own_news = time.monotonic(), False
        now = self._now()
        notes = self._news_since(self._read_until - OTHER_CLOCKS)
        new = [note for note in notes if note not in self._seen_notes]
        self._seen_notes, self._read_until = set(notes), now
        if new:
            self._unread.extend(self._changed_files(new))
        changed = [self._unread.popleft() for _ in range(min(MOST_FILES, len(self._unread)))]
        return columns.with_changes(self.files_by_id(changed), changed) if changed else columns
