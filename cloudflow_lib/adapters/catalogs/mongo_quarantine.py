"""
Sources in quarantine, in MongoDB: what stays for some days after its file has moved.

One that a migration leaves is a document of `quarantine`. A campaign leaves thousands, and some hundred of them at a
time are one document of `quarantine_groups`, with the range of names that they lie in: each by itself, with its
entries in two indexes, would cost a third of what its move does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import groupby, islice

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.ports.migration_book import QuarantinedSource

OF_EACH = ("migration_id", "file_id", "key", "version")
"""What a group says of each of its sources."""
GROUPS_READ = 4
"""So many at a time where their end is due: whoever asks for some wants no more than their sources."""


class MongoQuarantine(MongoShelves):
    """The collections `quarantine` and `quarantine_groups`."""

    def quarantine(self, source: QuarantinedSource) -> None:
        with answering():
            self._shelf("quarantine").replace_one({"_id": source.migration_id}, source_document(source), upsert=True)

    def quarantine_together(self, sources: Sequence[QuarantinedSource]) -> None:
        if sources:
            with answering():
                self._shelf("quarantine_groups").insert_one(_group_document(sources))

    def quarantined_at(
        self, location_id: str, after: str | None = None, upto: str | None = None
    ) -> Mapping[str, QuarantinedSource]:
        bounds = {"$gte": ""} if after is None else {"$gt": after}
        overlap: Document = {"last": bounds}
        if upto is not None:
            bounds = {**bounds, "$lte": upto}
            overlap["first"] = {"$lte": upto}
        found = self._found_at(location_id, bounds, overlap)
        within = [one for one in found if (after is None or one.key > after) and (upto is None or one.key <= upto)]
        return {source.key: source for source in sorted(within, key=lambda source: source.turn)}

    def quarantined_until(self, location_id: str, key: str) -> datetime | None:
        found = self._found_at(location_id, key, {"first": {"$lte": key}, "last": {"$gte": key}})
        return max((source.until for source in found if source.key == key), default=None)

    def _found_at(self, location_id: str, keys: str | Document, overlap: Document) -> list[QuarantinedSource]:
        """Return the single sources whose key fits *keys*, and all of each group that fits *overlap*."""
        with answering():
            alone = self._shelf("quarantine").find({"location_id": location_id, "key": keys})
            found = [_source_of(document) for document in alone]
            groups = self._shelf("quarantine_groups").find({"location_id": location_id, **overlap})
            return [*found, *(source for group in groups for source in _sources_of(group))]

    def expired_quarantine(
        self, now: datetime, limit: int = 1000, *, after: QuarantinedSource | None = None
    ) -> Sequence[QuarantinedSource]:
        with answering():
            due = merge(self._single_due(now, limit, after), self._grouped_due(now, after), key=lambda one: one.turn)
            return list(islice(due, limit))

    def _single_due(self, now: datetime, limit: int, after: QuarantinedSource | None) -> Iterator[QuarantinedSource]:
        due = _due(now, after, "$gt")
        for document in self._shelf("quarantine").find(due).sort([("until", 1), ("_id", 1)]).limit(limit):
            yield _source_of(document)

    def _grouped_due(self, now: datetime, after: QuarantinedSource | None) -> Iterator[QuarantinedSource]:
        groups = self._shelf("quarantine_groups").find(_due(now, after, "$gte")).sort([("until", 1), ("_id", 1)])
        for group in groups.batch_size(GROUPS_READ):
            found = sorted(_sources_of(group), key=lambda one: one.turn)
            yield from (one for one in found if after is None or one.turn > after.turn)

    def forget_quarantine(self, migration_id: str) -> None:
        with answering():
            self._shelf("quarantine").delete_one({"_id": migration_id})

    def forget_quarantines(self, sources: Sequence[QuarantinedSource]) -> None:
        alone = [source.migration_id for source in sources if source.group is None]
        for few in in_groups(alone, FEW_IDS):
            with answering():
                self._shelf("quarantine").delete_many({"_id": {"$in": list(few)}})
        grouped = sorted((source for source in sources if source.group is not None), key=lambda one: one.turn[1:])
        for group, some in groupby(grouped, key=lambda one: one.group):
            ended = {"migration_id": {"$in": [source.migration_id for source in some]}}
            with answering():
                self._shelf("quarantine_groups").update_one({"_id": group}, {"$pull": {"sources": ended}})
                self._shelf("quarantine_groups").delete_one({"_id": group, "sources": []})


def _due(now: datetime, after: QuarantinedSource | None, behind: str) -> Document:
    """Return what finds documents whose time is over, from *after* on; *behind* says whether its own comes again."""
    due: Document = {"until": {"$lte": now}}
    if after is not None:
        _, name, _ = after.turn
        due["until"]["$gte"] = after.until
        due["$or"] = [{"until": {"$gt": after.until}}, {"until": after.until, "_id": {behind: name}}]
    return due


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


def _group_document(sources: Sequence[QuarantinedSource]) -> Document:
    """Raise ValueError if they have not in common what a group has."""
    [(group, location_id, until)] = {(one.group, one.location_id, one.until) for one in sources}
    keys = [source.key for source in sources]
    return {
        "_id": group,
        "v": SCHEMA,
        "location_id": location_id,
        "first": min(keys),
        "last": max(keys),
        "until": until,
        "sources": [{name: getattr(source, name) for name in OF_EACH} for source in sources],
    }


def _sources_of(group: Document) -> Iterator[QuarantinedSource]:
    for source in group["sources"]:
        yield QuarantinedSource(**source, location_id=group["location_id"], until=group["until"], group=group["_id"])
