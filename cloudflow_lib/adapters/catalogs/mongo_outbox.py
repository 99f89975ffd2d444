"""Events that wait in their documents, found by the notes about them and removed by name."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError
from pymongo import DeleteOne, UpdateMany, UpdateOne

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import NOTE_EVENTS, MongoWaiting, Pair
from cloudflow_lib.domain.events import EVENT, Event
from cloudflow_lib.errors import EventsRefusedError

log = logging.getLogger(__name__)

SHELVES = (
    "files",
    "migrations",
    "batches",
    "sheets",
    "notifications",
    "letters",
    "alerts",
    "policy_runs",
    "recommendations",
    "costs",
)
MILLIS = slice(0, 13)
"""The digits of a UUIDv7 that tell the millisecond, with their dash."""
LONGEST_WRITE = timedelta(minutes=5)
"""An event that is not in its document so long after its note was never written: its change came too late."""
LONG_OUTBOX = 10
MOST_EVENTS = 1_000_000
"""More than any outbox holds."""
ASIDE_SECONDS = 600.0
"""Until an event is tried again that the broker refused, or that a newer version of the platform wrote."""
LOOK_AGAIN = (0.02, 5.0)
"""Seconds until a note about an event that is not there yet is read again: as long as it has waited, within these."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    shelf: str
    document_id: str
    event_id: str
    json: str
    turn: str
    """Its millisecond; never before that of an event which stands before it in the same document."""
    place: int
    """How many events stand before it in its document."""

    @property
    def pair(self) -> Pair:
        return self.document_id, self.event_id


