"""Who may have an address: at most one record, and a file that moved goes before what stands for its copy."""

from __future__ import annotations

from cloudflow_lib.adapters.catalogs.mongo_documents import RETIRED, file_of, waiting
from cloudflow_lib.adapters.catalogs.mongo_news import MongoNews
from cloudflow_lib.adapters.catalogs.mongo_shelves import Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting
from cloudflow_lib.domain.facts import file_vanished
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.migrations import Address


class MongoAddresses(MongoWaiting, MongoNews):
    """Addresses of records in `files`."""

    def _gives_way(self, target: Address) -> bool:
        """
        Take the address from a record that stands for the same copy, or for an object that is gone.

        Return False if it stands for another object. The record stays, as a vanished one.
        """
        with answering():
            place = {"location_id": target.location_id, "key": target.key}
            document = self._shelf("files").find_one(place, {"outbox": 0})
        if document is None:
            return True  # it left meanwhile
        file = file_of(document)
        if not file.gives_way_to(target.version):
            return False
        as_found = {**place, "_id": file.file_id, "version": file.version, "state": file.state.value}
        retired = f"{file.location_id}{RETIRED}{file.file_id}"
        update: Document = {"$set": {"location_id": retired, "state": FileState.VANISHED.value}}
        if file.state is FileState.PRESENT:
            event = file_vanished(file)
            self._announce("files", [(file.file_id, event.id)])
            update["$push"] = {"outbox": waiting(event)}
        with answering():
            self._shelf("files").update_one({**as_found, "migration_id": None}, update)
        self._tell_changed([file.file_id])
        return True
