"""Looking through migrations in MongoDB, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from cloudflow_lib.adapters.catalogs.mongo_documents import migration_of
from cloudflow_lib.adapters.catalogs.mongo_shelves import Document, MongoShelves, answering
from cloudflow_lib.domain.migrations import Migration
from cloudflow_lib.domain.move_listing import UNFINISHED, MovePosition, MoveQuery, move_position_behind
from cloudflow_lib.ports.migration_book import MigrationPage, migration_page

BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=30))
"""Closed ranges from narrow to wide: a server that sorts all it finds still reads little."""
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class MongoMoveFinder(MongoShelves):
    """The part of MigrationBook that lists."""

    def find_migrations(self, query: MoveQuery, *, cursor: str | None = None, limit: int = 100) -> MigrationPage:
        behind = move_position_behind(cursor) if cursor else None
        found: Sequence[Migration] = ()
        for since in self._since(query, behind):
            found = self._newest(query, since, behind, limit + 1)
            if len(found) > limit:
                break
        return migration_page(found, limit)

    def recent_migrations(self, *, owner: str | None = None, limit: int = 50) -> Sequence[Migration]:
        return self.find_migrations(MoveQuery(owner=owner), limit=limit).migrations

    def _since(self, query: MoveQuery, behind: MovePosition | None) -> Iterator[datetime]:
        if query.batch_id is None and query.file_id is None:  # those have an index of their own, and are few
            newest = behind.opened_at if behind else self._now()
            yield from (newest - back for back in BACK)
        yield ALWAYS

    def _newest(
        self, query: MoveQuery, since: datetime, behind: MovePosition | None, limit: int
    ) -> Sequence[Migration]:
        matching = _matching(query)
        matching["opened_at"] = {"$gte": since}
        if behind is not None:
            matching["opened_at"]["$lte"] = behind.opened_at
            matching["$or"] = [{"opened_at": {"$lt": behind.opened_at}}, {"_id": {"$lt": behind.migration_id}}]
        with answering():
            cursor = self._shelf("migrations").find(matching, {"outbox": 0})
            documents = list(cursor.sort([("opened_at", -1), ("_id", -1)]).limit(limit))
        return [migration_of(document) for document in documents]


def _matching(query: MoveQuery) -> Document:
    wanted = {"owner": query.owner, "batch_id": query.batch_id, "file_id": query.file_id}
    matching: Document = {name: value for name, value in wanted.items() if value is not None}
    if query.states:
        matching["state"] = {"$in": sorted(state.value for state in query.states)}
    if query.states and query.states <= UNFINISHED:
        matching["running"] = True  # few, and with an index
    return matching
