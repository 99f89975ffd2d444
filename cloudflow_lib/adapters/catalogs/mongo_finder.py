"""
Looking through files fast: columns in this process, kept fresh by the notes of who writes.

Servers that speak MongoDB's protocol may read every document of an owner for one sorted page: four to
fourteen seconds for 80,000 files, whatever the indexes. Columns answer in milliseconds, on any server.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock, Thread
from typing import TYPE_CHECKING

from cloudflow_lib.adapters.catalogs.mongo_files import MongoFiles
from cloudflow_lib.adapters.catalogs.mongo_news import FileNews, Relocations, first_note_at
from cloudflow_lib.domain.campaigns import Tally
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.listing import FileQuery, cursor_at, position_behind
from cloudflow_lib.errors import CatalogError, CatalogUnavailableError
from cloudflow_lib.ports.file_finder import FilePage, TierTotal

if TYPE_CHECKING:
    from cloudflow_lib.adapters.catalogs.file_columns import FileColumns

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.2
MOST_STALE_SECONDS = 1.0
"""Columns that were looked at longer ago are shown to nobody: then people wait for a look."""
NEAR_CLOCKS = timedelta(seconds=2)
"""How far the clocks of writers are behind at most looks; notes sort by them."""
OTHER_CLOCKS = timedelta(seconds=60)
"""How far they may be behind: so much is looked through again every few seconds."""
WIDE_EVERY_SECONDS = 5.0
MOST_FILES = 1000
"""Read anew at one look."""
MANY_FILES = 5000
"""Where more changed, and more than half of all there are, everything is read anew behind people's backs."""
PATIENCE_SECONDS = 1.0
"""How long people wait for more of them: while a scan catalogues a hundred thousand, not for all."""
FIRST_PATIENCE_SECONDS = 5.0
"""How long people wait while somebody else reads everything for the first time: a large catalogue takes minutes."""
REBUILD_SECONDS = 3600.0
"""What a dying writer told nobody is found after so long."""


