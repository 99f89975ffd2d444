"""Who may have an address: at most one record, and a file that moved goes before what stands for its copy."""

from __future__ import annotations

from collections.abc import Sequence

from cloudflow_lib.adapters.catalogs.mongo_changes import Change, change_requests
from cloudflow_lib.adapters.catalogs.mongo_documents import RETIRED, file_of
from cloudflow_lib.adapters.catalogs.mongo_files import MongoFiles
from cloudflow_lib.adapters.catalogs.mongo_shelves import answering
from cloudflow_lib.domain.facts import file_vanished
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.migrations import Address


class MongoAddresses(MongoFiles):
    """Addresses of records in `files`."""

    def _make_way(self, targets: Sequence[Address]) -> bool:
        """
        Take these addresses from records that stand for the same copies, or for objects that are gone.

        Return False if one stands for another object. The records stay, as vanished ones.
        """
        wanted = {(target.location_id, target.key): target.version for target in targets}
        in_the_way = self._records_at(list(wanted))
        leaving = [file for file in in_the_way if file.gives_way_to(wanted[file.location_id, file.key])]
        changes = [_retire(file) for file in leaving]
        if changes:
            self._announce("files", [(change.document_id, change.event.id) for change in changes if change.event])
            with answering():
                self._shelf("files").bulk_write(change_requests(changes))
            self._tell_changed([change.document_id for change in changes])
        return len(leaving) == len(in_the_way)

    def _records_at(self, places: Sequence[tuple[str, str]]) -> list[CatalogFile]:
        found: list[CatalogFile] = []
        for location_id in {location_id for location_id, _ in places}:
            keys = [key for at, key in places if at == location_id]
            found += map(file_of, self._documents_in("key", keys, {"location_id": location_id}))
        return found


def _retire(file: CatalogFile) -> Change:
    expected = {
        "location_id": file.location_id,
        "key": file.key,
        "version": file.version,
        "state": file.state.value,
        "migration_id": None,
    }
    retired = {"location_id": f"{file.location_id}{RETIRED}{file.file_id}", "state": FileState.VANISHED.value}
    event = file_vanished(file) if file.state is FileState.PRESENT else None
    return Change(document_id=file.file_id, expected=expected, changed=retired, event=event)
