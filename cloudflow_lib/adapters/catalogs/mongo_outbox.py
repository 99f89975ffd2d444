"""Events that wait in their documents, found oldest first and removed by name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pymongo import UpdateMany

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, INDEXES, WAITING, Document, MongoShelves, answering
from cloudflow_lib.domain.events import EVENT, Event

log = logging.getLogger(__name__)

SHELVES = tuple(name for name, indexes in INDEXES.items() if WAITING in indexes)
MILLIS = slice(0, 13)
"""The digits of a UUIDv7 that tell the millisecond, with their dash."""
ALWAYS = (1 << 48) - 1
"""The last millisecond that a UUIDv7 can tell."""
FIRST_STEP = 100


@dataclass(frozen=True, slots=True)
class _Waiting:
    shelf: str
    document_id: str
    event_id: str
    json: str


@dataclass(frozen=True, slots=True)
class _Window:
    """Up to which millisecond to look: a server that reads all it finds must find little when much waits."""

    upto: int = ALWAYS
    step: int = FIRST_STEP

    def narrowed(self, first: int, last: int) -> _Window:
        """Return the window behind a full page that reached from *first* to *last*."""
        span = max(last - first, 1)
        return _Window(last + span, span)

    def widened(self, now: int) -> _Window:
        """Return the next window when this one held less than a page."""
        upto, step = self.upto + self.step, 2 * self.step
        return _Window(upto, step) if upto < now else _Window()


class MongoOutbox(MongoShelves):
    """Outbox in the `outbox` arrays of `files`, `migrations` and `batches`."""

    def __init__(self, url: str, database: str, timeout_ms: int = 20_000) -> None:
        super().__init__(url, database, timeout_ms)
        self._windows = dict.fromkeys(SHELVES, _Window())

    def drain_outbox(self, publish: Callable[[Sequence[Event]], None], *, limit: int = 1000) -> int:
        found = [one for shelf in SHELVES for one in self._waiting_in(shelf, limit)]
        # The sort is stable, so events of one document stay in the order they were appended in.
        found.sort(key=lambda one: one.event_id[MILLIS])
        batch = found[:limit]
        if not batch:
            return 0
        readable = [(one, event) for one in batch if (event := _read(one))]
        publish([event for _, event in readable])
        self._remove([one for one, _ in readable])
        return len(readable)

    def _waiting_in(self, shelf: str, limit: int) -> Sequence[_Waiting]:
        """Return the oldest waiting events of *shelf*, from at most *limit* documents."""
        while True:
            window = self._windows[shelf]
            documents = self._documents_until(shelf, window.upto, limit)
            if len(documents) == limit:
                first, last = _oldest(documents[0]), _oldest(documents[-1])
                self._windows[shelf] = window.narrowed(first, last)
                return _events(shelf, documents, upto=last)
            self._windows[shelf] = window.widened(int(self._now().timestamp() * 1000))
            if documents or window.upto == ALWAYS:
                return _events(shelf, documents, upto=window.upto)

    def _documents_until(self, shelf: str, upto: int, limit: int) -> Sequence[Document]:
        # "~" sorts behind whatever follows the millisecond in an id.
        waiting = {"outbox.id": {"$lt": f"{upto >> 16:08x}-{upto & 0xFFFF:04x}~"}}
        with answering():
            return list(self._shelf(shelf).find(waiting, {"outbox": 1}).sort("outbox.id", 1).limit(limit))

    def _remove(self, batch: Sequence[_Waiting]) -> None:
        for shelf in SHELVES:
            of_shelf = [one for one in batch if one.shelf == shelf]
            requests = [
                # By name: an event that was appended meanwhile stays.
                UpdateMany(
                    {"_id": {"$in": list({one.document_id for one in few})}},
                    {"$pull": {"outbox": {"id": {"$in": [one.event_id for one in few]}}}},
                )
                for few in in_groups(of_shelf, FEW_IDS // 2)
            ]
            if requests:
                with answering():
                    self._shelf(shelf).bulk_write(requests, ordered=False)

    def outbox_size(self) -> int:
        count: list[Document] = [
            {"$match": {"outbox.id": {"$lt": "~"}}},
            {"$group": {"_id": None, "events": {"$sum": {"$size": "$outbox"}}}},
        ]
        with answering():
            return sum(document["events"] for shelf in SHELVES for document in self._shelf(shelf).aggregate(count))


def _oldest(document: Document) -> int:
    return min(_millis(event["id"]) for event in document["outbox"])


def _millis(event_id: str) -> int:
    return int(event_id[MILLIS].replace("-", ""), 16)


def _events(shelf: str, documents: Sequence[Document], *, upto: int) -> Sequence[_Waiting]:
    return [
        _Waiting(shelf, document["_id"], event["id"], event["json"])
        for document in documents
        for event in document["outbox"]
        if _millis(event["id"]) <= upto
    ]


def _read(waiting: _Waiting) -> Event | None:
    """Return the event, or None for one that a newer version of the platform wrote: it goes on waiting."""
    try:
        return EVENT.validate_json(waiting.json)
    except ValidationError as error:
        log.exception("outbox.unreadable shelf=%s document=%s", waiting.shelf, waiting.document_id, exc_info=error)
        return None
