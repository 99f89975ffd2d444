"""The catalogue of a run, and what the oracle reads in it without the engine's queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from benchmarks._oracle import FileRecord, MoveRecord
from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.domain.events import Event
from cloudflow_lib.errors import PublishError
from cloudflow_lib.ports.catalogs import Catalog

RETIRED = "\0"
Told = list[tuple[str, str, str]]


class Ledger(Protocol):
    """A catalogue, and how to look into it from outside."""

    @property
    def catalog(self) -> Catalog: ...
    def moves(self) -> Sequence[MoveRecord]: ...
    def files(self) -> Sequence[FileRecord]: ...
    def quarantined(self) -> int: ...


class MemoryLedger:
    """The catalogue in memory; it is its own server, so its shelves are looked at directly."""

    def __init__(self) -> None:
        self.catalog = MemoryCatalog()

    def moves(self) -> Sequence[MoveRecord]:
        return [
            MoveRecord(
                migration_id=move.migration_id,
                key=move.destination.key,
                state=move.state.value,
                states=tuple(state.value for state in move.timestamps),
                error=move.error or "",
            )
            for move in self.catalog._migrations.values()  # noqa: SLF001 - the server's own memory
        ]

    def files(self) -> Sequence[FileRecord]:
        return [
            FileRecord(
                place=file.location_id,
                key=file.key,
                is_present=file.state.value == "present",
                held_by=file.migration_id,
            )
            for file in self.catalog._files.values()  # noqa: SLF001 - as above
        ]

    def quarantined(self) -> int:
        return len(self.catalog._quarantine)  # noqa: SLF001 - as above


class MongoLedger:
    """The catalogue in a MongoDB-compatible server; documents are read with the plain driver."""

    def __init__(self, url: str, database: str) -> None:
        from pymongo import MongoClient

        from cloudflow_lib.adapters.catalogs.mongo import MongoCatalog

        self.catalog = MongoCatalog(url, database)
        self._client: MongoClient[dict[str, Any]] = MongoClient(url)
        self._documents = self._client[database]
        self.catalog.prepare()

    def clear(self) -> None:
        """Forget everything, for the next run."""
        for name in self._documents.list_collection_names():
            self._documents[name].delete_many({})

    def close(self) -> None:
        """Give back the connections."""
        self.catalog.close()
        self._client.close()

    def moves(self) -> Sequence[MoveRecord]:
        return [
            MoveRecord(
                migration_id=move["_id"],
                key=move["destination"]["key"],
                state=move["state"],
                states=tuple(move["timestamps"]),
                error=move.get("error") or "",
            )
            for move in self._documents["migrations"].find()
        ]

    def files(self) -> Sequence[FileRecord]:
        return [
            FileRecord(
                place=file["location_id"].partition(RETIRED)[0],
                key=file["key"],
                is_present=file["state"] == "present",
                held_by=file.get("migration_id"),
            )
            for file in self._documents["files"].find()
        ]

    def quarantined(self) -> int:
        alone = self._documents["quarantine"].count_documents({})
        return alone + sum(len(group["sources"]) for group in self._documents["quarantine_groups"].find())


def drain(catalog: Catalog) -> Told:
    """Publish everything that waits to a broker whose first acknowledgement gets lost, and return what it got."""
    told: Told = []
    is_first = True

    def publish(events: Sequence[Event]) -> None:
        nonlocal is_first
        for event in events:
            if event.type == "io.cloudflow.migration.advanced.v1":
                told.append((event.id, event.subject, event.data.state.value))
        if is_first:
            is_first = False
            raise PublishError("the broker's acknowledgement got lost")

    while True:
        try:
            if not catalog.drain_outbox(publish):
                return told
        except PublishError:
            continue
