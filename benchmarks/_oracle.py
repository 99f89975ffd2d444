"""
The judge of a run: compares what lies on both sides, through plain SDKs, with what the ledger and the events tell.

It uses nothing of the engine. What the owners of the files did is known from their own story.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks._faults_world import Story

ENDED = frozenset({"done", "failed", "cancelled", "rolled_back"})
SWITCHED = frozenset({"switched", "done"})
TOLD = ("could not be removed", "an object lies at")
"""How the error of a failed migration says that something may lie at the destination."""
PATH = ("queued", "validated", "copied", "verified", "switched", "done", "failed", "cancelled")
"""The order in which a ledger's states follow each other."""


class Verdict(StrEnum):
    """What must never be."""

    LOST = "lost"
    CORRUPTED = "corrupted"
    WRONGLY_DELETED = "wrongly deleted"
    LEFT_BEHIND = "copy left behind"
    STUCK = "stuck"
    ABANDONED_UPLOAD = "abandoned upload"
    EVENT_LOST = "event lost"
    CRASHED = "crashed"
    SENT_AGAIN = "too much sent again"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    verdict: Verdict
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRecord:
    """A migration as the ledger has it."""

    migration_id: str
    key: str
    state: str
    states: tuple[str, ...]
    """Every state it has reached."""
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file as the catalogue has it."""

    place: str
    key: str
    is_present: bool
    held_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All there is to see when a run is over."""

    stories: Sequence[Story]
    here: Mapping[str, bytes]
    there: Mapping[str, bytes]
    unfinished: int
    moves: Sequence[MoveRecord]
    files: Sequence[FileRecord]
    quarantined: int
    told: Sequence[tuple[str, str, str]]
    """Event id, migration id and state, in the order in which they were published."""


def judge(evidence: Evidence) -> list[Finding]:
    """Return everything that is wrong."""
    found = [*_events(evidence), *_ledger(evidence)]
    for story in evidence.stories:
        found += _file(story, evidence)
    known = {story.key for story in evidence.stories}
    found += [Finding(Verdict.LEFT_BEHIND, f"nobody knows {key!r}") for key in {*evidence.there} - known]
    return found


def _file(story: Story, evidence: Evidence) -> Iterable[Finding]:
    """Judge one file: is its newest content where the catalogue says, and nothing else."""
    here, there = evidence.here.get(story.key), evidence.there.get(story.key)
    addresses = {file.place for file in evidence.files if file.key == story.key and file.is_present}
    newest = story.versions[-1]
    if not story.is_deleted and not story.stranger_came_late:
        is_safe = (here == newest and "here" in addresses) or (there == newest and "there" in addresses)
        if not is_safe:
            yield _missing(story, here, there, addresses)
    if here is not None and here not in story.versions:
        yield Finding(Verdict.CORRUPTED, f"the source {story.key!r} has bytes that its owner did not write")
    if story.is_deleted and here is not None:
        yield Finding(Verdict.CORRUPTED, f"{story.key!r} came back after its owner had deleted it")
    yield from _copy(story, here, there, [move for move in evidence.moves if move.key == story.key])


def _copy(story: Story, here: bytes | None, there: bytes | None, moves: Sequence[MoveRecord]) -> Iterable[Finding]:
    """Judge what lies at the destination under the file's name, and whether the source is still there beside it."""
    is_moved = any(move.state in SWITCHED for move in moves)
    is_told = any(words in move.error for words in TOLD for move in moves)
    if story.stranger is not None:
        if there != story.stranger:
            yield Finding(Verdict.WRONGLY_DELETED, f"what somebody else wrote as {story.key!r} is gone")
    elif is_moved and there is None:
        yield Finding(Verdict.LOST, f"{story.key!r} is moved, says the ledger, and is not there")
    elif is_moved and there not in story.versions:
        yield Finding(Verdict.CORRUPTED, f"the copy of {story.key!r} has bytes that nobody wrote")
    elif there is not None and not is_moved and not is_told:
        yield Finding(Verdict.LEFT_BEHIND, f"{story.key!r} was not moved, and a copy lies at the destination")
    elif is_moved and here == story.versions[0] and len(story.versions) == 1:
        yield Finding(Verdict.STUCK, f"the source of {story.key!r} is still there after its quarantine")


def _missing(story: Story, here: bytes | None, there: bytes | None, addresses: set[str]) -> Finding:
    newest = story.versions[-1]
    if newest in (here, there):
        words = f"the catalogue does not say where {story.key!r} lies: it says {sorted(addresses) or 'nothing'}"
        return Finding(Verdict.LOST, words)
    if here is None and len(story.versions) > 1:
        return Finding(Verdict.WRONGLY_DELETED, f"{story.key!r} was overwritten by its owner, and that is gone")
    if here is None and there is None:
        return Finding(Verdict.LOST, f"{story.key!r} is nowhere")
    return Finding(Verdict.CORRUPTED, f"{story.key!r} has other bytes than its owner wrote")


def _ledger(evidence: Evidence) -> Iterable[Finding]:
    for move in evidence.moves:
        if move.state not in ENDED:
            yield Finding(Verdict.STUCK, f"the migration of {move.key!r} is {move.state} for ever")
    for file in evidence.files:
        if file.held_by:
            yield Finding(Verdict.STUCK, f"{file.key!r} is held by a migration for ever")
    if evidence.quarantined:
        yield Finding(Verdict.STUCK, f"{evidence.quarantined} sources are in quarantine for ever")
    if evidence.unfinished:
        yield Finding(Verdict.ABANDONED_UPLOAD, f"{evidence.unfinished} uploads that nobody finished or aborted")


def _events(evidence: Evidence) -> Iterable[Finding]:
    """Judge the events: of every state of every migration exactly one, in order; repeats have the same id."""
    seen: set[str] = set()
    told: dict[str, list[str]] = {}
    for event_id, migration_id, state in evidence.told:
        if event_id not in seen:
            seen.add(event_id)
            told.setdefault(migration_id, []).append(state)
    for move in evidence.moves:
        wanted = [state for state in PATH if state in {"queued", *move.states}]
        found = told.get(move.migration_id, [])
        if found != wanted:
            yield Finding(Verdict.EVENT_LOST, f"{move.key!r} went {wanted}, and its events tell {found}")
    for migration_id in told.keys() - {move.migration_id for move in evidence.moves}:
        yield Finding(Verdict.EVENT_LOST, f"events tell of a migration {migration_id} that the ledger has not")
