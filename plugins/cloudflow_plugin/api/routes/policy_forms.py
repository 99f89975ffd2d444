"""Policies as they come in and go out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from cloudflow_lib.domain.policies import MOST_FILES, Limits, PolicyKind, Reason
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.policy_book import PolicyRunState
from cloudflow_plugin.api.fields import MOST_BYTES, Answer, Handle, Key, Request, Text

DAYS = Annotated[float, Field(ge=1, le=3650)]


class LimitsBody(Request):
    """How much one run may move before a person is asked."""

    files: int = Field(1000, ge=0, le=MOST_FILES)
    size_bytes: int = Field(1 << 40, ge=0, le=MOST_BYTES)
    usd: float = Field(50.0, ge=0, le=1e9)


class PolicyBody(Request):
    """What should move, where to, and within which limits."""

    name: Text = Field(min_length=1, examples=["Old reports go cold"])
    kind: PolicyKind = PolicyKind.IDLE
    location_id: Handle | None = None
    prefix: Key = ""
    idle_days: DAYS = 60
    most_reads: int | None = Field(None, ge=0, le=1_000_000, description="Not what was read more often in 90 days.")
    destination_location: Handle | None = Field(None, description="Left out: where they lie.")
    destination_tier: Tier = Tier.COLD
    pays_back_days: DAYS = 30
    limits: LimitsBody = LimitsBody()
    enabled: bool = True

    def fields(self) -> dict[str, Any]:
        """Return them as fields of the domain's `Policy`."""
        same = ("name", "kind", "location_id", "prefix", "most_reads", "destination_location", "destination_tier")
        return {
            **{name: getattr(self, name) for name in same},
            "idle": timedelta(days=self.idle_days),
            "pays_back_within": timedelta(days=self.pays_back_days),
            "limits": Limits(**self.limits.model_dump()),
            "is_enabled": self.enabled,
        }


class Policy(Answer):
    """A policy as it is kept."""

    policy_id: str
    owner: str
    name: str
    kind: PolicyKind
    location_id: str | None
    prefix: str
    idle_days: float
    most_reads: int | None
    destination_location: str | None
    destination_tier: Tier
    pays_back_days: float
    limits: LimitsBody
    enabled: bool


class Policies(Answer):
    """Policies by name."""

    policies: list[Policy]


class FileDecision(Answer):
    """What becomes of one file, and why, or why not."""

    file_id: str
    location_id: str
    name: str
    size_bytes: int
    moves: bool
    reason: Reason
    why: str = Field(examples=["stays: untouched for 12 days, the policy asks for 60"])
    destination_location: str | None
    destination_class: str
    once_usd: float | None
    saves_per_month: float | None


class PolicyPreview(Answer):
    """What a run would do now."""

    files: int
    size_bytes: int
    once_usd: float
    saves_per_month: float
    asks: list[str] = Field(description="The limits that it would exceed: then a person is asked first.")
    counts: dict[str, int] = Field(description="How many files there are of each reason.")
    decisions: list[FileDecision]


class PolicyRun(Answer):
    """What a policy decided once, and what became of it."""

    run_id: str
    state: PolicyRunState
    files: int
    size_bytes: int
    once_usd: float
    saves_per_month: float
    beyond: list[str]
    made_at: AwareDatetime
    decided_at: AwareDatetime | None


class PolicyRuns(Answer):
    """The last runs, newest first."""

    runs: list[PolicyRun]


class Started(Answer):
    """The run of `apply_policy` that was started."""

    run_id: str
    run_url: str
