"""Many different changes of documents in few updates, each applied only while its document is as expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo import UpdateMany

from cloudflow_lib.adapters.catalogs.mongo_documents import plain, waiting
from cloudflow_lib.adapters.catalogs.mongo_shelves import Document
from cloudflow_lib.domain.events import Event

ROWS = 25
"""
How many changes one update carries.

Each update waits once for the disk, and servers that compare ids one by one slow down with the square of their number.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one document must be like, and what it becomes."""

    document_id: str
    expected: Mapping[str, Any]
    """Field -> value; None also fits a field that is missing."""
    changed: Mapping[str, Any]
    event: Event | None = None


def change_requests(changes: Sequence[Change]) -> list[UpdateMany]:
    """
    Return the updates that make *changes*.

    One update carries many changes in a table of literals and looks up each document's row: servers
    spend most of a small update around it, so this is two to three times as fast as one update per
    document, and still each document's state and event change together.
    """
    return [_request(group) for group in _groups(changes)]


@dataclass(slots=True)
class _Group:
    changes: list[Change] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)


def _groups(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Yield groups of one shape without a repeated document: a table has one row for each."""
    filling: dict[tuple[object, ...], _Group] = {}
    for change in changes:
        shape = (*sorted(change.expected), change.event is None)
        group = filling.setdefault(shape, _Group())
        if change.document_id in group.ids or len(group.changes) >= ROWS:
            yield group.changes
            group = filling[shape] = _Group()
        group.changes.append(change)
        group.ids.add(change.document_id)
    for group in filling.values():
        yield group.changes


def _request(changes: Sequence[Change]) -> UpdateMany:
    ids, names = [change.document_id for change in changes], sorted(changes[0].expected)
    rows = [
        {
            "expected": [plain(change.expected[name]) for name in names],
            "changed": plain(change.changed),
            "outbox": [] if change.event is None else [waiting(change.event)],
        }
        for change in changes
    ]
    # One comparison for all: an array holds null for a field that is missing.
    fits = {"$eq": [[f"${name}" for name in names], "$$row.expected"]}
    parts: list[object] = ["$$ROOT", "$$row.changed"]
    if changes[0].event is not None:
        parts.append({"outbox": {"$concatArrays": [{"$ifNull": ["$outbox", []]}, "$$row.outbox"]}})
    row = {"$arrayElemAt": [{"$literal": rows}, {"$indexOfArray": [{"$literal": ids}, "$_id"]}]}
    become: Document = {"$cond": [fits, {"$mergeObjects": parts}, "$$ROOT"]}
    return UpdateMany({"_id": {"$in": ids}}, [{"$replaceWith": {"$let": {"vars": {"row": row}, "in": become}}}])
