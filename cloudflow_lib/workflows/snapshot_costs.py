"""
Work out what a day cost, and keep it with its event; a day that comes out the same writes nothing.

Files count as they lie now, reads and new files as they were that day. Access logs come late: working
a day out again takes in what came meanwhile.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cloudflow_lib.domain.cost_days import CostDay, dollars
from cloudflow_lib.domain.day_bill import DayBill
from cloudflow_lib.domain.events import CostsChanged, Event
from cloudflow_lib.domain.events.costs import costs_changed, day_told
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.cost_day_book import CostDayBook
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)

PAGE = 1000
LOOKED_BACK = timedelta(days=31)
"""Who had costs within it and has no file any more costs nothing from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReport:
    """What was worked out."""

    day: str
    owners: int
    changed: int
    """Owners whose day was new or came out differently."""
    files: int
    unpriced: int
    usd: float
    seconds: float


def snapshot_costs(services: Services, day: date | None = None) -> SnapshotReport:
    """Work out what *day* cost every owner; None means yesterday, the last whole day of UTC."""
    began, now = time.monotonic(), services.clock()
    wanted = day or (now - timedelta(days=1)).date()
    bill, owners, files, unpriced = DayBill(wanted), set[str](), 0, 0
    for page in services.catalog.iter_files():
        for start in range(0, len(page), PAGE):
            some = page[start : start + PAGE]
            files += len(some)
            owners.update(file.owner for file in some)
            unpriced += _add(bill, some, wanted, services)
    days = [*bill.days(now), *_emptied(owners, wanted, now, services.catalog)]
    return SnapshotReport(
        day=wanted.isoformat(),
        owners=len(days),
        changed=sum(_keep(one, services.catalog) for one in days),
        files=files,
        unpriced=unpriced + bill.unpriced,
        usd=dollars(sum(one.nanodollars for one in days)),
        seconds=round(time.monotonic() - began, 3),
    )


def _add(bill: DayBill, files: Sequence[CatalogFile], day: date, services: Services) -> int:
    """Add files to the bill; return how many lie where nothing has a price."""
    reads = services.catalog.reads_of([file.file_id for file in files], day)
    unpriced = 0
    for location_id in dict.fromkeys(file.location_id for file in files):
        mine = [file for file in files if file.location_id == location_id]
        try:
            book = services.price_book(services.catalog.location(location_id))
        except NotFoundError:
            book = None
        if book is None:
            unpriced += len(mine)
        else:
            bill.add(mine, reads, book)
    return unpriced


def _emptied(present: Collection[str], day: date, at: datetime, book: CostDayBook) -> list[CostDay]:
    """Return a day without costs for whoever had some and has no file any more: what is not told is taken to go on."""
    since, before = day - LOOKED_BACK, day - timedelta(days=1)
    known = set(book.cost_owners(day, day)) | set(present)
    gone = [owner for owner in book.cost_owners(since, before) if owner not in known]
    return [
        CostDay(owner=owner, day=day, worked_out_at=at, lines=())
        for owner in gone
        if book.cost_days(since, before, owner=owner)[-1].lines
    ]


def _keep(day: CostDay, book: CostDayBook) -> bool:
    before = next(iter(book.cost_days(day.day, day.day, owner=day.owner)), None)
    return not day.says_the_same(before) and book.put_cost_day(day, costs_changed(day, before))


class CostKeeper:
    """
    The handler called `costs`: keeps the days that events tell of.

    Where the days were worked out they are kept already, and it changes nothing; an empty catalogue gets
    them back from the topic.
    """

    name = "costs"
    reads = (CostsChanged,)

    def __init__(self, book: CostDayBook) -> None:
        self._book = book

    def handle(self, events: Sequence[Event]) -> None:
        """Keep each day, unless a later version of it is known."""
        for event in events:
            if isinstance(event, CostsChanged):
                self._book.put_cost_day(day_told(event), None)
