"""
Training, step by step: each step reads what the one before left in a folder, so that each can be a task.

`prepare` writes the rows, `expect` checks them, `train_candidate` fits one candidate (several may run
side by side), `settle` replays them all, lets the gate decide and tells MLflow the whole story.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import joblib

from cloudflow_lib.domain.prices import PriceBook, book_hash
from cloudflow_lib.errors import WrongInputError
from ml.backtest.traces import Trace
from ml.learning.contest import contest
from ml.learning.dataset import Parts, Rows, labelled_rows, mornings, split
from ml.learning.expectations import Checked, check_training, rows_frame
from ml.learning.features import FEATURES, feature_hash
from ml.learning.gate import PLACEMENT, RULES, Comparison, Verdict, regret_by_size
from ml.learning.habits import Habits, learn_habits, write_habits
from ml.learning.models import TierModel
from ml.learning.plans import Plan
from ml.learning.plots import plots
from ml.learning.scores import scores
from ml.learning.shelf import ModelCard, read_card, read_model, write_model

PARTS_FILE, TRACE_FILE, PLAN_FILE = "parts.joblib", "trace.joblib", "plan.json"


class BadDataError(WrongInputError):
    """The data are not as they must be: nothing is learnt from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of a training."""

    candidate: str
    promoted: bool
    reasons: tuple[str, ...]
    version: str | None
    costs: Mapping[str, float]
    metrics: Mapping[str, float]
    saves: float
    saves_low: float


def prepare(folder: Path, trace: Trace, book: PriceBook, plan: Plan) -> dict[str, Any]:
    """Write the rows of a trace and the days that the gate will replay; return what they are."""
    cut = trace.days - plan.scored_days
    days = [day for day in mornings(trace, plan.horizon, every=plan.every) if day + plan.horizon <= cut]
    if not days:
        raise WrongInputError(f"{trace.days} days are too few to learn from: wait for more access logs")
    rows = labelled_rows(trace, book, days, horizon=plan.horizon, most=plan.most_rows, seed=plan.seed)
    parts = split(rows, horizon=plan.horizon, seed=plan.seed)
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(parts, folder / PARTS_FILE)
    joblib.dump((_scored(trace, cut), book), folder / TRACE_FILE)
    told = {
        "rows": len(rows),
        "train": len(parts.train),
        "calibrate": len(parts.calibrate),
        "judge": len(parts.judge),
        "data_digest": rows.digest(),
        "feature_hash": feature_hash(),
        "price_book": book.name,
        "price_book_hash": book_hash(book),
        "days": trace.days,
        "objects": len(trace.objects),
        "source": trace.name,
    }
    (folder / PLAN_FILE).write_text(json.dumps({"plan": asdict(plan), "data": told}), encoding="utf-8")
    return told


def _scored(trace: Trace, cut: int) -> Trace:
    """Return the trace with the days from *cut* on to be billed."""
    return Trace(
        name=trace.name,
        days=trace.days,
        history_days=cut,
        source=trace.source,
        licence=trace.licence,
        objects=trace.objects,
        log=trace.log,
    )


def plan_of(folder: Path) -> tuple[Plan, dict[str, Any]]:
    """Return the plan and what was prepared."""
    told = json.loads((folder / PLAN_FILE).read_text(encoding="utf-8"))
    return Plan(**told["plan"]), told["data"]


def expect(folder: Path, docs: Path) -> Checked:
    """Check the training set; BadDataError names what is broken and where people can look at it."""
    parts: Parts = joblib.load(folder / PARTS_FILE)
    checked = check_training(rows_frame(parts.train), docs)
    if not checked.passed:
        raise BadDataError(f"the training set is not sound: {'; '.join(checked.failed)} (see {checked.docs})")
    return checked


def train_candidate(folder: Path, name: str, *, now: datetime) -> dict[str, float]:
    """Fit and score one candidate and leave it in the folder."""
    plan, data = plan_of(folder)
    parts: Parts = joblib.load(folder / PARTS_FILE)
    model = TierModel(horizon=plan.horizon, effort=plan.candidates[name]).fit(parts.train, parts.calibrate)
    card = ModelCard(
        version=f"{name}-{data['data_digest'][:8]}",
        feature_hash=feature_hash(),
        price_book=data["price_book"],
        price_book_hash=data["price_book_hash"],
        data_digest=data["data_digest"],
        horizon=plan.horizon,
        trained_at=now.isoformat(),
        backtest={},
    )
    write_model(folder / name, model, card)
    truth = _truth(parts)
    return scores(model.predict(truth.features), truth)


def _truth(parts: Parts) -> Rows:
    """Return the rows that judge; where too few prefixes or days are left for any, those of the calibration."""
    return parts.judge if len(parts.judge) else parts.calibrate


def settle(
    folder: Path,
    champion: tuple[TierModel, ModelCard] | None,
    *,
    log: Callable[..., str] | None,
) -> Settled:
    """
    Replay every candidate against the champion and the rules; let the gate decide, and log it all.

    Placing by habits is judged with them: where it does no harm it is what serves, and habits of all days lie
    beside the model. Fresher habits need not beat a champion that places by habits too: both are one policy.
    *log* registers a run and returns the version; None logs nothing (for tests and trials).
    """
    plan, data = plan_of(folder)
    parts: Parts = joblib.load(folder / PARTS_FILE)
    trace, book = joblib.load(folder / TRACE_FILE)
    models = {name: read_model(folder / name)[0] for name in plan.candidates}
    money, best, verdict, places = contest(trace, book, models, champion, plan.seed)
    fresh = learn_habits(trace, book) if places else None
    truth = _truth(parts)
    version = None
    metrics: dict[str, float] = {}
    for name in [*(one for one in models if one != best), best]:
        found = models[name].predict(truth.features)
        metrics = {**scores(found, truth), **_money(money, name, verdict)}
        card = _judged_card(folder / name, models[name], money, fresh)
        if log is not None:
            told = log(
                name=name,
                folder=folder / name,
                card=card,
                example=truth.features,
                params=_params(plan, data, models[name]),
                metrics=metrics,
                figures=plots(models[name], found, truth, money, name),
                tables=_tables(money, name, models[name], verdict),
                alias=_alias(name, best, verdict),
            )
            version = told if name == best else version
    return Settled(
        candidate=best,
        promoted=verdict.promoted,
        reasons=verdict.reasons,
        version=version,
        costs=dict(money.costs),
        metrics=metrics,
        saves=verdict.saves,
        saves_low=verdict.saves_low,
    )


def _judged_card(folder: Path, model: TierModel, money: Comparison, habits: Habits | None) -> ModelCard:
    """Write the model once more with what it was judged by, and the habits beside it."""
    digest = write_habits(folder, habits) if habits else ""
    known = asdict(read_card(folder))
    return write_model(folder, model, ModelCard(**{**known, "backtest": dict(money.costs), "habits_sha256": digest}))


def _alias(name: str, best: str, verdict: Verdict) -> str | None:
    """Return who the candidate becomes: champion, challenger, or nobody."""
    if name != best:
        return None
    return "champion" if verdict.promoted else "challenger"


def _money(money: Comparison, name: str, verdict: Verdict) -> dict[str, float]:
    best = money.costs["optimum"]
    told = {f"ratio_{one}": money.costs[one] / best for one in (*RULES, PLACEMENT, name)}
    told["ratio"] = told.pop(f"ratio_{name}")
    told["cost_usd"] = money.costs[name]
    told["saves_against_intelligent_tiering"] = 1 - money.costs[name] / money.costs["intelligent_tiering"]
    told["gate_saves"], told["gate_saves_low"] = verdict.saves, verdict.saves_low
    return told


def _params(plan: Plan, data: Mapping[str, Any], model: TierModel) -> dict[str, Any]:
    return {**asdict(plan), **data, **model.effort.told(), "features": len(FEATURES), **_kinds(model)}


def _kinds(model: TierModel) -> dict[str, str]:
    return {f"calibration_{name}": kind for name, kind in model.kinds.items()}


def _tables(money: Comparison, name: str, model: TierModel, verdict: Verdict) -> dict[str, Any]:
    return {
        "backtest.json": {name: one.told() for name, one in money.outcomes.items()},
        "importances.json": model.importances(),
        "gate.json": asdict(verdict),
        "regret_by_size.json": {"tenths": regret_by_size(money, (name, PLACEMENT, *RULES))},
    }
