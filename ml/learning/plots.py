"""What the MLflow UI shows of a run: is it calibrated, what does it save, what does it look at, where does it err."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ml.learning.answers import Predictions
from ml.learning.dataset import Rows
from ml.learning.gate import PLACEMENT, Comparison, regret_by_size
from ml.learning.models import TierModel
from ml.learning.scores import by_size, reliability

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
    """Draw by how much each tenth of the files, by size, was dearer than the optimum: the model, and who competes."""
    names = list(dict.fromkeys((name, PLACEMENT, "intelligent_tiering")))
    table = regret_by_size(money, names)
    figure, axes = _figure(
        "Where the regret lies", "files up to this size, a tenth of all each", "dollars above the optimum"
    )
    width, colors = 0.8 / len(names), (GOOD, INK, SOFT)
    for number, one in enumerate(names):
        places = np.arange(len(table)) + (number - (len(names) - 1) / 2) * width
        axes.bar(places, [row[one] for row in table], width, label=one, color=colors[number])
    axes.set_xticks(range(len(table)), [_bytes(row["up_to_bytes"]) for row in table], fontsize=7)
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.legend(frameon=False)
    return figure


def _bytes(size: float) -> str:
    """Return a size in the largest unit that leaves a figure before the point."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    power = min(int(np.log2(max(size, 1.0)) // 10), len(units) - 1)
    return f"{size / 1024**power:.3g} {units[power]}"


def calibration_plot(found: Predictions, truth: Rows) -> Figure:
    """Draw the calibration error by file size."""
    told = by_size(found, truth)
    figure, axes = _figure("Calibration error by size", "size up to, bytes", "error")
    axes.plot([max(edge, 1.0) for edge, _ in told], [error for _, error in told], marker="o", color=GOOD)
    axes.set_xscale("log")
    return figure
