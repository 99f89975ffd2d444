"""Signs of life that migrations give, in MongoDB: who writes, how far it is, and which of them rest."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from cloudflow_lib.adapters.catalogs.mongo_documents import migration_of
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, Document, MongoShelves, answering
from cloudflow_lib.domain.migrations import Migration
from cloudflow_lib.errors import CatalogError, LostRaceError
from cloudflow_lib.ports.migration_book import may_wait

log = logging.getLogger(__name__)


class MongoSigns(MongoShelves):
    """
    The part of MigrationBook that tells whether somebody is at work, in `migrations`.

    `moved_at` is when the last step was written, `alive_at` when progress was noted: a step writes the one and
    leaves the other, so that the end of a migration is no sign that its writer lives.
    """

    def stale_migrations(
        self, before: datetime, limit: int = 1000, *, abandoned: datetime | None = None
    ) -> Sequence[Migration]:
        resting = {"running": True, "moved_at": {"$lt": before}, "alive_at": {"$not": {"$gte": before}}}
        with answering():
            found = self._shelf("migrations").find(resting, {"outbox": 0}).sort("moved_at", 1)
            return list(islice(self._without_waiting(found, abandoned or before), limit))

    def _without_waiting(self, found: Iterator[Document], abandoned: datetime) -> Iterator[Migration]:
        """Leave out those whose run goes on, unless they were abandoned."""
        while some := list(islice(found, FEW_IDS)):
            wanted = list({document["batch_id"] for document in some})
            closed = self._shelf("batches").find({"_id": {"$in": wanted}, "closed_at": {"$ne": None}}, {"_id": 1})
            closed_ids = {document["_id"] for document in closed}
            for document in some:
                migration = migration_of(document)
                is_waiting = may_wait(migration) and migration.batch_id not in closed_ids
                if not is_waiting or _last_sign(document) < abandoned:
                    yield migration

    def begin_write(self, migration: Migration, writer: str, now: datetime) -> None:
        ours = {"_id": migration.migration_id, "fence": migration.fence}
        with answering():
            if self._shelf("migrations").update_one(ours, {"$set": {f"writers.{writer}": now}}).matched_count:
                return
        raise LostRaceError(f"migration {migration.migration_id} was advanced by somebody else: read it again")

    def end_write(self, migration_id: str, writer: str) -> None:
        with answering():
            self._shelf("migrations").update_one({"_id": migration_id}, {"$unset": {f"writers.{writer}": 1}})

    def is_being_written(self, migration_id: str, since: datetime) -> bool:
        wanted = {"writers": 1, "alive_at": 1}
        with answering():
            found = self._shelf("migrations").find_one({"_id": migration_id}, wanted) or {}
        begun = list(found.get("writers", {}).values())
        return bool(begun) and max(*begun, found.get("alive_at", since)) > since

    def note_progress(self, migration_id: str, copied_bytes: int) -> None:
        try:
            with answering():
                progress = {"$max": {"copied_bytes": copied_bytes}, "$set": {"alive_at": self._now()}}
                self._shelf("migrations").update_one({"_id": migration_id}, progress)
        except CatalogError as error:
            log.warning("catalog.progress_not_noted migration=%s error=%s", migration_id, error)


def _last_sign(document: Document) -> datetime:
    moved_at: datetime = document["moved_at"]
    alive_at: datetime = document.get("alive_at", moved_at)
    return max(moved_at, alive_at)
