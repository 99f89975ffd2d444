"""Files that come in pieces, in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from pymongo import ReturnDocument

from cloudflow_lib.adapters.catalogs.mongo_documents import plain
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.domain.incoming import ResumableUpload
from cloudflow_lib.errors import NotFoundError

UPLOAD = TypeAdapter(ResumableUpload)


class MongoIncoming(MongoShelves):
    """IncomingBook in the collection `incoming`; the tail, less than a part, stands in the document itself."""

    def open_incoming(self, upload: ResumableUpload) -> None:
        with answering():
            self._shelf("incoming").insert_one({"_id": upload.upload_id, **_told(upload)})

    def incoming(self, upload_id: str) -> ResumableUpload:
        with answering():
            document = self._shelf("incoming").find_one({"_id": upload_id})
        if document is None:
            raise NotFoundError(f"there is no upload {upload_id!r}")
        return _upload_of(document)

    def lease_incoming(self, upload_id: str, *, now: datetime, until: datetime) -> ResumableUpload | None:
        free = {"_id": upload_id, "$or": [{"leased_until": None}, {"leased_until": {"$lte": now}}]}
        change = {"$set": {"leased_until": until}, "$inc": {"fence": 1}}
        with answering():
            shelf = self._shelf("incoming")
            document = shelf.find_one_and_update(free, change, return_document=ReturnDocument.AFTER)
        if document is None:
            self.incoming(upload_id)  # tells whether there is one at all
            return None
        return _upload_of(document)

    def save_incoming(self, upload: ResumableUpload) -> bool:
        held = {"_id": upload.upload_id, "fence": upload.fence}
        with answering():
            return self._shelf("incoming").update_one(held, {"$set": _told(upload)}).matched_count == 1

    def forget_incoming(self, upload_id: str) -> None:
        with answering():
            self._shelf("incoming").delete_one({"_id": upload_id})

    def count_incoming(self, user: str) -> int:
        with answering():
            return self._shelf("incoming").count_documents({"user": user, "file_id": None})

    def incoming_bytes(self, owner: str) -> int:
        with answering():
            found = self._shelf("incoming").find({"owner": owner, "file_id": None}, {"size_bytes": 1})
            return sum(document["size_bytes"] for document in found)

    def expired_incoming(self, now: datetime, limit: int = 1000) -> Sequence[ResumableUpload]:
        with answering():
            cursor = self._shelf("incoming").find({"expires_at": {"$lte": now}}, {"tail": 0}).sort("expires_at", 1)
            return [_upload_of(document) for document in cursor.limit(limit)]


def _told(upload: ResumableUpload) -> Document:
    document: Document = plain(upload)
    del document["upload_id"]
    return {"v": SCHEMA, **document}


def _upload_of(document: Document) -> ResumableUpload:
    known = {name: value for name, value in document.items() if name not in {"_id", "v"}}
    return UPLOAD.validate_python({**known, "upload_id": document["_id"]})