class MongoFinder(MongoFiles):
    """
    FileFinder on columns that the first look reads.

    What other processes wrote is looked for behind people's backs: they are shown columns that are at most
    `MOST_STALE_SECONDS` old. What this process wrote is in them at once.
    """

    def __init__(self, url: str, database: str, timeout_ms: int = 20_000) -> None:
        super().__init__(url, database, timeout_ms)
        self._columns: FileColumns | None = None
        self._building, self._looking, self._merging = Lock(), Lock(), Lock()
        self._built_at = self._looked_at = self._looked_widely_at = 0.0
        self._read_until: datetime
        self._seen_notes: set[str] = set()
        self._unread: deque[FileNews] = deque()
        self._own: deque[str] = deque()
        """Files that this process changed since they were read into the columns."""
        self._own_log: list[str] = []
        """Those that were read while somebody reads others: what that one holds of them may be older."""
        self._readers = self._files_read = 0

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

    def _tell_changed(self, file_ids: Sequence[str], moved: Relocations | None = None) -> Sequence[str]:
        notes = super()._tell_changed(file_ids, moved)
        if self._columns is not None:  # else nobody looks through files here
            self._seen_notes.update(notes)
            self._own.extend(file_ids)
        return notes

    def _fresh_columns(self) -> FileColumns:
        if self._columns is None:
            with self._first_reading():
                if self._columns is None:
                    self._columns = self._read_all()
        now = time.monotonic()
        if now - self._built_at > REBUILD_SECONDS:
            self._rebuild_behind_backs()
        if now - self._looked_at > MOST_STALE_SECONDS:
            self._look()
            self._catch_up(now + PATIENCE_SECONDS)
        elif now - self._looked_at > LOOK_EVERY_SECONDS and not self._looking.locked():
            Thread(target=self._behind_backs, args=(self._look,), name="file-news", daemon=True).start()
        if self._own:
            self._read_own()
        return self._columns

    @contextmanager
    def _first_reading(self) -> Iterator[None]:
        if not self._building.acquire(timeout=FIRST_PATIENCE_SECONDS):
            raise CatalogUnavailableError(
                f"the catalogue is being read for the first time since the start, {self._files_read:,} files so far: "
                "ask again in some seconds"
            )
        try:
            yield
        finally:
            self._building.release()

    def _rebuild_behind_backs(self) -> None:
        self._built_at = time.monotonic()
        Thread(target=self._behind_backs, args=(self._rebuild,), name="file-columns", daemon=True).start()

    def _behind_backs(self, act: Callable[[], None]) -> None:
        try:
            act()
        except CatalogError as error:  # whoever finds the columns too old asks again, and is told
            log.warning("catalog.columns_not_read act=%s error=%s", act.__name__, error)

    def _read_all(self) -> FileColumns:
        """Return new columns; whatever is written from now on stands in notes that are read next."""
        from cloudflow_lib.adapters.catalogs.file_columns import FileColumns

        began, started_at = time.monotonic(), self._now()
        seen = set(self._news_since(started_at - OTHER_CLOCKS))  # what these tell of is read below
        columns = FileColumns.of(self._counted(self.iter_files()))
        with self._looking:
            self._read_until, self._seen_notes, self._looked_widely_at = started_at, seen, 0.0
        self._built_at = time.monotonic()
        log.info("catalog.columns_built seconds=%.1f", self._built_at - began)
        return columns

    def _counted(self, pages: Iterator[Sequence[CatalogFile]]) -> Iterator[Sequence[CatalogFile]]:
        self._files_read = 0
        for page in pages:
            self._files_read += len(page)
            yield page

    def _rebuild(self) -> None:
        try:
            with self._reading() as start:
                columns = self._read_all()
                with self._looking, self._merging:
                    self._own.extend(self._own_log[start:])
                    self._columns = columns
        except CatalogError:
            self._built_at -= REBUILD_SECONDS  # due again: what was left to it is read nowhere else
            raise

    @contextmanager
    def _reading(self) -> Iterator[int]:
        """Keep what this process writes meanwhile, from where the log of it stands now on."""
        with self._merging:
            self._readers += 1
            start = len(self._own_log)
        try:
            yield start
        finally:
            with self._merging:
                self._readers -= 1
                if not self._readers:
                    self._own_log.clear()

    def _read_own(self) -> None:
        """Bring what this process wrote into the columns."""
        with self._merging:
            ids = [self._own.popleft() for _ in range(min(MOST_FILES, len(self._own)))]
            try:
                self._merge(self.files_by_id(ids), ids)
            except CatalogError:
                self._own.extendleft(reversed(ids))
                raise
            if self._readers:
                self._own_log.extend(ids)

    def _look(self) -> None:
        """Bring what others wrote since the last look into the columns, or the oldest part of it where that is much."""
        with self._looking:
            began = time.monotonic()
            if began - self._looked_at < LOOK_EVERY_SECONDS:
                return  # somebody else has just done it
            with self._reading() as start:
                now = self._now()
                self._note_changes(is_wide=began - self._looked_widely_at > WIDE_EVERY_SECONDS)
                self._leave_to_rebuilding()
                self._read_unread(start)
            self._looked_at, self._read_until = began, now

    def _catch_up(self, until: float) -> None:
        """Read more of what others wrote while nobody looked, as long as people may wait."""
        while self._unread and time.monotonic() < until:
            with self._looking, self._reading() as start:
                self._read_unread(start)

    def _leave_to_rebuilding(self) -> None:
        """Let everything be read anew, in order and thousands at a time, where that is faster than one by one."""
        if self._columns is not None and len(self._unread) > max(MANY_FILES, len(self._columns) // 2):
            self._unread.clear()  # their notes were written behind them: who reads from now on finds them changed
            self._rebuild_behind_backs()

    def _read_unread(self, start: int) -> None:
        news = list(islice(self._unread, MOST_FILES))
        changed = self._relocate(news)
        files = self.files_by_id(changed)
        with self._merging:
            newer = set(self._own_log[start:])
            ids = [file_id for file_id in changed if file_id not in newer]
            self._merge([file for file in files if file.file_id not in newer], ids)
        for _ in news:
            self._unread.popleft()

    def _relocate(self, news: Sequence[FileNews]) -> list[str]:
        """Bring what only moved into the columns, and return the ids of the others: they are to be read."""
        moved = {one.file_id: one.moved for one in news if one.moved is not None}
        with self._merging:
            if not moved or self._columns is None:
                return [one.file_id for one in news]
            self._columns, met = self._columns.with_moves(moved)
        return [one.file_id for one in news if one.moved is None or one.file_id not in met]

    def _note_changes(self, *, is_wide: bool) -> None:
        """Write down which files notes tell of that were not read yet."""
        since = self._read_until - (OTHER_CLOCKS if is_wide else NEAR_CLOCKS)
        new = [note for note in self._news_since(since) if note not in self._seen_notes]
        self._unread.extend(self._changed_files(new))
        self._seen_notes.update(new)
        if is_wide:
            self._seen_notes = set(filter(first_note_at(since).__le__, self._seen_notes.copy()))
            self._looked_widely_at = time.monotonic()

    def _merge(self, files: Sequence[CatalogFile], changed: Sequence[str]) -> None:
        if self._columns is not None and changed:
            self._columns = self._columns.with_changes(files, changed)
