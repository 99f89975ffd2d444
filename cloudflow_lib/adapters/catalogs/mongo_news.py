"""
Which files changed lately: a note of their ids behind each write, for processes that keep what people look through.

A note costs one small write for some hundred files; an index over the files themselves would cost a
fifth of the speed of every scan. Whoever reads a note sees its change, as it was written before it.
Where files moved by the thousand, their notes also say where to: who keeps them need not read each.
A writer that dies in between leaves out the note: readers read everything anew from time to time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.domain.events import new_event_id

NOTE_FILES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocation:
    """What a note says of one file that moved, beside its id."""

    left: str
    """The location where it lay before."""
    location_id: str
    key: str
    storage_class: str


Relocations = Mapping[str, Relocation]
"""By the file's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNews:
    """One file that a note tells of."""

    file_id: str
    moved: Relocation | None = None
    """None: how it changed, its document tells."""


def first_note_at(at: datetime) -> str:
    """Return what no id of a note is below that was written since *at*: they begin with their moment."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


class MongoNews(MongoShelves):
    """The collection `file_news`."""

    def _tell_changed(self, file_ids: Sequence[str], moved: Relocations | None = None) -> Sequence[str]:
        """Note that *file_ids* have just changed, and with *moved* that this is all; return the ids of the notes."""
        at = self._now()
        notes = [
            {"_id": new_event_id(), "v": SCHEMA, "at": at, **_told(some, moved)}
            for some in in_groups(file_ids, NOTE_FILES)
        ]
        if notes:
            with answering():
                self._shelf("file_news").insert_many(notes, ordered=False)
        return [str(note["_id"]) for note in notes]

    def _news_since(self, at: datetime) -> list[str]:
        """Return the ids of the notes that were written since *at*, oldest first; clocks may differ."""
        with answering():
            # Not by their ids: not every server walks an index for those behind one, and this is asked all the time.
            found = list(self._shelf("file_news").find({"at": {"$gte": at}}, {"_id": 1}))
        return sorted(note["_id"] for note in found)

    def _changed_files(self, notes: Sequence[str]) -> list[FileNews]:
        """Return what *notes* tell, oldest first, of each file once: where one changed twice, it is to be read."""
        found: dict[str, FileNews] = {}
        for few in in_groups(notes, FEW_IDS):
            with answering():
                told = list(self._shelf("file_news").find({"_id": {"$in": few}}))
            for news in (news for note in told for news in _news_in(note)):
                found[news.file_id] = FileNews(file_id=news.file_id) if news.file_id in found else news
        return list(found.values())


def _told(file_ids: Sequence[str], moved: Relocations | None) -> Document:
    if moved is None:
        return {"files": list(file_ids)}
    ways = [moved[file_id] for file_id in file_ids]
    return {"files": list(file_ids), "moved": [[way.left, way.location_id, way.key, way.storage_class] for way in ways]}


def _news_in(note: Document) -> Iterator[FileNews]:
    if "moved" not in note:
        yield from (FileNews(file_id=file_id) for file_id in note["files"])
        return
    for file_id, (left, location_id, key, storage_class) in zip(note["files"], note["moved"], strict=True):
        way = Relocation(left=left, location_id=location_id, key=key, storage_class=storage_class)
        yield FileNews(file_id=file_id, moved=way)
