"""The part ledger in MongoDB: a document per upload, and a small one per part that arrived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_documents import plain
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.domain.objects import UploadId
from cloudflow_lib.domain.uploads import PartNote, UploadEntry

ENTRY = TypeAdapter(UploadEntry)
NOTE = TypeAdapter(PartNote)


class MongoUploads(MongoShelves):
    """PartLedger in `uploads` and `upload_parts`: an object of ten thousand parts writes ten thousand small ones."""

    def last_upload(self, migration_id: str) -> UploadEntry | None:
        with answering():
            found = list(self._shelf("uploads").find({"migration_id": migration_id}))
            if not found:
                return None
            last = max(found, key=lambda document: int(document["attempt"]))
            notes = [NOTE.validate_python(part["note"]) for part in self._parts_of(last["_id"])]
        return _entry_of({**last, "parts": {note.part.number: note for note in notes}})

    def _parts_of(self, entry_id: str) -> list[Document]:
        return list(self._shelf("upload_parts").find({"upload": entry_id}))

    def open_upload(self, entry: UploadEntry) -> bool:
        document = plain(entry)
        del document["parts"], document["closed_at"]
        with answering():
            try:
                self._shelf("uploads").insert_one({"_id": entry.entry_id, "v": SCHEMA, "open": True, **document})
            except DuplicateKeyError:
                return False
        return True

    def name_upload(self, entry: UploadEntry, upload_id: UploadId) -> bool:
        nameless = {"_id": entry.entry_id, "open": True, "upload_id": {"$in": [None, upload_id]}}
        with answering():
            named = self._shelf("uploads").update_one(nameless, {"$set": {"upload_id": upload_id}})
        return named.matched_count == 1

    def note_part(self, entry: UploadEntry, note: PartNote) -> None:
        document = {"v": SCHEMA, "upload": entry.entry_id, "at": self._now(), "note": plain(note)}
        with answering():
            name = f"{entry.entry_id}/{note.part.number}"
            self._shelf("upload_parts").replace_one({"_id": name}, document, upsert=True)

    def close_upload(self, entry: UploadEntry, now: datetime) -> None:
        closed = {"$set": {"closed_at": now}, "$unset": {"open": 1}}
        with answering():
            self._shelf("uploads").update_one({"_id": entry.entry_id, "open": True}, closed)
            self._shelf("upload_parts").delete_many({"upload": entry.entry_id})

    def open_uploads(self, limit: int = 1000) -> Sequence[UploadEntry]:
        with answering():
            cursor = self._shelf("uploads").find({"open": True}).sort("begun_at", 1).limit(limit)
            return [_entry_of(document) for document in cursor]

    def closed_uploads(self, before: datetime, limit: int = 1000) -> Sequence[UploadEntry]:
        with answering():
            cursor = self._shelf("uploads").find({"closed_at": {"$lt": before}}).sort("closed_at", 1).limit(limit)
            return [_entry_of(document) for document in cursor]

    def forget_upload(self, entry: UploadEntry) -> None:
        with answering():
            self._shelf("uploads").delete_one({"_id": entry.entry_id})
            self._shelf("upload_parts").delete_many({"upload": entry.entry_id})


def _entry_of(document: Document) -> UploadEntry:
    return ENTRY.validate_python({name: value for name, value in document.items() if name not in {"_id", "v", "open"}})
