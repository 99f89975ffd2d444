"""What we ask of a catalogue that people look through: any filter, any order, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cloudflow_lib.domain.campaigns import Tally
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.listing import FileQuery
from cloudflow_lib.domain.tiers import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """One page of a keyset listing."""

    files: Sequence[CatalogFile]
    next_cursor: str | None
    """Give it back to get the page behind this one; None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTotal:
    """Files and bytes of one class in one location under one owner."""

    location_id: str
    owner: str
    tier: Tier
    storage_class: str
    files: int
    size_bytes: int


class FileFinder(Protocol):
    """
    Look through files fast, again and again: for processes that live long.

    The first look of a process may take minutes where there are many files; who looks meanwhile is told so by a
    CatalogUnavailableError after some seconds. What this process wrote is found at once, what
    others wrote within a second; a page may be shorter than asked for where that was too late.
    """

    def find_files(self, query: FileQuery, *, cursor: str | None = None, limit: int = 100) -> FilePage:
        """
        Return a page of the files that *query* accepts, in its order, as they are now.

        Raises:
            WrongInputError: *cursor* is none of this order.
        """
        ...

    def count_files(self, query: FileQuery) -> Tally:
        """Return how many files *query* accepts, and how many bytes they have together."""
        ...

    def sum_files(self, owner: str | None = None) -> Sequence[TierTotal]:
        """Return the present files and bytes by location, owner, class and storage class; as `totals`, but fast."""
        ...
