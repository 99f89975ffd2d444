"""Who competes in a training, and who wins."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from cloudflow_lib.domain.prices import PriceBook
from ml.backtest.traces import Trace
from ml.learning.features import feature_hash
from ml.learning.gate import PLACEMENT, Comparison, Verdict, compare, does_no_harm, judge
from ml.learning.models import TierModel
from ml.learning.policy import LearnedPolicy
from ml.learning.shelf import ModelCard


def contest(
    trace: Trace,
    book: PriceBook,
    models: Mapping[str, TierModel],
    champion: tuple[TierModel, ModelCard] | None,
    seed: int,
) -> tuple[Comparison, str, Verdict, bool]:
    """Return what all cost, the best model, whether it may serve, and whether placing by habits may."""
    contestants = {**models, **_serving(champion)}
    money = compare(trace, book, {name: partial(LearnedPolicy, model) for name, model in contestants.items()})
    best = min(models, key=lambda name: money.costs[name])
    places = does_no_harm(money, PLACEMENT)
    candidate, opponent = PLACEMENT if places else best, _opponent(champion)
    return money, best, judge(money, candidate, None if opponent == candidate else opponent, seed=seed), places


def _serving(champion: tuple[TierModel, ModelCard] | None) -> dict[str, TierModel]:
    """Return the champion as a contestant; one of other features can no longer be asked."""
    if champion is None or champion[1].feature_hash != feature_hash():
        return {}
    return {"champion": champion[0]}


def _opponent(champion: tuple[TierModel, ModelCard] | None) -> str | None:
    """Return the contestant that does what the champion does today."""
    if champion and champion[1].habits_sha256:
        return PLACEMENT
    return "champion" if _serving(champion) else None
