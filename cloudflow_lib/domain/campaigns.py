"""A campaign: up to a million files on their way, cut into bundles that are moved one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import repeat

MOST_BUNDLES = 200
"""One mapped task moves one bundle; the scheduler rereads every task of a run."""

SMALLEST_BUNDLE = 1000
"""Files; a task costs a second around its work."""

FEWEST_BUNDLES = 4
"""Where there are files enough; the first of them is cut in two halves, which come first and last."""

BIGGEST_BUNDLE = 5050
"""Files; a worker has them all in memory, and another one reads them anew when it carries on."""

ENOUGH_FILES = FEWEST_BUNDLES * BIGGEST_BUNDLE
"""From so many on each bundle is as big as can be."""

MOST_FILES = 1_000_000
"""Fit into `MOST_BUNDLES`, the first of them half full."""

MOST_NAME_BYTES = 3_000_000
"""
Of the names in one bundle, whose document may hold 16 MB.

Where names take more than 600 bytes a file, a million files make more than `MOST_BUNDLES`.
"""

MOST_PROBLEMS = 20
"""Of a campaign that are shown."""


class CampaignState(StrEnum):
    """Where a campaign stands."""

    RUNNING = "running"
    PAUSED = "paused"
    """Workers stop after the files in flight; running it again carries on."""
    DONE = "done"
    """Every file arrived, or has a reason why not."""
    CANCELLED = "cancelled"
    """As paused, for good. What arrived stays where it arrived."""


ENDED = frozenset({CampaignState.DONE, CampaignState.CANCELLED})

REACHABLE: Mapping[CampaignState, frozenset[CampaignState]] = {
    CampaignState.RUNNING: frozenset({CampaignState.PAUSED, CampaignState.DONE, CampaignState.CANCELLED}),
    CampaignState.PAUSED: frozenset({CampaignState.RUNNING, CampaignState.CANCELLED}),
    CampaignState.DONE: frozenset(),
    CampaignState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many files, and how many bytes they have together."""

    files: int = 0
    size_bytes: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(files=self.files + other.files, size_bytes=self.size_bytes + other.size_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What was asked for and how far it is."""

    campaign_id: str
    requested_by: str
    source_location: str
    destination_location: str
    quarantine_days: float
    planned: Tally
    left_out: Tally = field(default_factory=Tally)
    """What fits the filter, but not into the caps."""
    bundles: int
    state: CampaignState = CampaignState.RUNNING
    opened_at: datetime
    ended_at: datetime | None = None
    plan_id: str | None = None
    """Which try to plan it counts. Bundles of one that broke off, or came too late, are not the campaign's."""
    runs: tuple[str, ...] = ()
    """The runs that were to carry it, one after the other; campaigns from before this was noted have none."""

    @property
    def carried_by(self) -> str | None:
        """The run whose workers may move its files; None: any."""
        return self.runs[-1] if self.runs else None

    def is_taken_from(self, run_id: str | None) -> bool:
        """Return whether another run carries it; a worker of no run in particular (None) works for whichever does."""
        return run_id is not None and self.carried_by not in (None, run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFile:
    """One file of a bundle: exactly which bytes go where."""

    file_id: str
    owner: str
    key: str
    version: str
    storage_class: str
    size_bytes: int
    target_key: str
    target_class: str

    @property
    def name_bytes(self) -> int:
        """The bytes that its two names take."""
        return len(self.key.encode()) + len(self.target_key.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one file ended: with a proof, or with a problem."""

    size_bytes: int
    proof: str | None = None
    problem: str | None = None
    notes: tuple[str, ...] = ()

    def outweighs(self, known: Outcome | None) -> bool:
        """Return whether this counts beside what is *known*: the first word, but that it moved is true for good."""
        return known is None or (self.problem is None and known.problem is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Some files of a campaign, moved by one worker in one process."""

    bundle_id: str
    campaign_id: str
    number: int
    files: tuple[BundleFile, ...]
    plan_id: str | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """File id -> how it ended; a file without one is still to move."""

    @property
    def waiting(self) -> tuple[BundleFile, ...]:
        """The files that are still to move."""
        return tuple(file for file in self.files if file.file_id not in self.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a campaign is, over all its bundles."""

    moved: Tally = field(default_factory=Tally)
    failed: Tally = field(default_factory=Tally)
    problems: tuple[str, ...] = ()
    """The first of them, one line each."""

    def __add__(self, other: Progress) -> Progress:
        return Progress(
            moved=self.moved + other.moved,
            failed=self.failed + other.failed,
            problems=(self.problems + other.problems)[:MOST_PROBLEMS],
        )


def bundle_id_of(campaign_id: str, plan_id: str, number: int) -> str:
    """Return the id of the bundle *number*, from 0: each try to plan the campaign has bundles of its own."""
    return f"{campaign_id}/{plan_id}/{number:04d}"


def bundle_sizes(files: int) -> Iterator[int]:
    """
    Yield how many files go into each bundle, without end; *files* make at most `MOST_BUNDLES` of them.

    The first is half as large as the others. Of two that are moved beside each other one then still copies
    while the last copies of the other are written into the catalogue, and the next one begins. Where the fewest
    are enough, what is left for the last is a half too: then none is moved alone at the end.
    """
    size = max(SMALLEST_BUNDLE, min(-(-files // FEWEST_BUNDLES), BIGGEST_BUNDLE))
    yield max(SMALLEST_BUNDLE, size // 2)
    yield from repeat(size)
