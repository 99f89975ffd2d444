"""The act about money: learn, recommend, let a policy ask, do it, and say what it did to the monthly bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cloudflow_cli.demo.placing import ARCHIVE
from cloudflow_cli.demo.prices import ENDING
from cloudflow_cli.demo.routes import ADMIN
from cloudflow_cli.demo.runs import MIGRATE
from cloudflow_lib.domain.policies import Limits, Policy, PolicyKind
from cloudflow_lib.domain.recommendations import Recommendation
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.policy_book import PolicyRun
from cloudflow_lib.ports.recommendation_book import RecommendationQuery, pages_of
from cloudflow_lib.workflows.compare_costs import CostComparison, compare_costs

if TYPE_CHECKING:
    from cloudflow_cli.demo.story import Stage

TRAIN, RECOMMEND, APPLY = "train_tier_model", "recommend_moves", "apply_policy"
PAYS_BACK = timedelta(days=60)
POLICY = Policy(
    policy_id="demonstration",
    owner=ADMIN,
    name="Demonstration: what pays back soon, after asking",
    kind=PolicyKind.RECOMMENDED,
    location_id=ARCHIVE,
    pays_back_within=PAYS_BACK,
    limits=Limits(files=0),
    is_enabled=False,
)
"""Never runs by itself, and asks before each file; what is recommended elsewhere is left to who looks at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Dollars a month for one place, by the one biller, at the reads of the last 30 days."""

    before: float
    after: float
    all_hot: float
    managed: float
    """If everything had always lain in Intelligent-Tiering."""
    promised: float
    """What the applied recommendations said they would save."""
    once: float
    """What applying them cost, in dollars."""
    size_bytes: int
    files: int
    asked: int
    """Moves that are worth their cost and pay back soon enough for the policy."""
    applied: int
    left: int
    """Recommendations for other places, for who looks at them."""
    champion: str
    """Who recommended."""
    is_enlarged: bool
    """Whether each byte stands for a thousand; not in a stack that ran before there was a demonstration."""
    problems: Sequence[str] = field(default_factory=tuple)


def begin_training(stage: Stage) -> str | None:
    """Start the training, which goes on beside the moves, and return its run; None with a champion from before."""
    from cloudflow_lib.bootstrap import settings

    if settings().learning.champion.exists():
        return None
    return stage.airflow.start(TRAIN, {"quick": True})


def end_training(stage: Stage, run_id: str | None) -> str:
    """Wait for the training, and return what serves by now."""
    if run_id is None:
        return f"{_champion()}, trained in an earlier demonstration"
    with stage.steps.step("train_tier_model: learning how files are used, beside the moves") as step:
        stage.airflow.wait(TRAIN, [run_id])
        step.result = champion = _champion()
    return champion


def _champion() -> str:
    from cloudflow_lib.bootstrap import settings
    from ml.learning.shelf import ModelError, read_card

    try:
        card = read_card(settings().learning.champion)
    except ModelError:
        return "the rules alone: no model saved money here"
    return f"champion {card.version}" + (", placing by habits" if card.habits_sha256 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What the policy was allowed to do, and what is known to compare it with."""

    run: PolicyRun
    offered: Sequence[Recommendation]
    before: CostComparison
    champion: str


def recommend(stage: Stage, classified_since: datetime, *, is_new: bool) -> Sequence[Recommendation]:
    """
    Say of every file where it would be cheapest, and return the moves that are worth it.

    Classification wakes the DAG by itself; a champion that *is_new* since then is asked, too.
    """
    with stage.steps.step("recommend_moves: where would each file be cheapest?") as step:
        stage.airflow.wait_woken(RECOMMEND, classified_since)
        if is_new:
            stage.airflow.finish(RECOMMEND)
        queries = [RecommendationQuery(location_id=name) for name in stage.world.places()]
        offered = [one for query in queries for page in pages_of(stage.catalog, query) for one in page]
        saves = sum(one.saves_per_month for one in offered)
        step.result = (
            f"{len(offered):,} moves are worth their cost and would save ${saves:,.2f} a month; the rest stays"
        )
    return offered


def strike(stage: Stage, offered: Sequence[Recommendation], champion: str) -> Deal:
    """Let the policy ask, and say yes as a person would; the moves begin."""
    with stage.steps.step("apply_policy: asks before it moves what pays back soon") as step:
        before = _bill(stage)
        run = _approved(stage)
        step.result = f"asked about {run.files} files, heard yes" if run.files else "nothing to ask: nothing pays back"
    return Deal(run=run, offered=offered, before=before, champion=champion)


def settle(stage: Stage, deal: Deal) -> Money:
    """Wait for the moves, and compare the bills."""
    stage.airflow.wait(MIGRATE, deal.run.batches)
    moves = [move for batch in deal.run.batches for move in stage.catalog.batch(batch)]
    moved = {move.file_id for move in moves if move.state == "done"}
    before, after = deal.before, _bill(stage)
    done = [one for one in deal.offered if one.file_id in moved]
    return Money(
        before=before.now,
        after=after.now,
        all_hot=before.all_hot,
        managed=before.managed,
        promised=sum(one.saves_per_month for one in done),
        once=sum(one.once_usd for one in done),
        size_bytes=before.size_bytes,
        files=before.files,
        asked=deal.run.files,
        applied=len(moved),
        left=len(deal.offered) - len(done),
        champion=deal.champion,
        is_enlarged=_is_enlarged(stage),
        problems=_problems(deal.run, before, after, len(moved)),
    )


def begin_billing(stage: Stage) -> str:
    """Let the pages know what the files cost where they lie by now, beside what is left to do; return the run."""
    return stage.airflow.start(RECOMMEND, {})


def end_billing(stage: Stage, run_id: str) -> None:
    """Wait for that."""
    with stage.steps.step("recommend_moves: what do they cost now?"):
        stage.airflow.wait(RECOMMEND, [run_id])


def _problems(run: PolicyRun, before: CostComparison, after: CostComparison, moved: int) -> tuple[str, ...]:
    problems = []
    if moved < run.files:
        problems.append(f"{run.files - moved} of {run.files} files that were to move for money did not")
    if moved and after.now >= before.now:
        problems.append(f"the bill went from ${before.now:.6f} to ${after.now:.6f} a month, not down")
    return tuple(problems)


def _approved(stage: Stage) -> PolicyRun:
    """Run the policy to its end; whatever it asks is answered with yes."""
    try:
        known = stage.catalog.policy(POLICY.policy_id)
    except NotFoundError:
        known = POLICY
        stage.catalog.save_policy(known)
    run_id = stage.airflow.start(APPLY, {"policy_id": known.policy_id})
    stage.airflow.approve(APPLY, run_id)
    return stage.catalog.policy_run(run_id)


def _bill(stage: Stage) -> CostComparison:
    from cloudflow_lib.bootstrap import settings

    return compare_costs(stage.services, settings().classification.thresholds(), [ARCHIVE])


def _is_enlarged(stage: Stage) -> bool:
    book = stage.services.price_book(stage.catalog.location(ARCHIVE))
    return book is not None and book.name.endswith(ENDING)
