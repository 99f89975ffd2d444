"""Single migrations in MongoDB: each step written once, each file held by one."""

from __future__ import annotations

from dataclasses import replace

from pymongo.errors import DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_addresses import MongoAddresses
from cloudflow_lib.adapters.catalogs.mongo_batches import HOLD, MongoBatches, why_not_held
from cloudflow_lib.adapters.catalogs.mongo_documents import file_of, migration_document, migration_of, waiting
from cloudflow_lib.adapters.catalogs.mongo_move_finder import MongoMoveFinder
from cloudflow_lib.adapters.catalogs.mongo_quarantine import MongoQuarantine, source_document
from cloudflow_lib.adapters.catalogs.mongo_shelves import Document, answering
from cloudflow_lib.adapters.catalogs.mongo_signs import MongoSigns
from cloudflow_lib.adapters.catalogs.pending import UNDECIDED, pending_quarantine
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.migrations import ENDED, TAKEN_BACK, Address, Migration, MigrationState
from cloudflow_lib.errors import LostRaceError, NotFoundError

SWITCH_ATTEMPTS = 5


class MongoMigrations(MongoBatches, MongoAddresses, MongoMoveFinder, MongoQuarantine, MongoSigns):
    """MigrationBook in `migrations`, and the hold each migration has on its file."""

    def migration(self, migration_id: str) -> Migration:
        return migration_of(self._migration_document(migration_id))

    def _migration_document(self, migration_id: str) -> Document:
        with answering():
            document = self._shelf("migrations").find_one({"_id": migration_id}, {"outbox": 0})
        if document is None:
            raise NotFoundError(f"there is no migration {migration_id!r}")
        return document

    def advance(self, before: Migration, after: Migration, event: Event) -> Migration:
        took_file = False
        if after.state is MigrationState.QUEUED and before.state is not MigrationState.QUEUED:
            took_file = self._hold_again(after)
        stored = replace(after, fence=before.fence + 1)
        update: Document = {
            "$set": {**migration_document(stored), "moved_at": self._now(), "last_event_id": event.id},
            "$push": {"outbox": waiting(event)},
        }
        if stored.state is MigrationState.QUEUED:
            update["$set"]["opened_at"] = stored.timestamps[MigrationState.QUEUED]  # tried again: among the newest
        if stored.state in ENDED - TAKEN_BACK:  # those end when their file is let go
            update["$unset"] = {"running": 1}
        else:
            update["$set"]["running"] = True
        self._announce("migrations", [(before.migration_id, event.id)])
        written = self._written(before, stored, update)
        if written is None:
            if took_file:
                self._let_ended_go([before])  # the migration may have come to its end meanwhile
            raise LostRaceError(f"migration {before.migration_id} was advanced by somebody else: read it again")
        if written.state is MigrationState.QUEUED:
            self._keep_hold(written)
        return written

    def _written(self, before: Migration, stored: Migration, update: Document) -> Migration | None:
        """Write the step, once, and return what is stored; None if somebody else was faster."""
        with answering():
            mine = {"_id": before.migration_id, "fence": before.fence}
            if self._shelf("migrations").update_one(mine, update).matched_count:
                return stored
        found = self._migration_document(before.migration_id)
        is_ours = found["fence"] == stored.fence and found.get("last_event_id") == update["$set"]["last_event_id"]
        return migration_of(found) if is_ours else None  # ours: the answer got lost

    def _hold_again(self, migration: Migration) -> bool:
        """Hold the file, and return whether it was free: else it is not ours to let go, should somebody be faster."""
        free = {"_id": migration.file_id, "migration_id": None}
        ours = {"_id": migration.file_id, "migration_id": migration.migration_id}
        hold = {"$set": {"migration_id": migration.migration_id, "move_fence": migration.fence}}
        failed = {"_id": migration.migration_id, "fence": migration.fence}
        with answering():
            # First of all: a sweep finds it then and lets the file go, should nobody come to the step itself.
            running = {"$set": {"running": True, "moved_at": self._now()}}
            if not self._shelf("migrations").update_one(failed, running).matched_count:
                return False  # somebody else was faster, or we were, and the answer got lost
            if self._shelf("files").update_one(free, hold).matched_count:
                return True
            if self._shelf("files").update_one(ours, hold).matched_count:
                return False
            document = self._shelf("files").find_one({"_id": migration.file_id}, {"migration_id": 1})
            self._shelf("migrations").update_one(failed, {"$unset": {"running": 1}})
        holders = {document["_id"]: document.get("migration_id")} if document else {}
        raise LostRaceError(why_not_held(migration.file_id, holders))

    def _keep_hold(self, queued: Migration) -> None:
        """Keep the file from a late release of the try before; one that came first is made good."""
        free_or_ours = {"_id": queued.file_id, "migration_id": {"$in": [None, queued.migration_id]}}
        hold = {"$set": {"migration_id": queued.migration_id, "move_fence": queued.fence}}
        with answering():
            self._shelf("files").update_one(free_or_ours, hold)

    def switch_file(self, migration: Migration) -> None:
        target = migration.destination
        held = {
            "_id": migration.file_id,
            "migration_id": migration.migration_id,
            "location_id": migration.source.location_id,
            "key": migration.source.key,
            "version": migration.source.version,
            "state": FileState.PRESENT.value,
            "move_fence": {"$not": {"$gt": migration.fence}},
        }
        there = self._placed(target)
        moved = {"$set": {**there, "move_fence": migration.fence}}
        del there["placed_at"]
        if not migration.stays_in_place:
            self._quarantine_pending(migration)
        for _ in range(SWITCH_ATTEMPTS):
            with answering():
                try:
                    if target.version is not None and self._shelf("files").update_one(held, moved).matched_count:
                        self._tell_changed([migration.file_id])
                        return
                except DuplicateKeyError:
                    self._make_room(target)
                    continue
                switched = {"_id": migration.file_id, "migration_id": migration.migration_id, **there}
                if target.version is not None and self._shelf("files").find_one(switched, {"_id": 1}):
                    self._tell_changed([migration.file_id])  # an earlier call may not have come so far
                    return
            self._end_pending(migration)
            raise LostRaceError(f"file {migration.file_id} changed since it was migrated: plan it again")
        raise LostRaceError(f"{target.location_id}/{target.key} does not come to rest: try again later")

    def _placed(self, at: Address) -> Document:
        return {
            "location_id": at.location_id,
            "key": at.key,
            "version": at.version,
            "storage_class": at.storage_class,
            "placed_at": self._now(),
        }

    def withdraw_file(self, migration: Migration) -> bool:
        there = {"location_id": migration.destination.location_id, "key": migration.destination.key}
        held = {"_id": migration.file_id, "migration_id": migration.migration_id}
        older = {**held, "move_fence": {"$not": {"$gte": migration.fence}}}
        ours = {**held, **there, "move_fence": migration.fence}
        with answering():
            # First of all: from here on nobody with an older fence can switch.
            self._shelf("files").update_one(older, {"$set": {"move_fence": migration.fence}})
        for _ in range(SWITCH_ATTEMPTS):
            with answering():
                try:
                    self._shelf("files").update_one(ours, {"$set": self._placed(migration.source)})
                    break
                except DuplicateKeyError:
                    pass
            if not self._make_way([migration.source]):
                break
        self._tell_changed([migration.file_id])
        with answering():
            return self._shelf("files").find_one({"_id": migration.file_id, **there}, {"_id": 1}) is None

    def _make_room(self, target: Address) -> None:
        if not self._make_way([target]):
            raise LostRaceError(
                f"another object is catalogued at {target.location_id}/{target.key}: scan it, then ask again"
            )

    def _quarantine_pending(self, migration: Migration) -> None:
        first = source_document(pending_quarantine(migration))
        with answering():
            self._shelf("quarantine").update_one({"_id": migration.migration_id}, {"$setOnInsert": first}, upsert=True)

    def _end_pending(self, migration: Migration) -> None:
        """End the quarantine of a switch that was refused, unless whoever lets the file go will do so."""
        held = {"_id": migration.file_id, "migration_id": migration.migration_id}
        with answering():
            if self._shelf("files").find_one(held, {"_id": 1}) is None:
                self._shelf("quarantine").delete_one({"_id": migration.migration_id, "until": UNDECIDED})

    def release_file(self, migration: Migration) -> None:
        # In this order: a switch that comes too late finds the file let go, or its quarantine is ended here.
        of_this_try = {
            "_id": migration.file_id,
            "migration_id": migration.migration_id,
            "move_fence": {"$not": {"$gt": migration.fence}},
        }
        with answering():
            self._shelf("files").update_one(of_this_try, {"$unset": HOLD})
        self._end_pending(migration)
        with answering():
            if migration.state in TAKEN_BACK:
                ended = {"_id": migration.migration_id, "fence": migration.fence}
                self._shelf("migrations").update_one(ended, {"$unset": {"running": 1}})

    def hold_file(self, file_id: str, migration_id: str) -> CatalogFile | None:
        free = {"_id": file_id, "migration_id": {"$in": [None, migration_id]}}
        hold = {"$set": {"migration_id": migration_id}}
        with answering():
            self._shelf("files").update_one(free, hold)
            found = self._shelf("files").find_one({"_id": file_id}, {"outbox": 0})
        if found is None:
            raise NotFoundError(f"there is no file {file_id!r}")
        return file_of(found) if found.get("migration_id") == migration_id else None

    def let_file_go(self, file_id: str, migration_id: str) -> None:
        with answering():
            self._shelf("files").update_one({"_id": file_id, "migration_id": migration_id}, {"$unset": HOLD})
