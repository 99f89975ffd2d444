"""What the MLflow UI shows of a run: is it calibrated, what does it save, what does it look at, where does it err."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ml.learning.answers import Predictions
from ml.learning.dataset import Rows
from ml.learning.gate import Comparison
from ml.learning.models import TierModel
from ml.learning.scores import BINS, by_size, reliability

SIZE = (6.4, 4.2)
INK, SOFT, GOOD = "#1f2937", "#9ca3af", "#2563eb"


def plots(model: TierModel, found: Predictions, truth: Rows, money: Comparison, name: str) -> Mapping[str, Figure]:
    """Return file name -> figure; *name* is the contestant that the model is in *money*."""
    return {
        "reliability.png": reliability_plot(found, truth),
        "cost_against_baselines.png": cost_plot(money, name),
        "feature_importance.png": importance_plot(model),
        "regret_by_size.png": regret_plot(money, name),
        "calibration_by_size.png": calibration_plot(found, truth),
    }


def _figure(title: str, x: str, y: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def reliability_plot(found: Predictions, truth: Rows) -> Figure:
    """Draw predicted against happened: a calibrated model lies on the diagonal."""
    figure, axes = _figure("When it says 30 %, does it happen 3 times of 10?", "predicted", "happened")
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1)
    for label, chance, happened in (
        ("within a week", found.soon, truth.soon),
        ("within the horizon", found.read, truth.read),
    ):
        table = reliability(chance, happened)
        axes.plot(table.predicted, table.happened, marker="o", label=f"read {label}")
    axes.legend(frameon=False)
    return figure


def cost_plot(money: Comparison, name: str) -> Figure:
    """Draw every contestant's bill as a multiple of the optimum's."""
    best = money.costs["optimum"]
    ordered = sorted(money.costs.items(), key=lambda pair: pair[1])
    figure, axes = _figure("What the same days would have cost", "times the clairvoyant optimum", "")
    bars = [cost / best for _, cost in ordered]
    colors = [GOOD if contestant == name else SOFT for contestant, _ in ordered]
    axes.barh([contestant for contestant, _ in ordered], bars, color=colors)
    for place, bar in enumerate(bars):
        axes.text(bar, place, f" {bar:.2f}", va="center", fontsize=9)
    return figure


def importance_plot(model: TierModel, most: int = 15) -> Figure:
    """Draw what the forest looks at."""
    told = list(model.importances().items())[:most][::-1]
    figure, axes = _figure("What the forest looks at", "share of its decisions", "")
    axes.barh([name for name, _ in told], [share for _, share in told], color=GOOD)
    return figure


def regret_plot(money: Comparison, name: str) -> Figure:
    """Draw by how much each tenth of the files, by what they cost, was dearer than the optimum."""
    own, best = money.by_object[name], money.by_object["optimum"]
    order = np.argsort(money.by_object["all_hot"])
    parts = np.array_split(order, BINS)
    regret = [float((own[part] - best[part]).sum()) for part in parts]
    figure, axes = _figure("Where the regret lies", "tenth of the files, small to large", "dollars above the optimum")
    axes.bar(range(1, len(parts) + 1), regret, color=GOOD)
    return figure


def calibration_plot(found: Predictions, truth: Rows) -> Figure:
    """Draw the calibration error by file size."""
    told = by_size(found, truth)
    figure, axes = _figure("Calibration error by size", "size up to, bytes", "error")
    axes.plot([max(edge, 1.0) for edge, _ in told], [error for _, error in told], marker="o", color=GOOD)
    axes.set_xscale("log")
    return figure
