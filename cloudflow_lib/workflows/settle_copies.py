"""What follows a proved copy, for many files at once: the catalogue first, then the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

from cloudflow_lib.domain.campaigns import Bundle, BundleFile, Campaign, Outcome
from cloudflow_lib.domain.events import FileMoved, FileNotMoved, MovedData, NotMovedData
from cloudflow_lib.domain.migrations import Address
from cloudflow_lib.errors import CloudFlowError, ObjectChangedError, ObjectNotFoundError
from cloudflow_lib.ports.campaign_book import FileMove
from cloudflow_lib.ports.migration_book import QuarantinedSource
from cloudflow_lib.workflows.bundle_copies import TAKEN, Copied
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.whose_copy import is_awaited, keys_of_others

REMOVALS_AT_ONCE = 16
SWEPT_AFTER = timedelta(days=1)
"""A source that should go at once and could not: the sweep removes it then."""
LOST = "it was changed, moved or held by a migration meanwhile: scan its location, then start a new campaign"
SWEPT_LATER = ("its source could not be removed now: sweep_leftovers removes it",)
SWITCHED_BEFORE = "switched before a restart, after its proof"


class Settlement:
    """One bundle's way from copies to outcomes."""

    def __init__(self, bundle: Bundle, campaign: Campaign, services: Services) -> None:
        self._bundle = bundle
        self._campaign = campaign
        self._services = services

    def carry_on(self) -> set[str]:
        """Finish the files that an earlier call had switched already, and return their ids."""
        waiting = {file.file_id: file for file in self._bundle.waiting}
        there = [
            Copied(file=waiting[file.file_id], version=file.version, proof=SWITCHED_BEFORE)
            for file in self._services.catalog.files_by_id(list(waiting))
            if (file.location_id, file.key) == (self._campaign.destination_location, waiting[file.file_id].target_key)
        ]
        self._finish(there, {})  # their quarantine may stand in any group: a sweep ends it
        return {copy.file.file_id for copy in there}

    def settle(self, copies: Sequence[Copied]) -> None:
        """Switch the files whose copies are proved, let their sources go, and write down how each file ended."""
        whole = [copy for copy in copies if copy.problem is None]
        taken = self._where_others_lie([copy for copy in whole if copy.was_there])
        proved = [copy for copy in whole if copy.file.target_key not in taken]
        catalog = self._services.catalog
        # Before the switch: from then on no scan may take a source for a new file.
        aside = self._put_aside(proved)
        moved = set(catalog.move_files([self._move(copy) for copy in proved]))
        moved -= self._taken_back([copy for copy in proved if copy.was_there and copy.file.file_id in moved])
        lost = [copy for copy in proved if copy.file.file_id not in moved]
        self._discard(lost, aside)
        self._finish([copy for copy in proved if copy.file.file_id in moved], aside)
        self.give_up(
            [(copy.file, LOST) for copy in lost]
            + [(copy.file, TAKEN) for copy in whole if copy.file.target_key in taken]
            + [(copy.file, str(copy.problem)) for copy in copies if copy.problem is not None]
        )

    def give_up(self, reasons: Sequence[tuple[BundleFile, str]]) -> None:
        """Write down and tell why each of these files was not moved."""
        outcomes = {
            file.file_id: Outcome(size_bytes=file.size_bytes, problem=f"{file.key}: {reason}")
            for file, reason in reasons
        }
        events = {file.file_id: self._not_moved(file, reason) for file, reason in reasons}
        self._services.catalog.note_outcomes(self._bundle.bundle_id, outcomes, events)

    def _where_others_lie(self, copies: Sequence[Copied]) -> frozenset[str]:
        """Return the target keys at which another file lies: with the same bytes it is met like a copy of ours."""
        wanted = {copy.file.target_key: copy.file.file_id for copy in copies}
        campaign = self._campaign
        return keys_of_others(campaign.destination_location, wanted, campaign.opened_at, self._services)

    def _finish(self, copies: Sequence[Copied], aside: Mapping[str, QuarantinedSource]) -> None:
        notes = self._remove_sources(copies, aside) if self._campaign.quarantine_days == 0 else {}
        outcomes = {
            copy.file.file_id: Outcome(
                size_bytes=copy.file.size_bytes,
                proof=copy.proof,
                notes=(*copy.notes, *notes.get(copy.file.file_id, ())),
            )
            for copy in copies
        }
        events = {copy.file.file_id: self._moved(copy) for copy in copies}
        self._services.catalog.note_outcomes(self._bundle.bundle_id, outcomes, events)

    def _put_aside(self, copies: Sequence[Copied]) -> Mapping[str, QuarantinedSource]:
        """Put the sources of *copies* into quarantine, and return what was written, by file id."""
        group = f"{self._bundle.bundle_id}/{uuid4().hex}"
        until = self._services.clock() + (timedelta(days=self._campaign.quarantine_days) or SWEPT_AFTER)
        aside = {
            copy.file.file_id: QuarantinedSource(
                migration_id=f"{self._bundle.bundle_id}/{copy.file.file_id}",
                file_id=copy.file.file_id,
                location_id=self._campaign.source_location,
                key=copy.file.key,
                version=copy.file.version,
                until=until,
                group=group,
            )
            for copy in copies
        }
        self._services.catalog.quarantine_together(list(aside.values()))
        return aside

    def _move(self, copy: Copied) -> FileMove:
        file, campaign = copy.file, self._campaign
        source = Address(
            location_id=campaign.source_location, key=file.key, version=file.version, storage_class=file.storage_class
        )
        target = Address(
            location_id=campaign.destination_location,
            key=file.target_key,
            version=copy.version,
            storage_class=file.target_class,
        )
        return FileMove(file_id=file.file_id, source=source, destination=target)

    def _moved(self, copy: Copied) -> FileMoved:
        data = MovedData(**self._way(copy.file), proof=copy.proof or "")
        return FileMoved(subject=copy.file.file_id, user=copy.file.owner, data=data)

    def _not_moved(self, file: BundleFile, reason: str) -> FileNotMoved:
        return FileNotMoved(subject=file.file_id, user=file.owner, data=NotMovedData(**self._way(file), reason=reason))

    def _way(self, file: BundleFile) -> Mapping[str, Any]:
        campaign = self._campaign
        return {
            "campaign_id": campaign.campaign_id,
            "source_location": campaign.source_location,
            "source_key": file.key,
            "destination_location": campaign.destination_location,
            "destination_key": file.target_key,
            "destination_class": file.target_class,
            "size_bytes": file.size_bytes,
        }

    def _discard(self, copies: Sequence[Copied], aside: Mapping[str, QuarantinedSource]) -> None:
        """Remove the copies of files that cannot be switched, if they still are what we wrote."""
        if not copies:
            return
        campaign = self._campaign
        store = self._services.open_store(campaign.destination_location)
        taken = self._where_others_lie(copies)
        # Read behind the refused switch: whoever holds a file only from now on finds the copy in its way.
        files = {file.file_id: file for file in self._services.catalog.files_by_id([c.file.file_id for c in copies])}
        for copy in copies:
            file, key = files.get(copy.file.file_id), copy.file.target_key
            if key in taken or (file and is_awaited(file, campaign.destination_location, key, self._services)):
                continue
            with suppress(ObjectChangedError, ObjectNotFoundError):
                store.delete(copy.file.target_key, if_version=copy.version)
        self._services.catalog.forget_quarantines([aside[copy.file.file_id] for copy in copies])

    def _taken_back(self, copies: Sequence[Copied]) -> set[str]:
        """
        Point those files at their sources again whose copies are gone, and return their ids.

        A copy that was met may have been that of a migration which was cancelled before the switch: it lets the file
        go once it has removed it.
        """
        with ThreadPoolExecutor(max_workers=REMOVALS_AT_ONCE, thread_name_prefix="look") as pool:
            gone = [copy for copy, stands in zip(copies, pool.map(self._stands, copies), strict=True) if not stands]
        moves = [self._move(copy) for copy in gone]
        back = [FileMove(file_id=one.file_id, source=one.destination, destination=one.source) for one in moves]
        return set(self._services.catalog.move_files(back))

    def _stands(self, copy: Copied) -> bool:
        try:
            self._services.open_store(self._campaign.destination_location).stat(copy.file.target_key)
        except ObjectNotFoundError:
            return False
        return True  # one that was replaced meanwhile keeps its source from being removed

    def _remove_sources(
        self, copies: Sequence[Copied], aside: Mapping[str, QuarantinedSource]
    ) -> Mapping[str, tuple[str, ...]]:
        """Delete the sources that still are what was copied; return notes on those that are not, by file id."""
        with ThreadPoolExecutor(max_workers=REMOVALS_AT_ONCE, thread_name_prefix="remove") as pool:
            notes = dict(zip([copy.file.file_id for copy in copies], pool.map(self._remove, copies), strict=True))
        ended = [source for file_id, source in aside.items() if notes.get(file_id, SWEPT_LATER) != SWEPT_LATER]
        self._services.catalog.forget_quarantines(ended)
        return notes

    def _remove(self, copy: Copied) -> tuple[str, ...]:
        source = self._services.open_store(self._campaign.source_location)
        target = self._services.open_store(self._campaign.destination_location)
        try:
            if target.stat(copy.file.target_key).version != copy.version:
                return ("the copy was replaced by somebody else; its source was kept",)
            source.delete(copy.file.key, if_version=copy.file.version)
        except ObjectChangedError:
            return ("the source was overwritten after it was copied; the new version was kept",)
        except CloudFlowError:
            return SWEPT_LATER
        return ()
