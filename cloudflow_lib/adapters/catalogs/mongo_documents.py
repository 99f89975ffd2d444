"""Values of the domain as documents, and back. A name that is None is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

from pydantic import TypeAdapter

from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document
from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.domain.migrations import Migration
from cloudflow_lib.domain.tiers import Tier

T = TypeVar("T")

STORED_AS_THEY_ARE = frozenset({str, int, float, bool, bytes, datetime, type(None)})
"""Nearly everything there is; an enum of words is none of them, as its type is its own."""

RETIRED = "\0"
"""
Behind it in `location_id` stands the file's own id.

So a record gives up its address in the same one-document update that marks it as vanished,
and the unique index keeps one record per address.
"""


def plain(value: object) -> Any:  # noqa: ANN401 - whatever BSON takes
    """Return *value* as BSON stores it."""
    if type(value) in STORED_AS_THEY_ARE:
        return value
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | frozenset | list):
        return [plain(item) for item in value]
    return value


def waiting(event: Event) -> Document:
    """Return *event* as it waits in an outbox."""
    return {"id": event.id, "json": event.model_dump_json()}


def file_document(file: CatalogFile) -> Document:
    """Return *file* as it is stored."""
    document = {"_id": file.file_id, "v": SCHEMA}
    for field in FILE_FIELDS:
        value = getattr(file, field)
        if value is not None and value != ():
            document[field] = plain(value)
    return document


FILE_FIELDS = tuple(field.name for field in fields(CatalogFile) if field.name != "file_id")
TIERS = {tier.value: tier for tier in Tier}
FILE_STATES = {state.value: state for state in FileState}


def file_of(document: Document) -> CatalogFile:
    """Return the file that *document* stores."""
    get = document.get
    return CatalogFile(
        file_id=document["_id"],
        owner=document["owner"],
        location_id=document["location_id"].partition(RETIRED)[0],
        key=document["key"],
        size_bytes=document["size_bytes"],
        version=document["version"],
        storage_class=document["storage_class"],
        modified_at=document["modified_at"],
        content_type=get("content_type"),
        tier=TIERS[document["tier"]],
        tier_reasons=tuple(get("tier_reasons", ())),
        tier_since=document["tier_since"],
        first_seen_at=document["first_seen_at"],
        placed_at=get("placed_at"),
        last_read_at=get("last_read_at"),
        state=FILE_STATES[document["state"]],
        migration_id=get("migration_id"),
    )


MIGRATION = TypeAdapter(Migration)
LOCATION = TypeAdapter(Location)
CREDENTIAL = TypeAdapter(Credential)


def migration_document(migration: Migration) -> Document:
    """Return *migration* as it is stored, without its id."""
    document = plain(migration)
    del document["migration_id"]
    return {"v": SCHEMA, **document}


def migration_of(document: Document) -> Migration:
    """Return the migration that *document* stores."""
    return MIGRATION.validate_python({**document, "migration_id": document["_id"]})


def location_document(location: Location) -> Document:
    """Return *location* as it is stored; prefixes may hold dots and dollars, so they are no field names."""
    document = {**plain(location), "owners": [[prefix, owner] for prefix, owner in location.owners.items()]}
    return {"_id": document.pop("location_id"), "v": SCHEMA, **document}


def location_of(document: Document) -> Location:
    """Return the location that *document* stores."""
    return LOCATION.validate_python({**document, "location_id": document["_id"], "owners": dict(document["owners"])})


def credential_document(credential: Credential) -> Document:
    """Return *credential* as it is stored: its secret part stays sealed."""
    document = plain(credential)
    return {"_id": document.pop("credential_id"), "v": SCHEMA, **document}


def credential_of(document: Document) -> Credential:
    """Return the credential that *document* stores."""
    return CREDENTIAL.validate_python({**document, "credential_id": document["_id"]})


def rollup_of(document: Document) -> DayRollup:
    """Return the rollup that *document* stores."""
    return DayRollup(
        file_id=document["file_id"],
        day=date.fromisoformat(document["day"]),
        reads=document["reads"],
        read_bytes=document["read_bytes"],
        hours={int(hour): reads for hour, reads in document["hours"].items()},
        last_read_at=document["last_read_at"],
    )


def in_groups(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """Return *items* in groups of at most *size*."""
    return [items[start : start + size] for start in range(0, len(items), size)]
