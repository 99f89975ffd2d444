"""Files in MongoDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any
from uuid import uuid4

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from cloudflow_lib.adapters.catalogs.mongo_changes import Change, change_requests
from cloudflow_lib.adapters.catalogs.mongo_documents import file_document, file_of, in_groups, waiting
from cloudflow_lib.adapters.catalogs.mongo_news import MongoNews
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_signposts import MongoSignposts
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting, duplicates
from cloudflow_lib.adapters.catalogs.mongo_walks import present, walk_files
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.catalogs import FileChange, FilePage, TierTotal

NewFile = tuple[CatalogFile, Event | None]

PIECE = 2000


class MongoFiles(MongoWaiting, MongoNews, MongoSignposts):
    """
    FileBook in the collection `files`; `owners` remembers whose files there are.

    Files are read with their outboxes: those are empty nearly always, and leaving them out costs the embedded server a
    copy of every document, a sixth of a page.
    """

    def __init__(self, url: str, database: str, timeout_ms: int = 20_000) -> None:
        super().__init__(url, database, timeout_ms)
        self._known_owners: set[str] = set()

    def file(self, file_id: str) -> CatalogFile:
        with answering():
            document = self._shelf("files").find_one({"_id": file_id})
        if document is None:
            raise NotFoundError(f"there is no file {file_id!r}")
        return file_of(document)

    def files_by_id(self, file_ids: Sequence[str]) -> Sequence[CatalogFile]:
        found = {file.file_id: file for file in map(file_of, self._documents_in("_id", file_ids))}
        return [found[file_id] for file_id in dict.fromkeys(file_ids) if file_id in found]

    def file_ids_at(self, location_id: str, keys: Sequence[str]) -> Mapping[str, str]:
        storable = [key for key in keys if key.isascii() or _is_unicode(key)]
        found = self._documents_in("key", storable, {"location_id": location_id})
        return {document["key"]: document["_id"] for document in found}

    def _documents_in(
        self, field: str, values: Sequence[str], fixed: Mapping[str, str] | None = None
    ) -> Iterator[Document]:
        for few in in_groups(list(dict.fromkeys(values)), FEW_IDS):
            with answering():
                yield from list(self._shelf("files").find({**(fixed or {}), field: {"$in": few}}))

    def files_between(
        self, location_id: str, after: str | None, upto: str | None, *, limit: int | None = None
    ) -> Sequence[CatalogFile]:
        bounds = {"$gte": ""} if after is None else {"$gt": after}
        if upto is not None:
            bounds["$lte"] = upto
        with answering():
            cursor = self._shelf("files").find({"location_id": location_id, "key": bounds})
            if limit is not None:
                cursor = cursor.sort("key").limit(limit)
            found = [file_of(document) for document in cursor]
        return sorted(found, key=lambda file: file.key)

    def insert_files(self, files: Sequence[NewFile]) -> int:
        self._remember_owners({file.owner for file, _ in files})
        refused = self._insert(files)
        if not refused:
            return len(files)
        # An id that is taken by a file which has moved away is no reason to forget the new one.
        known = {file.file_id: file for file in self.files_by_id([file.file_id for file, _ in refused])}
        moved = [(file, event) for file, event in refused if _had_moved_away(known.get(file.file_id), file)]
        renamed = [_under_fresh_id(file, event) for file, event in moved]
        return len(files) - len(refused) + len(renamed) - len(self._insert(renamed))

    def _insert(self, files: Sequence[NewFile]) -> list[NewFile]:
        """Insert what can be inserted and return the rest."""
        documents = [{**file_document(file), "outbox": [waiting(event)] if event else []} for file, event in files]
        if not documents:
            return []
        self._announce("files", [(file.file_id, event.id) for file, event in files if event])
        with answering():
            try:
                self._shelf("files").insert_many(documents, ordered=False)
                refused = []
            except BulkWriteError as error:
                refused = [files[index] for index in duplicates(error)]
        self._tell_changed([file.file_id for file, _ in files])
        return refused

    def _remember_owners(self, owners: set[str]) -> None:
        if new := owners - self._known_owners:
            requests = [UpdateOne({"_id": owner}, {"$set": {"v": SCHEMA}}, upsert=True) for owner in sorted(new)]
            with answering():
                self._shelf("owners").bulk_write(requests, ordered=False)
            self._known_owners |= new

    def update_files(self, changes: Sequence[FileChange]) -> int:
        self._remember_owners({str(change.changed["owner"]) for change in changes if "owner" in change.changed})
        requests = change_requests([_as_change(change) for change in changes])
        if not requests:
            return 0
        self._announce("files", [(change.file_id, change.event.id) for change in changes if change.event])
        with answering():
            modified = self._shelf("files").bulk_write(requests).modified_count
        self._tell_changed([change.file_id for change in changes])
        return modified

    def list_files(
        self,
        *,
        owner: str | None = None,
        location_id: str | None = None,
        tier: Tier | None = None,
        prefix: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> FilePage:
        owners = self._owners() if owner is None else [owner]
        matching = present(location_id, tier, prefix)
        pieces = walk_files(self._shelf("files"), owners, cursor or "", limit, matching)
        found = list(islice(chain.from_iterable(pieces), limit + 1))
        page = [file_of(document) for document in found[:limit]]
        return FilePage(files=page, next_cursor=page[-1].file_id if len(found) > limit else None)

    def iter_files(self, location_id: str | None = None) -> Iterator[Sequence[CatalogFile]]:
        for documents in walk_files(self._shelf("files"), self._owners(), "", PIECE, present(location_id)):
            yield [file_of(document) for document in documents]

    def _owners(self) -> Sequence[str]:
        with answering():
            return sorted(document["_id"] for document in self._shelf("owners").find())

    def totals(self, owner: str | None = None) -> Sequence[TierTotal]:
        matching = {"state": FileState.PRESENT.value} if owner is None else {"owner": owner}
        group = {name: f"${name}" for name in ("location_id", "owner", "tier", "storage_class")}
        stages: list[Mapping[str, Any]] = [
            {"$match": matching},
            {"$match": {"state": FileState.PRESENT.value}},
            {"$group": {"_id": group, "files": {"$sum": 1}, "size_bytes": {"$sum": "$size_bytes"}}},
        ]
        with answering():
            found = [
                TierTotal(
                    **{**document["_id"], "tier": Tier(document["_id"]["tier"])},
                    files=document["files"],
                    size_bytes=document["size_bytes"],
                )
                for document in self._shelf("files").aggregate(stages)
            ]
        return sorted(found, key=lambda total: (total.location_id, total.owner, total.tier, total.storage_class))


def _as_change(change: FileChange) -> Change:
    expected: dict[str, Any] = {"version": change.expected_version, "tier": change.expected_tier}
    if change.expected_place is not None:
        location_id, key = change.expected_place
        expected |= {"location_id": location_id, "key": key, "migration_id": None}
    return Change(document_id=change.file_id, expected=expected, changed=change.changed, event=change.event)


def _had_moved_away(old: CatalogFile | None, new: CatalogFile) -> bool:
    """Return whether the file that has the id of *new* had left its address when *new* was seen there."""
    if old is None:
        return False
    # One that vanished may have given its address up: whether it did, the index over addresses knows.
    if old.state is FileState.PRESENT and (old.location_id, old.key) == (new.location_id, new.key):
        return False
    return old.placed_at is None or old.placed_at < new.first_seen_at


def _under_fresh_id(file: CatalogFile, event: Event | None) -> NewFile:
    fresh = uuid4().hex
    return replace(file, file_id=fresh), event and event.model_copy(update={"subject": fresh})


def _is_unicode(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True
