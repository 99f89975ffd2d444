"""Reading files in the order of their ids, a bounded piece at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from string import hexdigits

from pymongo.collection import Collection

from cloudflow_lib.adapters.catalogs.mongo_shelves import Document, answering
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.domain.tiers import Tier

ID_DIGITS = 16
SPACE: int = 16**ID_DIGITS
"""Ids are spread evenly over hexadecimal digits; the first sixteen place them well enough."""
LAST_CHARACTER = "\U0010ffff"


def walk_files(
    files: Collection[Document], owners: Sequence[str], after: str, piece: int, matching: Document
) -> Iterator[list[Document]]:
    """
    Yield the documents of *owners* behind the id *after* that fit *matching*, about *piece* at a time.

    Each query reads one closed range of the index: servers that do not stop at a limit still read
    only that range. The width of the ranges follows what the last one held.
    """
    start, width = position(after), SPACE >> 10
    while start < SPACE:
        stop = min(start + width, SPACE)
        span = {"$gt": max(after, f"{start:0{ID_DIGITS}x}")}
        if stop < SPACE:
            span["$lt"] = f"{stop:0{ID_DIGITS}x}"
        found: list[Document] = []
        with answering():
            for owner in owners:
                found += files.aggregate([{"$match": {"owner": owner, "_id": span}}, {"$match": matching}])
        if found:
            yield sorted(found, key=_id_of)
        if len(found) < piece // 2:
            width *= 4
        elif len(found) > 2 * piece:
            width = max(width // 2, 1)
        start = stop


def present(location_id: str | None = None, tier: Tier | None = None, prefix: str | None = None) -> Document:
    """Return the filter for present files; what is None fits everything."""
    matching: Document = {"state": FileState.PRESENT.value}
    if location_id is not None:
        matching["location_id"] = location_id
    if tier is not None:
        matching["tier"] = tier.value
    if prefix:
        matching["key"] = {"$gte": prefix, "$lt": prefix + LAST_CHARACTER}
    return matching


def position(file_id: str) -> int:
    """Return a place in the space at or before *file_id*."""
    digits = "".join(takewhile(hexdigits.__contains__, file_id[:ID_DIGITS].lower()))
    return int(digits.ljust(ID_DIGITS, "0"), 16)


def _id_of(document: Document) -> str:
    return str(document["_id"])
