"""Files that a request to move them leaves where they are, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.errors import CloudFlowError, WrongInputError, WrongStateError


class SkipReason(StrEnum):
    """Why a file was not started."""

    HELD = "held"
    """Another move holds it."""
    GONE = "gone"
    """The last scan did not find it."""
    THERE = "there"
    """It lies already where it should."""

    @property
    def words(self) -> str:
        """The reason in words: what the file is."""
        return {
            SkipReason.HELD: "is being moved already",
            SkipReason.GONE: "is gone",
            SkipReason.THERE: "lies there already, in that class",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFile:
    """A file that stays where it is."""

    file_id: str
    reason: SkipReason


def skip_reason(
    file: CatalogFile | None,
    is_there: Callable[[CatalogFile], bool],
    is_ours: Callable[[CatalogFile], bool],
) -> SkipReason | None:
    """Return why *file* is to be skipped; one that this very request holds, sent again, is not."""
    if file is None or file.state is not FileState.PRESENT:
        return SkipReason.GONE
    if is_there(file):
        return SkipReason.THERE
    return SkipReason.HELD if file.migration_id is not None and not is_ours(file) else None


def nothing_to_move(skipped: Sequence[SkippedFile]) -> CloudFlowError:
    """Return the refusal of a request that skips every file."""
    reasons = {one.reason for one in skipped}
    each = f"every one of these files {' or '.join(reason.words for reason in SkipReason if reason in reasons)}"
    if SkipReason.HELD in reasons:
        return WrongStateError(f"{each}: wait, or cancel that first")
    return WrongInputError(f"{each}: run a scan first" if SkipReason.GONE in reasons else each)
