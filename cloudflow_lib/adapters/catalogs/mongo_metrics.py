"""What was measured, in MongoDB: a document per page, in which each user's part can be read alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import Binary
from pymongo.errors import DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.domain.performance import Cell, Cells, Gauge, Page, Series, Slice
from cloudflow_lib.domain.sketches import Sketch

USER = "u"
"""Stands before a user's name in hexadecimal: names may hold dots and dollars, names of fields must not."""


class MongoMetrics(MongoShelves):
    """MetricBook in `metrics`."""

    def metric_pages(self, start: datetime) -> Sequence[Page]:
        with answering():
            found = list(self._shelf("metrics").find({"at": start}))
        return sorted(map(_page, found), key=lambda page: page.number)

    def save_metric_page(self, page: Page) -> bool:
        document = document_of(page)
        with answering():
            if page.fence == 0:
                try:
                    self._shelf("metrics").insert_one(document)
                except DuplicateKeyError:
                    return False
            else:
                mine = {"_id": document["_id"], "fence": page.fence}
                if not self._shelf("metrics").replace_one(mine, document).matched_count:
                    return False
        page.fence += 1
        return True

    def metrics_between(self, since: datetime, until: datetime, *, owner: str | None = None) -> Iterator[Slice]:
        fields = ["at", "total", "gauges"] if owner is None else ["at", f"users.{_field(owner)}"]
        for document in self._pages_between(since, until, fields):
            told = document.get("total", ()) if owner is None else document.get("users", {}).get(_field(owner), ())
            yield Slice(document["at"], _cells(told), _gauges(document.get("gauges", ())))

    def metrics_by_user(self, since: datetime, until: datetime) -> Iterator[tuple[str, Cells]]:
        for document in self._pages_between(since, until, ["at", "users"]):
            for name, rows in document.get("users", {}).items():
                yield _user(name), _cells(rows)

    def _pages_between(self, since: datetime, until: datetime, fields: Sequence[str]) -> list[Document]:
        wanted = {"at": {"$gte": since, "$lt": until}}
        with answering():
            found = list(self._shelf("metrics").find(wanted, dict.fromkeys(fields, 1)))
        return sorted(found, key=lambda document: (document["at"], document["_id"]))


def document_of(page: Page) -> Document:
    """Return *page* as it is stored, one store later."""
    return {
        "_id": f"{page.start:%Y-%m-%dT%H:%MZ}/{page.number:04d}",
        "v": SCHEMA,
        "at": page.start,
        "page": page.number,
        "fence": page.fence + 1,
        "seen": sorted(page.seen),
        "total": _rows(page.total),
        "users": {_field(user): _rows(cells) for user, cells in page.users.items()},
        "gauges": [[name, gauge.at, gauge.value] for name, gauge in sorted(page.gauges.items())],
    }


def _page(document: Document) -> Page:
    return Page(
        start=document["at"],
        number=document["page"],
        fence=document["fence"],
        seen=set(document["seen"]),
        total=_cells(document["total"]),
        users={_user(name): _cells(rows) for name, rows in document["users"].items()},
        gauges=dict(_gauges(document["gauges"])),
    )


def _rows(cells: Cells) -> list[list[Any]]:
    return [
        [*series, cell.count, cell.failed, cell.size_bytes, cell.micros, cell.slowest, Binary(cell.durations.pack())]
        for series, cell in sorted(cells.items())
    ]


def _cells(rows: Sequence[Sequence[Any]]) -> Cells:
    cells: Cells = {}
    for *name, count, failed, size_bytes, micros, slowest, packed in rows:
        cells[Series(*name)] = Cell(count, failed, size_bytes, micros, slowest, Sketch.unpack(packed))
    return cells


def _gauges(rows: Sequence[tuple[str, datetime, float]]) -> Mapping[str, Gauge]:
    return {name: Gauge(at, value) for name, at, value in rows}


def _field(user: str) -> str:
    return USER + user.encode().hex()


def _user(field: str) -> str:
    return bytes.fromhex(field.removeprefix(USER)).decode()
