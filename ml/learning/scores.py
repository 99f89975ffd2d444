"""How good a model is by itself: sharpness, calibration and agreement. Reported, never the gate: that is money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score

from cloudflow_lib.domain.timelines import Bools, Floats
from ml.learning.answers import Predictions
from ml.learning.dataset import TIERS, Rows
from ml.learning.features import Floats32

BINS = 10
DRIFTED = 0.25
"""From this population stability on, a feature has moved away from what the model learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Predicted against happened, by tenths of the predictions."""

    predicted: Floats
    happened: Floats
    count: Floats

    @property
    def error(self) -> float:
        """Return the expected calibration error."""
        total = self.count.sum()
        return float((np.abs(self.predicted - self.happened) * self.count).sum() / total) if total else 0.0


def reliability(chance: Floats32, happened: Bools) -> Reliability:
    """Return the table of tenths; empty ones are left out."""
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    count = np.bincount(bins, minlength=BINS).astype(float)
    with np.errstate(invalid="ignore"):
        predicted = np.bincount(bins, chance, BINS) / count
        came = np.bincount(bins, happened, BINS) / count
    full = count > 0
    return Reliability(predicted=predicted[full], happened=came[full], count=count[full])


def scores(found: Predictions, truth: Rows) -> dict[str, float]:
    """Return every figure of one model on rows it never saw."""
    told: dict[str, float] = {"rows": float(len(truth))}
    for name, chance, happened in (("soon", found.soon, truth.soon), ("read", found.read, truth.read)):
        told[f"{name}_share"] = float(happened.mean())
        told[f"{name}_pr_auc"] = float(average_precision_score(happened, chance)) if happened.any() else 0.0
        told[f"{name}_brier"] = float(brier_score_loss(happened, chance)) if len(truth) else 0.0
        told[f"{name}_calibration_error"] = reliability(chance, happened).error
    told["tier_macro_f1"] = float(f1_score(truth.tier, found.tier, average="macro", zero_division=0.0))
    told["tier_accuracy"] = float((found.tier == truth.tier).mean())
    for number, name in enumerate(TIERS):
        told[f"{name}_share"] = float((truth.tier == number).mean())
        told[f"{name}_predicted_share"] = float((found.tier == number).mean())
    return told


def by_size(found: Predictions, truth: Rows) -> list[tuple[float, float]]:
    """Return (upper edge of the size, calibration error) by tenths of the files' sizes."""
    edges = np.unique(np.quantile(truth.size_bytes, np.linspace(0.1, 1, BINS)))
    place = np.searchsorted(edges, truth.size_bytes)
    return [
        (float(edge), reliability(found.read[place == number], truth.read[place == number]).error)
        for number, edge in enumerate(edges)
        if (place == number).any()
    ]


def stability(before: Floats32, now: Floats32) -> Floats:
    """
    Return the population stability index of each feature: 0 is the same, from 0.25 on it has drifted.

    Missing values are a bin of their own: that a log stopped is a drift too.
    """
    found = np.zeros(before.shape[1])
    for place in range(before.shape[1]):
        old, new = before[:, place], now[:, place]
        edges = np.unique(np.nanquantile(old, np.linspace(0, 1, BINS + 1)[1:-1])) if np.isfinite(old).any() else old[:0]
        shares = [_shares(column, edges) for column in (old, new)]
        found[place] = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    return found


def _shares(column: Floats32, edges: Floats32) -> Floats:
    place = np.where(np.isnan(column), len(edges) + 1, np.searchsorted(edges, column, side="right"))
    count = np.bincount(place, minlength=len(edges) + 2).astype(float)
    found: Floats = (count + 0.5) / (count.sum() + 0.5 * len(count))
    return found
