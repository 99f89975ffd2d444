"""What we ask of the ledger of campaigns: bundles written once, outcomes never forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloudflow_lib.domain.campaigns import (
    ENDED,
    MOST_PROBLEMS,
    REACHABLE,
    Bundle,
    Campaign,
    CampaignState,
    Outcome,
    Progress,
    Tally,
)
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.migrations import Address
from cloudflow_lib.errors import WrongStateError
from cloudflow_lib.ports.migration_book import QuarantinedSource


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMove:
    """A file whose proved copy lies at *destination*."""

    file_id: str
    source: Address
    destination: Address


class CampaignBook(Protocol):
    """Campaigns and their bundles."""

    def save_bundle(self, bundle: Bundle) -> None:
        """
        Store a bundle of a campaign that is being planned.

        Raises:
            CatalogError: There is one of that id; none is ever written over.
        """
        ...

    def open_campaign(self, campaign: Campaign) -> Campaign:
        """
        Store the campaign when all its bundles are; opening it again returns what is stored.

        Only bundles of the plan that it names count from now on; those of other plans are forgotten.
        """
        ...

    def campaign(self, campaign_id: str) -> Campaign:
        """Return it, or raise NotFoundError."""
        ...

    def recent_campaigns(self, *, requested_by: str | None = None, limit: int = 50) -> Sequence[Campaign]: ...

    def campaigns_into(self, location_id: str) -> Sequence[Campaign]:
        """Return those that copy into the location and have not ended."""
        ...

    def set_campaign_state(self, campaign_id: str, state: CampaignState) -> Campaign:
        """
        Bring the campaign to *state*; being there already is no error.

        Raises:
            WrongStateError: That state cannot be reached from where it stands.
        """
        ...

    def carry_campaign(self, campaign_id: str, run_id: str) -> Campaign:
        """
        Let the run carry the campaign from now on, in place of any other, and let it go on if it is paused.

        For the run that carries it already nothing changes: a task that is tried again undoes no pause.

        Raises:
            WrongStateError: It has ended, or was taken from that very run: what was replaced does not come back.
        """
        ...

    def bundle(self, bundle_id: str) -> Bundle:
        """Return it with its outcomes, or raise NotFoundError."""
        ...

    def begin_bundle(self, bundle_id: str) -> bool:
        """Write down that a worker takes it up, and return whether that is the first one."""
        ...

    def waiting_bundles(self, campaign_id: str) -> Sequence[str]:
        """Return the ids of the bundles of its plan that have files to move, in their order."""
        ...

    def note_outcomes(
        self, bundle_id: str, outcomes: Mapping[str, Outcome], events: Mapping[str, Event] | None = None
    ) -> None:
        """
        Write down how files ended, by file id, together with the *events* that tell of them.

        The first word on a file counts, and only its event is told, whoever writes at the same time. Only that a
        file moved counts also where it was said before that it could not be: its worker was slow, not dead.
        """
        ...

    def bundle_progress(self, bundle_id: str) -> Progress: ...

    def campaign_progress(self, campaign_id: str) -> Progress: ...

    def move_files(self, moves: Sequence[FileMove]) -> Sequence[str]:
        """
        Point files at their copies, in bulk, and return the ids of those that lie there now; twice is once.

        All lead from one location to another, as the files of a campaign do.
        A file is moved only while it still is the version that was copied and no migration holds it.
        Another record at the destination that stands for the same copy gives up the address.
        """
        ...

    def held_among(self, file_ids: Sequence[str]) -> frozenset[str]:
        """
        Return those files that an unfinished migration holds just now.

        One that a sweep holds for a moment may be among them, or not: `move_files` refuses whatever is held.
        """
        ...

    def quarantine_together(self, sources: Sequence[QuarantinedSource]) -> None:
        """
        Put a few hundred sources aside in one write.

        They have location, time and group in common, and no other call ever names that group: what is put aside
        twice, in two groups, ends its quarantine with the later one.
        """
        ...


def require_reachable(campaign: Campaign, state: CampaignState) -> None:
    """Raise WrongStateError if *campaign* cannot reach *state* from where it stands."""
    if state not in REACHABLE[campaign.state]:
        raise WrongStateError(f"this campaign is {campaign.state}: it cannot become {state}")


def require_free_for(run_id: str, campaign: Campaign) -> None:
    """Raise WrongStateError if the run may not take the *campaign* over."""
    if campaign.state in ENDED:
        raise WrongStateError(f"this campaign is {campaign.state}: start a new one for what is left")
    if run_id in campaign.runs:
        raise WrongStateError(f"the run {campaign.carried_by} carries this campaign on instead")


def sum_up(bundles: Iterable[Mapping[str, Outcome]]) -> Progress:
    """Return how far the bundles with these outcomes are together."""
    moved = failed = Tally()
    problems: list[str] = []
    for outcome in (outcome for outcomes in bundles for outcome in outcomes.values()):
        one = Tally(files=1, size_bytes=outcome.size_bytes)
        if outcome.problem is None:
            moved += one
        else:
            failed += one
            problems.append(outcome.problem)
    return Progress(moved=moved, failed=failed, problems=tuple(problems[:MOST_PROBLEMS]))
