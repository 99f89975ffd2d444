"""A picture of how decisions come about: what habits say of the next day, and the class that is worth most then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.rates import rate_card
from ml.backtest.families.draws import Scale
from ml.backtest.families.make import make_trace
from ml.backtest.policies.cloudflow import CloudFlow
from ml.learning.habits import ground_of
from ml.placement.learner import Learner
from ml.placement.states import IDLE_FROM, State, kind_of

SHOWN = (("media", "images that fade"), ("lake", "partitions of a data lake"), ("tenants", "buckets of many customers"))
HISTORY_DAYS = 365
SIZE_BYTES = 10 * 1024**2
COUNT, AGE_DAYS = 1.0, 2
"""Of the object that is shown: used once, at this age."""
FAR_DAYS = 10_000
COLOURS = {
    "STANDARD": "#e8a87c",
    "INTELLIGENT_TIERING": "#c9d6e3",
    "STANDARD_IA": "#8fc1b5",
    "GLACIER_IR": "#2f6690",
}


def draw_decisions(path: Path, objects: int) -> None:
    """Draw for a prefix of some families how likely a use is, and where an object lies best, as silence grows."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    all_axes = figure.subplots(1, len(SHOWN), sharey=True)
    for axes, (family, title) in zip(all_axes, SHOWN, strict=True):
        learner = _learned(family, objects)
        state = _states()
        chance, wanted = _judged(learner, state)
        _draw_one(axes, title, chance, wanted)
    all_axes[0].set_ylabel("chance of a use on the next day")
    figure.legend(
        handles=[Patch(color=colour, label=name) for name, colour in COLOURS.items()],
        loc="outside lower center",
        ncols=len(COLOURS),
        frameon=False,
    )
    figure.savefig(path, metadata={"Date": None})


def _learned(family: str, objects: int) -> Learner:
    """Return what was learned of a year of a family, its largest prefix being group 0."""
    trace = make_trace(family, 1, Scale(objects=objects, days=HISTORY_DAYS, history_days=HISTORY_DAYS - 1))
    policy = CloudFlow()
    policy.begin(ground_of(trace, shipped_book("aws")))
    learner, _ = policy.learned(trace.days)
    return learner


def _states() -> State:
    """Return an object of the largest prefix that lies in the warmest class, after each number of idle days."""
    count = len(IDLE_FROM)
    same = np.ones(count, np.int32)
    kind = kind_of(np.array([COUNT]), np.array([AGE_DAYS], np.int32))
    return State(
        group=0 * same,
        kind=np.repeat(kind, count),
        idle_days=IDLE_FROM,
        age_days=AGE_DAYS + IDLE_FROM,
        left_days=FAR_DAYS * same,
        lies=np.zeros(count, np.int8),
        held_days=AGE_DAYS + IDLE_FROM,
        untouched_days=IDLE_FROM,
        busy=np.zeros(count, np.int8),
    )


def _judged(learner: Learner, state: State) -> tuple[Any, list[str]]:
    card = rate_card(learner.book, learner.classes, np.full(len(state), SIZE_BYTES, np.int64))
    verdict = learner.judge.verdict(state, card, np.arange(len(state)))
    return learner.judge.expected_use(state), [learner.classes[int(number)] for number in verdict.wanted]


def _draw_one(axes: Any, title: str, chance: Any, wanted: list[str]) -> None:  # noqa: ANN401 # matplotlib's and NumPy's
    edges = np.append(IDLE_FROM, 2 * IDLE_FROM[-1]) + 1
    for number, name in enumerate(wanted):
        axes.axvspan(edges[number], edges[number + 1], color=COLOURS[name], linewidth=0)
    axes.plot(IDLE_FROM + 1, chance, color="#1f2937", linewidth=1.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1, edges[-1])
    axes.set_xticks([2, 8, 31, 91, 401], ["1", "7", "30", "90", "400"])
    axes.minorticks_off()
    axes.set_xlabel("idle days")
    axes.set_title(title, fontsize=10)
