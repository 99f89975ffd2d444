"""What we ask of the catalogue about policies and their runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.policies import Policy


class PolicyRunState(StrEnum):
    """Where a run of a policy stands."""

    PLANNED = "planned"
    AWAITING = "awaiting"
    """It would exceed a limit: a person is asked."""
    STARTED = "started"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMove:
    """Files of one run that go to one place."""

    file_ids: tuple[str, ...]
    recommendation_ids: tuple[str, ...]
    destination_location: str | None
    storage_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRun:
    """What a policy decided once, kept so that exactly this is done, or is not."""

    run_id: str
    policy_id: str
    owner: str
    name: str
    state: PolicyRunState
    moves: tuple[PlannedMove, ...]
    files: int
    size_bytes: int
    once_usd: float
    saves_per_month: float
    beyond: tuple[str, ...]
    made_at: datetime
    decided_at: datetime | None = None
    fence: int = 0

    @property
    def batches(self) -> Sequence[str]:
        """The runs of `migrate_files` that it starts, one for each of its moves."""
        return [f"policy__{self.run_id}_{number}" for number in range(len(self.moves))]


class PolicyBook(Protocol):
    """Remember policies, and what they decided."""

    def save_policy(self, policy: Policy) -> None:
        """Write a new policy, or one that still has the fence it was read with; else raise LostRaceError."""
        ...

    def delete_policy(self, policy_id: str) -> None: ...

    def policy(self, policy_id: str) -> Policy:
        """Return it, or raise NotFoundError."""
        ...

    def policies(self, owner: str | None = None) -> Sequence[Policy]: ...

    def open_policy_run(self, run: PolicyRun, events: Sequence[Event]) -> PolicyRun:
        """Write *run* with its events; if one of its id is there, return that one and write nothing."""
        ...

    def policy_run(self, run_id: str) -> PolicyRun:
        """Return it, or raise NotFoundError."""
        ...

    def end_policy_run(self, run: PolicyRun, state: PolicyRunState, at: datetime, events: Sequence[Event]) -> PolicyRun:
        """Decide the run with its events, if nobody decided it before; return it as it stands."""
        ...

    def policy_runs(self, policy_id: str, *, limit: int = 20) -> Sequence[PolicyRun]:
        """Return the last runs, newest first."""
        ...
