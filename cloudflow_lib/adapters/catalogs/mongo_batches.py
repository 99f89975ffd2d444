"""Batches of migrations in MongoDB: opened once, mailed once, closed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from cloudflow_lib.adapters.catalogs.mongo_changes import Change, change_requests
from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups, migration_document, migration_of, waiting
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting, duplicates
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.facts import migration_advanced
from cloudflow_lib.domain.migrations import ENDED, Migration, MigrationState
from cloudflow_lib.ports.migration_book import Refusal

HOLD = {"migration_id": 1, "move_fence": 1}
"""
What a file bears while a migration holds it.

`move_fence` is the fence of the migration when it last switched the file, took a switch back, or began anew.
"""


class MongoBatches(MongoWaiting):
    """The part of MigrationBook that concerns a whole run: `batches`, and the opening of its `migrations`."""

    def open_batch(self, batch_id: str, migrations: Sequence[Migration]) -> Sequence[Migration]:
        now = self._now()
        self._note_batch(batch_id)
        for some in in_groups(migrations, 1000):
            queued = [replace(one, timestamps={MigrationState.QUEUED: now, **one.timestamps}) for one in some]
            documents = [_opened(one, now) for one in queued]
            self._announce("migrations", [(document["_id"], document["outbox"][0]["id"]) for document in documents])
            with answering():
                try:
                    self._shelf("migrations").insert_many(documents, ordered=False)
                except BulkWriteError as error:
                    duplicates(error)  # opened before: what is stored counts
        self._hold_files([one for one in self.batch(batch_id) if _wants_its_file(one)], now)
        return self.batch(batch_id)

    def _hold_files(self, wanting: Sequence[Migration], now: datetime) -> None:
        holds = [
            Change(document_id=one.file_id, expected={"migration_id": None}, changed={"migration_id": one.migration_id})
            for one in wanting
        ]
        holders: dict[str, str | None] = {}
        with answering():
            if requests := change_requests(holds):
                self._shelf("files").bulk_write(requests)
            for few in in_groups(list({one.file_id for one in wanting}), FEW_IDS):
                for document in self._shelf("files").find({"_id": {"$in": few}}, {"migration_id": 1}):
                    holders[document["_id"]] = document.get("migration_id")
        refused = [one for one in wanting if holders.get(one.file_id) != one.migration_id]
        failed = [_refused(one, why_not_held(one.file_id, holders), now) for one in refused]
        events = [migration_advanced(one) for one in failed]
        self._announce("migrations", [(one.migration_id, event.id) for one, event in zip(failed, events, strict=True)])
        if failed:
            refusals = [_refusal(one, event, now) for one, event in zip(failed, events, strict=True)]
            with answering():
                self._shelf("migrations").bulk_write(refusals, ordered=False)
        self._let_ended_go([one for one in wanting if one not in refused])

    def _let_ended_go(self, held: Sequence[Migration]) -> None:
        """Undo a hold that came after its migration ended: possible when a batch is opened again meanwhile."""
        ids = [one.migration_id for one in held]
        with answering():
            for few in in_groups(ids, FEW_IDS):
                for document in self._shelf("migrations").find({"_id": {"$in": few}}, {"state": 1, "file_id": 1}):
                    if MigrationState(document["state"]) in ENDED:
                        held_by_it = {"_id": document["file_id"], "migration_id": document["_id"]}
                        self._shelf("files").update_one(held_by_it, {"$unset": HOLD})

    def batch(self, batch_id: str) -> Sequence[Migration]:
        with answering():
            found = [migration_of(document) for document in self._shelf("migrations").find({"batch_id": batch_id})]
        return sorted(found, key=lambda one: one.migration_id)

    def refuse_batch(self, batch_id: str, requested_by: str, reason: str) -> None:
        self._note_batch(batch_id, {"refusal": {"requested_by": requested_by, "reason": reason}})

    def refusal(self, batch_id: str) -> Refusal | None:
        with answering():
            document = self._shelf("batches").find_one({"_id": batch_id})
        return Refusal(**document["refusal"]) if document and "refusal" in document else None

    def close_batch(self, batch_id: str, events: Sequence[Event]) -> bool:
        self._note_batch(batch_id)
        update: Document = {"$set": {"closed_at": self._now()}}
        if events:
            update["$push"] = {"outbox": {"$each": [waiting(event) for event in events]}}
            self._announce("batches", [(batch_id, event.id) for event in events])
        with answering():
            return self._shelf("batches").update_one({"_id": batch_id, "closed_at": None}, update).modified_count == 1

    def _note_batch(self, batch_id: str, more: Document | None = None) -> None:
        first = {"v": SCHEMA, "opened_at": self._now(), **(more or {})}
        with answering():
            self._shelf("batches").update_one({"_id": batch_id}, {"$setOnInsert": first}, upsert=True)


def why_not_held(file_id: str, holders: Mapping[str, str | None]) -> str:
    """Return for a person why the file could not be held."""
    if file_id not in holders:
        return "the catalogue knows no such file: scan its location, then ask again"
    return f"another migration ({holders[file_id]}) holds this file: wait for its end, then ask again"


def _wants_its_file(migration: Migration) -> bool:
    return migration.state not in ENDED and migration.fence == 0


def _opened(migration: Migration, now: datetime) -> Document:
    return {
        "_id": migration.migration_id,
        **migration_document(migration),
        "opened_at": migration.timestamps[MigrationState.QUEUED],
        "moved_at": now,
        "running": True,
        "outbox": [waiting(migration_advanced(migration))],
    }


def _refused(migration: Migration, reason: str, now: datetime) -> Migration:
    return replace(
        migration,
        state=MigrationState.FAILED,
        error=reason,
        timestamps={**migration.timestamps, MigrationState.FAILED: now},
        fence=1,
    )


def _refusal(failed: Migration, event: Event, now: datetime) -> UpdateOne:
    return UpdateOne(
        {"_id": failed.migration_id, "fence": 0},
        {
            "$set": {**migration_document(failed), "moved_at": now, "last_event_id": event.id},
            "$unset": {"running": 1},
            "$push": {"outbox": waiting(event)},
        },
    )
