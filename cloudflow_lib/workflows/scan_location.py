"""
Bring the catalogue up to date with what lies in one location.

The listing and the catalogue are read side by side, page by page, in the order of names; only
differences are written. What lies behind a break of the listing is never taken for vanished.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.locations import Location
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.domain.scanning import FileUpdate, ScanCounts, ScanView, plan_scan_page
from cloudflow_lib.errors import StoreError
from cloudflow_lib.ports.catalogs import Catalog, FileChange
from cloudflow_lib.ports.clock import Clock
from cloudflow_lib.ports.stores import ObjectLister, StoreOpener
from cloudflow_lib.workflows.promised_copies import PromisedCopies

T = TypeVar("T")
Page = tuple[Sequence[ObjectInfo], Sequence[CatalogFile], ScanView]

TAIL = 5000
"""How many files behind the last listed one are read at a time."""


@dataclass(slots=True, kw_only=True)
class ScanReport(ScanCounts):
    """What a scan found."""

    seconds: float = 0.0


def scan_location(location_id: str, *, catalog: Catalog, open_store: StoreOpener, clock: Clock) -> ScanReport:
    """
    Catalogue what is new, note what changed, returned or vanished; an unchanged location writes nothing.

    Raises:
        StoreError: The listing broke off; what was found before the break is catalogued.
    """
    began = time.monotonic()
    view = ScanView(location=catalog.location(location_id), started_at=clock())
    report, signposts = ScanReport(), list[str]()
    for page in _read_ahead(_pages(view, open_store(location_id), catalog)):
        plan = plan_scan_page(*page)
        if listed := page[0]:
            signposts.append(listed[-1].key)
        if plan.inserts:
            plan.counts.note_inserted(catalog.insert_files(plan.inserts))
        if plan.updates:
            catalog.update_files([_as_change(update) for update in plan.updates])
        report.add(plan.counts)
    catalog.set_signposts(location_id, signposts)
    report.seconds = round(time.monotonic() - began, 3)
    return report


def _pages(view: ScanView, store: ObjectLister, catalog: Catalog) -> Iterator[Page]:
    """Yield each page of the listing with what is known of its range, then the files behind the last page."""
    location, last = view.location, None
    promises = PromisedCopies(location.location_id, catalog)
    for listed in store.list_pages(location.prefix):
        if listed:
            _require_order(location, last, listed)
            upto = listed[-1].key
            # In this order: a migration puts its source into quarantine before its file leaves. What was promised
            # and is switched meanwhile has its address by then, and nobody else can take that.
            known = catalog.files_between(location.location_id, last, upto)
            sources = catalog.quarantined_at(location.location_id, last, upto)
            there = {file.key for file in known if file.state is FileState.PRESENT}
            unknown = [info for info in listed if info.key not in there]
            quarantined = {key: source.version for key, source in sources.items()}
            yield listed, known, replace(view, quarantined=quarantined, promised=promises.among(unknown))
            last = upto
    while behind := catalog.files_between(location.location_id, last, None, limit=TAIL):
        yield (), behind, view
        last = behind[-1].key


def _require_order(location: Location, last: str | None, listed: Sequence[ObjectInfo]) -> None:
    """Refuse a listing that would make files look vanished because it is out of order."""
    keys = [info.key for info in listed] if last is None else [last, *(info.key for info in listed)]
    for before, after in pairwise(keys):
        if before >= after:
            raise StoreError(f"{location.location_id} lists {after!r} behind {before!r}: it is out of order")


def _as_change(update: FileUpdate) -> FileChange:
    file = update.file
    return FileChange(
        file_id=file.file_id,
        expected_version=file.version,
        expected_tier=file.tier,
        changed=update.changed,
        event=update.event,
        expected_place=(file.location_id, file.key),
    )


def _read_ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield *items*, reading the next one while the last is worked on."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="scan") as reader:
        ahead = reader.submit(next, items, None)
        while (item := ahead.result()) is not None:
            ahead = reader.submit(next, items, None)
            yield item
