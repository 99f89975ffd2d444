"""Reads per file and day in MongoDB."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups, rollup_of
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import duplicates
from cloudflow_lib.adapters.catalogs.mongo_walks import SPACE, position
from cloudflow_lib.domain.access import DayRollup

MANY = 1000
REMEMBERED_BATCHES = 64
"""A batch repeated after so many others of the same file and day would count twice; one a minute takes an hour."""
SLICES = 256
SEEN_BYTES = 12 * 1024 * 1024
"""Where a document of line hashes ends and the next one begins; MongoDB allows 16 MiB."""
QUARANTINE_PER_CALL = 1000
CLOSE = 4
"""Up to how many files per wanted one may lie in a range that is read as a whole."""


class MongoAccess(MongoShelves):
    """AccessBook in `access_rollups`, `ingested`, `log_states`, `seen_lines` and `access_quarantine`."""

    def __init__(self, url: str, database: str, timeout_ms: int = 20_000) -> None:
        super().__init__(url, database, timeout_ms)
        self._files_estimate = 0

    def add_reads(self, batch_id: str, rollups: Sequence[DayRollup]) -> None:
        for some in in_groups(rollups, MANY):
            with answering():
                try:
                    self._shelf("access_rollups").insert_many(
                        [_rollup_document(batch_id, rollup) for rollup in some], ordered=False
                    )
                except BulkWriteError as error:
                    known = [some[index] for index in duplicates(error)]
                    updates = [_addition(batch_id, rollup) for rollup in known]
                    self._shelf("access_rollups").bulk_write(updates, ordered=False)

    def reads_of(self, file_ids: Sequence[str], since: date) -> Mapping[str, Sequence[DayRollup]]:
        wanted = sorted(set(file_ids))
        spans = [{"$in": few} for few in in_groups(wanted, FEW_IDS)]
        if len(wanted) > FEW_IDS and self._lie_close(wanted):
            spans = [{"$gte": wanted[0], "$lte": wanted[-1]}]
        found: dict[str, list[DayRollup]] = {}
        for span in spans:
            for rollup in self._rollups({"file_id": span, "day": {"$gte": since.isoformat()}}):
                found.setdefault(rollup.file_id, []).append(rollup)
        return {file_id: found[file_id] for file_id in wanted if file_id in found}

    def _lie_close(self, file_ids: Sequence[str]) -> bool:
        """Return whether few other files lie among *file_ids*, so that reading one range is cheaper."""
        if self._files_estimate == 0:
            with answering():
                self._files_estimate = self._shelf("files").estimated_document_count()
        share = (position(file_ids[-1]) - position(file_ids[0])) / SPACE
        return share * self._files_estimate < CLOSE * len(file_ids)

    def reads_since(self, since: date) -> Iterator[Sequence[DayRollup]]:
        for number in range(SLICES):
            # File ids are spread evenly: two digits cut them into pieces, the last one without an end.
            span = {"$gte": f"{number:02x}" if number else "", "$lt": f"{number + 1:02x}"}
            if number == SLICES - 1:
                del span["$lt"]
            if rollups := self._rollups({"file_id": span, "day": {"$gte": since.isoformat()}}):
                yield rollups

    def _rollups(self, matching: Document) -> list[DayRollup]:
        with answering():
            found = [rollup_of(document) for document in self._shelf("access_rollups").find(matching, {"applied": 0})]
        return sorted(found, key=lambda rollup: (rollup.file_id, rollup.day))

    def is_ingested(self, batch_id: str) -> bool:
        with answering():
            return self._shelf("ingested").find_one({"_id": batch_id}) is not None

    def mark_ingested(self, batch_id: str, report: Mapping[str, int]) -> None:
        document = {"v": SCHEMA, "at": self._now(), "report": dict(report)}
        with answering():
            self._shelf("ingested").replace_one({"_id": batch_id}, document, upsert=True)

    def log_state(self, name: str) -> Mapping[str, int]:
        with answering():
            document = self._shelf("log_states").find_one({"_id": name})
        return dict(document["state"]) if document else {}  # kept as pairs: names may hold dots

    def save_log_state(self, name: str, state: Mapping[str, int]) -> None:
        with answering():
            document = {"v": SCHEMA, "at": self._now(), "state": [[key, value] for key, value in state.items()]}
            self._shelf("log_states").replace_one({"_id": name}, document, upsert=True)

    def seen_lines(self, source: str, hour: datetime) -> frozenset[bytes]:
        with answering():
            documents = list(self._shelf("seen_lines").find({"hour": hour, "source": source}))
        packed = b"".join(piece for document in documents for piece in document["pieces"])
        return frozenset(packed[start : start + 8] for start in range(0, len(packed), 8))

    def add_seen_lines(self, source: str, hour: datetime, line_hashes: Iterable[bytes]) -> None:
        packed = b"".join(line_hashes)
        for start in range(0, len(packed), SEEN_BYTES // 4):
            self._add_piece(source, hour, packed[start : start + SEEN_BYTES // 4])

    def _add_piece(self, source: str, hour: datetime, piece: bytes) -> None:
        number = 0
        while True:
            name = f"{source}|{hour.isoformat()}|{number}"
            room = {"_id": name, "bytes": {"$lte": SEEN_BYTES - len(piece)}}
            update = {
                "$push": {"pieces": piece},
                "$inc": {"bytes": len(piece)},
                "$setOnInsert": {"v": SCHEMA, "source": source, "hour": hour},
            }
            with answering():
                try:
                    self._shelf("seen_lines").update_one(room, update, upsert=True)
                except DuplicateKeyError:
                    number += 1  # this document is full
                else:
                    return

    def quarantine_lines(self, source: str, lines: Sequence[tuple[str, str]]) -> None:
        now = self._now()
        kept = [_quarantined(source, line, reason, now) for line, reason in lines[:QUARANTINE_PER_CALL]]
        if beyond := len(lines) - len(kept):
            kept.append(_quarantined(source, "", f"{beyond} more lines of the same batch were not kept", now))
        if kept:
            with answering():
                try:
                    self._shelf("access_quarantine").insert_many(kept, ordered=False)
                except BulkWriteError as error:
                    duplicates(error)  # kept before


def _rollup_id(rollup: DayRollup) -> str:
    return f"{rollup.file_id}|{rollup.day.isoformat()}"


def _rollup_document(batch_id: str, rollup: DayRollup) -> Document:
    return {
        "_id": _rollup_id(rollup),
        "v": SCHEMA,
        "file_id": rollup.file_id,
        "day": rollup.day.isoformat(),
        "reads": rollup.reads,
        "read_bytes": rollup.read_bytes,
        "hours": {str(hour): reads for hour, reads in rollup.hours.items()},
        "last_read_at": rollup.last_read_at,
        "applied": [batch_id],
    }


def _addition(batch_id: str, rollup: DayRollup) -> UpdateOne:
    hours = {f"hours.{hour}": reads for hour, reads in rollup.hours.items()}
    return UpdateOne(
        {"_id": _rollup_id(rollup), "applied": {"$ne": batch_id}},
        {
            "$inc": {"reads": rollup.reads, "read_bytes": rollup.read_bytes, **hours},
            "$max": {"last_read_at": rollup.last_read_at},
            "$push": {"applied": {"$each": [batch_id], "$slice": -REMEMBERED_BATCHES}},
        },
    )


def _quarantined(source: str, line: str, reason: str, now: datetime) -> Document:
    # A broken line may hold bytes that are no text, and its reason may quote them.
    text, why = (words.encode("utf-8", "backslashreplace").decode() for words in (line, reason))
    name = hashlib.blake2b(f"{source}\0{text}\0{why}".encode(), digest_size=16).hexdigest()
    return {"_id": name, "v": SCHEMA, "source": source, "line": text, "reason": why, "at": now}
