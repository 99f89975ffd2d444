"""How people look through files: what they filter by, how they sort, and where they went on reading."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from cloudflow_lib.domain.classification import HEAT
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import WrongInputError

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Where a file that nobody read stands among those that somebody did."""

SortValue = str | int | datetime


class FileOrder(StrEnum):
    """What a list of files is sorted by; files that are equal in it follow in the order of their ids."""

    NAME = "name"
    SIZE = "size"
    MODIFIED = "modified"
    READ = "read"
    TIER = "tier"
    """From cold to hot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileQuery:
    """Which present files, and in which order; None means no limit."""

    owner: str | None = None
    """None: everybody's, for administrators."""
    name: str | None = None
    """Somewhere in the key, whatever its case."""
    prefix: str | None = None
    location_id: str | None = None
    tiers: frozenset[Tier] = field(default_factory=frozenset)
    """Empty: any."""
    min_bytes: int | None = None
    max_bytes: int | None = None
    modified_since: datetime | None = None
    modified_until: datetime | None = None
    read_since: datetime | None = None
    unread_since: datetime | None = None
    """Not read from then on; a file that was never read is among them."""
    order: FileOrder = FileOrder.NAME
    descending: bool = False

    def accepts(self, file: CatalogFile) -> bool:
        """Return whether *file* is one of those that are looked for."""
        last_read = file.last_read_at or NEVER
        return (
            file.state is FileState.PRESENT
            and self.owner in (None, file.owner)
            and self.location_id in (None, file.location_id)
            and (not self.tiers or file.tier in self.tiers)
            and file.key.startswith(self.prefix or "")
            and (self.name is None or self.name.lower() in file.key.lower())
            and (self.min_bytes is None or file.size_bytes >= self.min_bytes)
            and (self.max_bytes is None or file.size_bytes <= self.max_bytes)
            and (self.modified_since is None or file.modified_at >= self.modified_since)
            and (self.modified_until is None or file.modified_at <= self.modified_until)
            and (self.read_since is None or last_read >= self.read_since)
            and (self.unread_since is None or last_read < self.unread_since)
        )


@dataclass(frozen=True, slots=True)
class Position:
    """The place of one file in an order: the next page begins behind it."""

    value: SortValue
    file_id: str


def position_of(file: CatalogFile, order: FileOrder) -> Position:
    """Return where *file* stands in *order*."""
    values: dict[FileOrder, SortValue] = {
        FileOrder.NAME: file.key,
        FileOrder.SIZE: file.size_bytes,
        FileOrder.MODIFIED: file.modified_at,
        FileOrder.READ: file.last_read_at or NEVER,
        FileOrder.TIER: HEAT[file.tier],
    }
    return Position(values[order], file.file_id)


def cursor_at(place: Position, query: FileQuery) -> str:
    """Return what a reader of *query* gives back to go on behind *place*; its text means nothing to people."""
    value = place.value.isoformat() if isinstance(place.value, datetime) else place.value
    return pack_cursor(query.order.value, query.descending, value, place.file_id)


def position_behind(cursor: str, query: FileQuery) -> Position:
    """
    Return where *cursor* points to in the order of *query*.

    Raises:
        WrongInputError: It is no cursor, or one of another order.
    """
    order, descending, value, file_id = unpack_cursor(cursor, 4)
    if (order, descending) != (query.order.value, query.descending) or not isinstance(file_id, str):
        raise WrongInputError("this cursor is of another order: begin again without one")
    return Position(_value_of(value, query.order), file_id)


def _value_of(value: object, order: FileOrder) -> SortValue:
    try:
        if order is FileOrder.NAME and isinstance(value, str):
            return value
        if order in {FileOrder.SIZE, FileOrder.TIER} and type(value) is int:
            return value
        if order in {FileOrder.MODIFIED, FileOrder.READ} and isinstance(value, str):
            return moment_in(value)
    except ValueError:
        pass
    raise WrongInputError("this is no cursor of ours: begin again without one")


def moment_in(part: str) -> datetime:
    """Return the moment in UTC that a part of a cursor tells, or raise ValueError."""
    at = datetime.fromisoformat(part)
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(part) from None


def pack_cursor(*parts: str | int | None) -> str:
    """Return *parts* as an opaque text that fits into an address."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def unpack_cursor(cursor: str, length: int) -> list[object]:
    """
    Return the parts that `pack_cursor` packed.

    Raises:
        WrongInputError: It is no cursor of *length* parts.
    """
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        parts = None
    if not isinstance(parts, list) or len(parts) != length:
        raise WrongInputError("this is no cursor of ours: begin again without one")
    return parts
