"""
Which files changed lately: a note of their ids behind each write, for processes that keep what people look through.

A note costs one small write for some hundred files; an index over the files themselves would cost a
fifth of the speed of every scan. Whoever reads a note sees its change, as it was written before it.
A writer that dies in between leaves out the note: readers read everything anew from time to time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, MongoShelves, answering
from cloudflow_lib.domain.events import new_event_id

NOTE_FILES = 500


def first_note_at(at: datetime) -> str:
    """Return what no id of a note is below that was written since *at*: they begin with their moment."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


class MongoNews(MongoShelves):
    """The collection `file_news`."""

    def _tell_changed(self, file_ids: Sequence[str]) -> Sequence[str]:
        """Note that the documents of *file_ids* have just changed, and return the ids of the notes."""
        at = self._now()
        notes = [
            {"_id": new_event_id(), "v": SCHEMA, "at": at, "files": list(some)}
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

    def _changed_files(self, notes: Sequence[str]) -> list[str]:
        """Return the ids of the files that *notes* tell of, each once."""
        ids: dict[str, None] = {}
        for few in in_groups(notes, FEW_IDS):
            with answering():
                for note in self._shelf("file_news").find({"_id": {"$in": few}}):
                    ids |= dict.fromkeys(note["files"])
        return list(ids)
