"""Policies in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.policies import Policy
from cloudflow_lib.errors import LostRaceError, NotFoundError
from cloudflow_lib.ports.policy_book import PolicyRun, PolicyRunState

POLICY_CHANGED = "somebody else changed this policy meanwhile: look at it again"
UNDECIDED = frozenset({PolicyRunState.PLANNED, PolicyRunState.AWAITING})


class MemoryPolicies(Shelves):
    """PolicyBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._policies: dict[str, Policy] = {}
        self._policy_runs: dict[str, PolicyRun] = {}

    def save_policy(self, policy: Policy) -> None:
        with self._lock:
            known = self._policies.get(policy.policy_id)
            if (known.fence if known else 0) != policy.fence:
                raise LostRaceError(POLICY_CHANGED)
            self._policies[policy.policy_id] = replace(policy, fence=policy.fence + 1)

    def delete_policy(self, policy_id: str) -> None:
        with self._lock:
            self._policies.pop(policy_id, None)

    def policy(self, policy_id: str) -> Policy:
        with self._lock:
            if policy_id not in self._policies:
                raise NotFoundError(f"there is no policy {policy_id!r}")
            return self._policies[policy_id]

    def policies(self, owner: str | None = None) -> Sequence[Policy]:
        with self._lock:
            found = [one for one in self._policies.values() if owner is None or one.owner == owner]
        return sorted(found, key=lambda one: (one.name, one.policy_id))

    def open_policy_run(self, run: PolicyRun, events: Sequence[Event]) -> PolicyRun:
        with self._lock:
            if run.run_id not in self._policy_runs:
                self._policy_runs[run.run_id] = run
                self._tell(events)
            return self._policy_runs[run.run_id]

    def policy_run(self, run_id: str) -> PolicyRun:
        with self._lock:
            if run_id not in self._policy_runs:
                raise NotFoundError(f"there is no run {run_id!r} of a policy")
            return self._policy_runs[run_id]

    def end_policy_run(self, run: PolicyRun, state: PolicyRunState, at: datetime, events: Sequence[Event]) -> PolicyRun:
        with self._lock:
            known = self._policy_runs[run.run_id]
            if known.state in UNDECIDED:
                known = self._policy_runs[run.run_id] = replace(known, state=state, decided_at=at)
                self._tell(events)
            return known

    def policy_runs(self, policy_id: str, *, limit: int = 20) -> Sequence[PolicyRun]:
        with self._lock:
            found = [one for one in self._policy_runs.values() if one.policy_id == policy_id]
        return sorted(found, key=lambda one: (one.made_at, one.run_id), reverse=True)[:limit]
