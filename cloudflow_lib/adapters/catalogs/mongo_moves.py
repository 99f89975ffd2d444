"""Many files pointed at their copies at once."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.errors import BulkWriteError

from cloudflow_lib.adapters.catalogs.mongo_addresses import MongoAddresses
from cloudflow_lib.adapters.catalogs.mongo_changes import Change, change_requests
from cloudflow_lib.adapters.catalogs.mongo_news import Relocation
from cloudflow_lib.adapters.catalogs.mongo_shelves import answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import duplicates
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.migrations import Address
from cloudflow_lib.ports.campaign_book import FileMove


class MongoMoves(MongoAddresses):
    """The part of CampaignBook that moves files."""

    def move_files(self, moves: Sequence[FileMove]) -> Sequence[str]:
        pending = [move for move in moves if move.destination.version is not None]
        file_ids = [move.file_id for move in pending]
        changed = self._all_at_once(pending)
        if changed is None:
            # Addresses are taken. Mostly a scan came by between copy and switch, and took the copies for new files.
            self._make_way([move.destination for move in pending])
            if self._all_at_once(pending) is None:
                for move in pending:  # one by one, so that no other waits for what stays taken
                    self._all_at_once([move])
        if changed == len(pending):
            self._tell_changed(file_ids, {move.file_id: _relocation(move) for move in pending})
            return file_ids
        self._tell_changed(file_ids)
        there = {file.file_id: file for file in self.files_by_id(file_ids)}
        return [move.file_id for move in pending if _lies_at(there.get(move.file_id), move.destination)]

    def held_among(self, file_ids: Sequence[str]) -> frozenset[str]:
        # Mostly no migration runs, and then no file has to be read: each costs as much as a third of its move.
        with answering():
            running = self._shelf("migrations").find_one({"running": True}, {"_id": 1})
        if running is None:
            return frozenset()
        return frozenset(file.file_id for file in self.files_by_id(file_ids) if file.migration_id is not None)

    def _all_at_once(self, moves: Sequence[FileMove]) -> int | None:
        """Apply *moves* and return how many changed a file; None if an address was taken, with some applied perhaps."""
        requests = change_requests([self._as_change(move) for move in moves])
        if not requests:
            return 0
        with answering():
            try:
                return self._shelf("files").bulk_write(requests).modified_count
            except BulkWriteError as error:
                duplicates(error)
                return None

    def _as_change(self, move: FileMove) -> Change:
        source, target = move.source, move.destination
        expected = {
            "location_id": source.location_id,
            "key": source.key,
            "version": source.version,
            "state": FileState.PRESENT.value,
            "migration_id": None,
        }
        changed = {
            "location_id": target.location_id,
            "key": target.key,
            "version": target.version,
            "storage_class": target.storage_class,
            "placed_at": self._now(),
        }
        return Change(document_id=move.file_id, expected=expected, changed=changed)


def _relocation(move: FileMove) -> Relocation:
    target = move.destination
    return Relocation(
        left=move.source.location_id,
        location_id=target.location_id,
        key=target.key,
        storage_class=target.storage_class,
    )


def _lies_at(file: CatalogFile | None, place: Address) -> bool:
    if file is None:
        return False
    return (file.location_id, file.key, file.version) == (place.location_id, place.key, place.version)
