"""
The list of events that wait: small, and written before the documents that carry them.

An index over the outboxes of a million files would make every write of a file a quarter slower.
So whoever is about to write events first notes which documents will carry them, some hundred to a
note. The note is a promise, not the truth: an event exists once it stands in its document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pymongo.errors import BulkWriteError

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups
from cloudflow_lib.adapters.catalogs.mongo_shelves import DUPLICATE_KEY, SCHEMA, Document, MongoShelves, answering

NOTE_EVENTS = 500

Pair = tuple[str, str]
"""Id of a document, id of an event in it."""


class MongoWaiting(MongoShelves):
    """The collection `waiting`."""

    def _announce(self, shelf: str, events: Sequence[Pair]) -> None:
        """Note that documents of *shelf* are about to carry *events*."""
        notes = list(_notes(shelf, events))
        if notes:
            with answering():
                try:
                    self._shelf("waiting").insert_many([{**note, "at": self._now()} for note in notes], ordered=False)
                except BulkWriteError as error:
                    duplicates(error)  # noted before: the same write is tried again


def _notes(shelf: str, pairs: Sequence[Pair]) -> Iterator[Document]:
    for some in in_groups(pairs, NOTE_EVENTS):
        document_id, event_id = some[0]
        # Ids of events begin with their time, so notes sort by it too.
        name = f"{event_id}/{document_id}"
        yield {"_id": name, "v": SCHEMA, "shelf": shelf, "events": [list(pair) for pair in some]}


def duplicates(error: BulkWriteError) -> list[int]:
    """Return which requests met a key that is taken; any other refusal is raised."""
    refused = error.details["writeErrors"] if error.details else []
    if not refused or any(refusal["code"] != DUPLICATE_KEY for refusal in refused):
        raise error
    return [refusal["index"] for refusal in refused]
