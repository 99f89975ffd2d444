"""Sources in quarantine, in MongoDB: what stays for some days after its file has moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo.errors import BulkWriteError

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import duplicates
from cloudflow_lib.ports.migration_book import QuarantinedSource


class MongoQuarantine(MongoShelves):
    """The collection `quarantine`."""

    def quarantine(self, source: QuarantinedSource) -> None:
        with answering():
            self._shelf("quarantine").replace_one({"_id": source.migration_id}, source_document(source), upsert=True)

    def quarantined_at(
        self, location_id: str, after: str | None = None, upto: str | None = None
    ) -> Mapping[str, QuarantinedSource]:
        bounds = {"$gte": ""} if after is None else {"$gt": after}
        if upto is not None:
            bounds["$lte"] = upto
        with answering():
            cursor = self._shelf("quarantine").find({"location_id": location_id, "key": bounds})
            found = [_source_of(document) for document in cursor]
        return {source.key: source for source in sorted(found, key=lambda source: source.until)}

    def expired_quarantine(
        self, now: datetime, limit: int = 1000, *, after: QuarantinedSource | None = None
    ) -> Sequence[QuarantinedSource]:
        due: Document = {"until": {"$lte": now}}
        if after is not None:
            due["until"]["$gte"] = after.until
            due["$or"] = [{"until": {"$gt": after.until}}, {"until": after.until, "_id": {"$gt": after.migration_id}}]
        with answering():
            cursor = self._shelf("quarantine").find(due).sort([("until", 1), ("_id", 1)]).limit(limit)
            return [_source_of(document) for document in cursor]

    def quarantined_until(self, location_id: str, key: str) -> datetime | None:
        with answering():
            cursor = self._shelf("quarantine").find({"location_id": location_id, "key": key}, {"until": 1})
            return max((document["until"] for document in cursor), default=None)

    def forget_quarantine(self, migration_id: str) -> None:
        with answering():
            self._shelf("quarantine").delete_one({"_id": migration_id})

    def quarantine_many(self, sources: Sequence[QuarantinedSource]) -> None:
        if sources:
            with answering():
                try:
                    self._shelf("quarantine").insert_many(
                        [{"_id": one.migration_id, **source_document(one)} for one in sources], ordered=False
                    )
                except BulkWriteError as error:
                    for index in duplicates(error):  # written before a restart: its time begins now
                        self.quarantine(sources[index])

    def forget_quarantines(self, migration_ids: Sequence[str]) -> None:
        for few in in_groups(migration_ids, FEW_IDS):
            with answering():
                self._shelf("quarantine").delete_many({"_id": {"$in": list(few)}})


def source_document(source: QuarantinedSource) -> Document:
    """Return *source* as it is stored, without its id."""
    return {
        "v": SCHEMA,
        "file_id": source.file_id,
        "location_id": source.location_id,
        "key": source.key,
        "version": source.version,
        "until": source.until,
    }


def _source_of(document: Document) -> QuarantinedSource:
    return QuarantinedSource(
        migration_id=document["_id"],
        file_id=document["file_id"],
        location_id=document["location_id"],
        key=document["key"],
        version=document["version"],
        until=document["until"],
    )
