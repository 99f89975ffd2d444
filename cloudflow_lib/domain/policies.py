"""
Rules by which people let the platform move their files, within limits.

Each file is decided by itself, with the reason, also where it stays. A run that would move more than
the policy's limits does not begin: a person is asked first, and a no moves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import WrongInputError

MOST_FILES = 10_000
"""Of one run: a policy that wants more goes on at its next."""


class PolicyKind(StrEnum):
    """What a policy goes by."""

    IDLE = "idle"
    """Files that nobody touched for long go where it says."""
    RECOMMENDED = "recommended"
    """What is recommended is done, if it pays back soon enough."""


class Reason(StrEnum):
    """Why a file moves, or why not."""

    MOVES = "moves"
    TOUCHED_LATELY = "touched_lately"
    READ_TOO_OFTEN = "read_too_often"
    THERE_ALREADY = "there_already"
    ON_ITS_WAY = "on_its_way"
    PAYS_BACK_LATE = "pays_back_late"
    NEXT_RUN = "next_run"


WORDS: Mapping[Reason, str] = {
    Reason.MOVES: "moves: {fact}",
    Reason.TOUCHED_LATELY: "stays: {fact}",
    Reason.READ_TOO_OFTEN: "stays: {fact}",
    Reason.THERE_ALREADY: "stays: it lies there already, in that class",
    Reason.ON_ITS_WAY: "stays: another migration moves it right now",
    Reason.PAYS_BACK_LATE: "stays: {fact}",
    Reason.NEXT_RUN: f"waits for the next run: one moves at most {MOST_FILES:,} files",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one run may move before a person is asked."""

    files: int = 1000
    size_bytes: int = 1 << 40
    usd: float = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One rule of one user."""

    policy_id: str
    owner: str
    name: str
    kind: PolicyKind
    location_id: str | None = None
    """Where the files lie; a policy that goes by recommendations may leave it out."""
    prefix: str = ""
    idle: timedelta = timedelta(days=60)
    most_reads: int | None = None
    """Not what was read more often within the last 90 days, however long ago; None does not look."""
    destination_location: str | None = None
    """None: in place."""
    destination_tier: Tier = Tier.COLD
    pays_back_within: timedelta = timedelta(days=30)
    limits: Limits = Limits()
    is_enabled: bool = True
    fence: int = 0

    def __post_init__(self) -> None:
        if self.kind is PolicyKind.IDLE and self.location_id is None:
            raise WrongInputError("say where the files lie: location_id")
        if self.idle < timedelta(days=1) or self.pays_back_within <= timedelta(0):
            raise WrongInputError("files are idle for a day at least, and nothing pays back at once")
        if min(self.limits.files, self.limits.size_bytes, self.limits.usd) < 0:
            raise WrongInputError("a limit is not below 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file, as far as a policy looks at it."""

    file_id: str
    location_id: str
    key: str
    size_bytes: int
    touched_at: datetime
    reads_90d: int = 0
    is_there: bool = False
    is_held: bool = False
    once_usd: float | None = None
    """What the move costs; None where nobody knows."""
    saves_per_month: float | None = None
    pays_back_days: float | None = None
    recommendation_id: str | None = None
    destination_location: str | None = None
    """None: in place."""
    destination_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one file, and why."""

    case: Case
    reason: Reason
    text: str

    @property
    def moves(self) -> bool:
        """Whether the file moves."""
        return self.reason is Reason.MOVES


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPlan:
    """What one run of a policy would do, file by file."""

    decisions: tuple[Decision, ...]
    beyond: tuple[str, ...]
    """The limits that it would exceed, in words; none: nobody need be asked."""

    @property
    def moving(self) -> tuple[Decision, ...]:
        """Those that move."""
        return tuple(one for one in self.decisions if one.moves)

    @property
    def size_bytes(self) -> int:
        """Return how much moves."""
        return sum(one.case.size_bytes for one in self.moving)

    @property
    def once_usd(self) -> float:
        """Return what the moves cost, as far as it is known."""
        return sum(one.case.once_usd or 0.0 for one in self.moving)

    @property
    def saves_per_month(self) -> float:
        """Return what the moves save, as far as it is known."""
        return sum(one.case.saves_per_month or 0.0 for one in self.moving)

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many files there are of each reason."""
        return dict(Counter(one.reason.value for one in self.decisions))


def decide(policy: Policy, case: Case, now: datetime) -> Decision:
    """Decide about one file."""
    reason, fact = _reason(policy, case, now)
    return Decision(case=case, reason=reason, text=WORDS[reason].format(fact=fact))


def _reason(policy: Policy, case: Case, now: datetime) -> tuple[Reason, str]:
    if case.is_held:
        return Reason.ON_ITS_WAY, ""
    if case.is_there:
        return Reason.THERE_ALREADY, ""
    if policy.kind is PolicyKind.RECOMMENDED:
        days = case.pays_back_days or 0.0
        fact = f"it pays back in {days:,.0f} days, the policy asks for {policy.pays_back_within.days}"
        return (Reason.MOVES if days <= policy.pays_back_within.days else Reason.PAYS_BACK_LATE), fact
    idle = (now - case.touched_at).days
    fact = f"untouched for {idle} days, the policy asks for {policy.idle.days}"
    if now - case.touched_at < policy.idle:
        return Reason.TOUCHED_LATELY, fact
    if policy.most_reads is not None and case.reads_90d > policy.most_reads:
        return Reason.READ_TOO_OFTEN, f"read {case.reads_90d} times in 90 days, the policy allows {policy.most_reads}"
    return Reason.MOVES, fact


def plan_policy(policy: Policy, cases: Sequence[Case], now: datetime) -> PolicyPlan:
    """Decide about *cases*; the same cases give the same plan, whether it is tried or done."""
    decisions: list[Decision] = []
    moving = 0
    for case in sorted(cases, key=lambda one: (one.location_id, one.key)):
        decision = decide(policy, case, now)
        if decision.moves and moving >= MOST_FILES:
            decision = Decision(case=case, reason=Reason.NEXT_RUN, text=WORDS[Reason.NEXT_RUN])
        moving += decision.moves
        decisions.append(decision)
    plan = PolicyPlan(decisions=tuple(decisions), beyond=())
    return PolicyPlan(decisions=plan.decisions, beyond=_beyond(policy.limits, plan))


def _beyond(limits: Limits, plan: PolicyPlan) -> tuple[str, ...]:
    files, unpriced = len(plan.moving), sum(one.case.once_usd is None for one in plan.moving)
    found = []
    if files > limits.files:
        found.append(f"{files:,} files, the limit is {limits.files:,}")
    if plan.size_bytes > limits.size_bytes:
        found.append(f"{plan.size_bytes:,} bytes, the limit is {limits.size_bytes:,}")
    if plan.once_usd > limits.usd:
        found.append(f"${plan.once_usd:,.2f} for the moves, the limit is ${limits.usd:,.2f}")
    if unpriced:
        found.append(f"what {unpriced:,} of the moves cost is not known")
    return tuple(found)
