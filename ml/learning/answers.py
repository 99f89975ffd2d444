"""What models answer: probabilities that hold, side by side for many files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from cloudflow_lib.domain.timelines import Bools, Floats, Int8s
from ml.learning.features import Floats32

ISOTONIC_FROM = 1000
"""Fewer positives are too few for steps: a curve of two numbers is fitted instead."""
ANSWERS = ("hot", "warm", "cold", "read_soon", "read", "reads")
"""Columns of a table of predictions."""


class Calibrated:
    """Turns scores into probabilities that hold: isotonic with many positives, else a sigmoid."""

    def __init__(self, scores: Floats, happened: Bools) -> None:
        positives = int(min(happened.sum(), (~happened).sum()))
        self.kind = "isotonic" if positives >= ISOTONIC_FROM else "sigmoid" if positives else "none"
        if self.kind == "isotonic":
            self._curve: Any = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0)
            self._curve.fit(scores, happened)
        elif self.kind == "sigmoid":
            self._curve = LogisticRegression(C=1e6)
            self._curve.fit(_logit(scores)[:, None], happened)

    def __call__(self, scores: Floats) -> Floats:
        """Return probabilities."""
        if self.kind == "isotonic":
            found: Floats = self._curve.predict(scores)
        elif self.kind == "sigmoid":
            found = self._curve.predict_proba(_logit(scores)[:, None])[:, 1]
        else:
            found = scores
        return found


def _logit(scores: Floats) -> Floats:
    safe = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.log(safe / (1 - safe))


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """What the models say of N files."""

    tiers: Floats32
    """N x 3: how likely each class is."""
    soon: Floats32
    """How likely it is read within a week."""
    read: Floats32
    """How likely it is read within the horizon."""
    reads: Floats32
    """How often it is expected to be read within the horizon."""

    @property
    def tier(self) -> Int8s:
        """Return the likeliest class of each: 0 hot to 2 cold."""
        found: Int8s = self.tiers.argmax(axis=1).astype(np.int8)
        return found

    def table(self) -> Floats32:
        """Return all columns side by side."""
        return np.column_stack([self.tiers, self.soon, self.read, self.reads]).astype(np.float32)

    @classmethod
    def of_table(cls, table: Floats32) -> Predictions:
        """Return what `table` made."""
        return cls(tiers=table[:, :3], soon=table[:, 3], read=table[:, 4], reads=table[:, 5])