class MongoOutbox(MongoWaiting):
    """Outbox in the `outbox` arrays of every shelf in `SHELVES`."""

    def __init__(self, url: str, database: str, timeout_ms: int = 20_000) -> None:
        super().__init__(url, database, timeout_ms)
        self._look_again: dict[str, float] = {}
        self._aside: dict[Pair, float] = {}
        """Events that cannot be told, and when each is tried again."""
        self._told: dict[Pair, datetime] = {}
        """Events that left with an earlier one of their document, before their own note was read."""

    def drain_outbox(self, publish: Callable[[Sequence[Event]], None], *, limit: int = 1000) -> int:
        while notes := self._oldest_notes(limit):
            found = self._events_of(notes)
            fresh = [one for pair, one in found.items() if pair not in self._aside]
            batch = sorted(fresh, key=lambda one: one.turn)[:limit]
            sent = self._publish(batch, publish)
            self._remove(sent)
            done = self._tell({one.pair for one in sent}, notes)
            self._settle(notes, done, found.keys() - done, saw_all=len(fresh) <= limit)
            if sent:
                return len(sent)
        return 0

    def _publish(self, batch: Sequence[_Waiting], publish: Callable[[Sequence[Event]], None]) -> list[_Waiting]:
        """Publish and return what can be told; set the rest aside for a while, so that it holds up nobody."""
        events = {one.pair: event for one in batch if (event := _read(one))}
        refused: Collection[str] = ()
        try:
            if events:
                publish(list(events.values()))
        except EventsRefusedError as error:
            refused = error.reasons.keys()
        sent = [one for one in batch if one.pair in events and one.event_id not in refused]
        left = {one.pair for one in batch} - {one.pair for one in sent}
        self._aside |= dict.fromkeys(left, time.monotonic() + ASIDE_SECONDS)
        return sent

    def _oldest_notes(self, limit: int) -> Sequence[Document]:
        """Return notes about at least *limit* events, if so many wait; none that was looked at just now in vain."""
        now = time.monotonic()
        self._aside = {pair: at for pair, at in self._aside.items() if at > now}
        self._look_again = {note_id: at for note_id, at in self._look_again.items() if at > now}
        fresh = {"_id": {"$nin": list(self._look_again)}} if self._look_again else {}
        notes: list[Document] = []
        with answering(), self._shelf("waiting").find(fresh).sort("_id", 1).limit(max(limit, NOTE_EVENTS)) as found:
            for note in found:  # one by one: behind an outage thousands wait, of which a few are enough
                notes.append(note)
                if sum(len(one["events"]) for one in notes) >= limit:
                    break
        return notes

    def _events_of(self, notes: Iterable[Document]) -> Mapping[Pair, _Waiting]:
        """Return what stands in the noted documents: all of it, as an event must not overtake one before it."""
        found: dict[Pair, _Waiting] = {}
        for shelf, few in _documents_of(notes):
            with answering():
                documents = list(self._shelf(shelf).find({"_id": {"$in": few}}, {"outbox": 1}))
            for document in documents:
                turn = ""
                for place, event in enumerate(document.get("outbox", ())):
                    turn = max(turn, event["id"][MILLIS])
                    one = _Waiting(shelf, document["_id"], event["id"], event["json"], turn, place)
                    found[one.pair] = one
        return found

    def _tell(self, sent: set[Pair], notes: Iterable[Document]) -> set[Pair]:
        """Return which of the noted events have left, and remember those whose notes are still to come."""
        noted = {(document_id, event_id) for note in notes for document_id, event_id in note["events"]}
        now = self._now()
        done = sent | (noted & self._told.keys())
        fresh = {pair: at for pair, at in self._told.items() if at > now - LONGEST_WRITE and pair not in noted}
        self._told = fresh | dict.fromkeys(sent - noted, now)
        return done

    def _remove(self, batch: Sequence[_Waiting]) -> None:
        for shelf in SHELVES:
            of_shelf = [one for one in batch if one.shelf == shelf]
            left = self._cut(shelf, of_shelf)
            requests = [
                # By name: an event that was appended meanwhile stays.
                UpdateMany(
                    {"_id": {"$in": list({one.document_id for one in few})}},
                    {"$pull": {"outbox": {"id": {"$in": [one.event_id for one in few]}}}},
                )
                for few in in_groups(left, FEW_IDS // 2)
            ]
            if requests:
                with answering():
                    self._shelf(shelf).bulk_write(requests, ordered=False)

    def _cut(self, shelf: str, batch: Sequence[_Waiting]) -> list[_Waiting]:
        """
        Cut off the events with which long outboxes begin, and return those that are still to be removed by name.

        Servers compare each name with each event; a cut is one look at the last event that goes. What was appended
        meanwhile stays behind it, and if another relay has removed something, it does not stand there any more.
        """
        by_document: dict[str, list[_Waiting]] = {}
        for one in batch:
            by_document.setdefault(one.document_id, []).append(one)
        left: list[_Waiting] = []
        for document_id, events in by_document.items():
            count = len(events)
            last = max(events, key=lambda one: one.place)
            if count < LONG_OUTBOX or last.place != count - 1:
                left += events
                continue
            as_read = {"_id": document_id, f"outbox.{last.place}.id": last.event_id}
            rest = [{"$set": {"outbox": {"$slice": ["$outbox", count, MOST_EVENTS]}}}]
            with answering():
                if not self._shelf(shelf).update_one(as_read, rest).matched_count:
                    left += events
        return left

    def _settle(self, notes: Sequence[Document], done: set[Pair], left: set[Pair], *, saw_all: bool) -> None:
        """Forget what is *done*; *left* stands in its document still, all else was not written yet, or never."""
        now = self._now()
        requests: list[DeleteOne | UpdateOne] = []
        for note in notes:
            pairs = {(pair[0], pair[1]) for pair in note["events"]} - done
            waits = pairs & left if note["at"] < now - LONGEST_WRITE else pairs
            if not waits:
                requests.append(DeleteOne({"_id": note["_id"]}))
                continue
            if len(waits) < len(note["events"]):
                requests.append(UpdateOne({"_id": note["_id"]}, {"$set": {"events": sorted(map(list, waits))}}))
            if saw_all:
                shortest, longest = LOOK_AGAIN
                age = (now - note["at"]).total_seconds()
                self._look_again[note["_id"]] = time.monotonic() + min(max(age, shortest), longest)
        if requests:
            with answering():
                self._shelf("waiting").bulk_write(requests, ordered=False)

    def outbox_size(self) -> int:
        with answering():
            notes = list(self._shelf("waiting").find({}, {"shelf": 1, "events": 1}))
        return sum(self._count(shelf, few) for shelf, few in _documents_of(notes))

    def _count(self, shelf: str, document_ids: Sequence[str]) -> int:
        """Return how many events wait in these documents; the events themselves stay with the server."""
        steps: list[Document] = [
            {"$match": {"_id": {"$in": document_ids}}},
            {"$group": {"_id": None, "events": {"$sum": {"$size": {"$ifNull": ["$outbox", []]}}}}},
        ]
        with answering():
            return sum(group["events"] for group in self._shelf(shelf).aggregate(steps))

    def announce_forgotten(self) -> int:
        with answering():
            noted = {tuple(pair) for note in self._shelf("waiting").find() for pair in note["events"]}
        forgotten = 0
        for shelf in SHELVES:
            with answering():
                documents = list(self._shelf(shelf).find({"outbox.0": {"$exists": True}}, {"outbox.id": 1}))
            pairs = [(document["_id"], event["id"]) for document in documents for event in document["outbox"]]
            missing = [pair for pair in pairs if pair not in noted]
            self._announce(shelf, missing)
            forgotten += len(missing)
        return forgotten


def _documents_of(notes: Iterable[Document]) -> Iterator[tuple[str, list[str]]]:
    """Yield the ids of the noted documents, some of one shelf at a time."""
    wanted: dict[str, set[str]] = {}
    for note in notes:
        wanted.setdefault(note["shelf"], set()).update(document_id for document_id, _ in note["events"])
    for shelf, document_ids in wanted.items():
        for few in in_groups(sorted(document_ids), FEW_IDS):
            yield shelf, list(few)


def _read(waiting: _Waiting) -> Event | None:
    """Return the event, or None for one that a newer version of the platform wrote: it goes on waiting."""
    try:
        return EVENT.validate_json(waiting.json)
    except ValidationError as error:
        log.exception("outbox.unreadable shelf=%s document=%s", waiting.shelf, waiting.document_id, exc_info=error)
        return None
