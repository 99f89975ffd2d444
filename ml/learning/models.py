"""
The models: a Random Forest for the class that users see, and gradient boosting for when a file is read next.

The forest explains itself by what would change its answer; the boosted ones say how likely a file is
read within a week and within the horizon, and how often. All probabilities are calibrated on rows of
a later time than those they were fitted on.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier
from threadpoolctl import threadpool_limits

from cloudflow_lib.domain.timelines import Floats
from cloudflow_lib.errors import WrongInputError
from ml.learning.answers import Calibrated, Predictions
from ml.learning.dataset import TIERS, Rows
from ml.learning.features import FEATURES, Floats32, feature_hash

SAMPLE = 5000
BLOCK = 20_000
"""Rows that a thread scores at a time: few enough to stay near the processor while tree after tree reads them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How hard is trained."""

    trees: int = 40
    rows_per_tree: int = 60_000
    leaf: int = 20
    depth: int = 14
    iterations: int = 80
    leaves: int = 15
    threads: int = 1
    """Of gradient boosting: more than one wait for each other wherever something else runs too."""
    jobs: int = 2
    """Of the forest, whose trees need nothing of each other, and of scoring, whose blocks do neither."""
    seed: int = 0

    def told(self) -> dict[str, int]:
        """Return it as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


QUICK = Effort(trees=24, rows_per_tree=10_000, iterations=40)
"""For a demonstration: seconds instead of minutes."""


@dataclass(slots=True)
class TierModel:
    """The whole model of one training: it refuses features that are not those it was trained on."""

    horizon: int
    effort: Effort
    features: tuple[str, ...] = FEATURES
    feature_hash: str = field(default_factory=feature_hash)
    kinds: dict[str, str] = field(default_factory=dict)
    """How each probability was calibrated."""
    medians: Mapping[str, Floats] = field(default_factory=dict)
    """Class -> what its files look like, for explaining."""
    sample: Floats32 = field(default_factory=lambda: np.empty((0, len(FEATURES)), np.float32))
    """Some rows it was fitted on, to notice when files are used differently by now."""
    _blank: Any = None
    """Columns that nobody filled at training: gradient boosting refuses them, so they count as 0."""
    _forest: Any = None
    _soon: Any = None
    _read: Any = None
    _reads: Any = None
    _curves: dict[str, Calibrated] = field(default_factory=dict)

    def fit(self, train: Rows, calibrate: Rows) -> TierModel:
        """Fit on the earlier rows, calibrate on the later ones, and return itself."""
        if not len(train) or not len(calibrate):
            raise WrongInputError("too few rows to learn from: more days or more files are needed")
        effort = self.effort
        self._blank = np.isnan(train.features).all(axis=0)
        features = self._filled(train.features)
        with threadpool_limits(effort.threads):
            self._forest = RandomForestClassifier(
                n_estimators=effort.trees,
                max_samples=min(effort.rows_per_tree, len(train)),
                min_samples_leaf=effort.leaf,
                max_depth=effort.depth,
                max_features="sqrt",
                n_jobs=effort.jobs,
                random_state=effort.seed,
            ).fit(features, train.tier)
            self._forest.n_jobs = 1  # blocks of rows are scored side by side, each by all trees
            self._soon = self._classifier().fit(features, train.soon)
            self._read = self._classifier().fit(features, train.read)
            rate = HistGradientBoostingRegressor(loss="poisson", **self._boosting())
            self._reads = rate.fit(features, np.minimum(train.reads, np.quantile(train.reads, 0.999) + 1))
        self._calibrate(calibrate)
        random = np.random.default_rng(effort.seed)
        self.sample = train.features[random.choice(len(train), min(len(train), SAMPLE), replace=False)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a feature that no file of a class has is no mistake
            self.medians = {
                name: np.nanmedian(features[train.tier == number].astype(float), axis=0)
                for number, name in enumerate(TIERS)
                if (train.tier == number).any()
            }
        return self

    def _filled(self, features: Floats32) -> Floats32:
        return np.where(self._blank, np.float32(0), features) if self._blank.any() else features

    def _classifier(self) -> Any:  # noqa: ANN401 # scikit-learn ships no types
        return HistGradientBoostingClassifier(**self._boosting())

    def _boosting(self) -> dict[str, Any]:
        return {
            "max_iter": self.effort.iterations,
            "max_leaf_nodes": self.effort.leaves,
            "learning_rate": 0.12,
            "min_samples_leaf": 40,
            "l2_regularization": 1.0,
            "random_state": self.effort.seed,
        }

    def _calibrate(self, rows: Rows) -> None:
        raw = self._raw(rows.features)
        happened = {"soon": rows.soon, "read": rows.read}
        happened |= {name: rows.tier == number for number, name in enumerate(TIERS)}
        for name, truth in happened.items():
            self._curves[name] = Calibrated(raw[name], np.asarray(truth, bool))
            self.kinds[name] = self._curves[name].kind

    def _raw(self, features: Floats32) -> dict[str, Floats]:
        """Return scores by name as the models give them."""
        features = self._filled(features)
        with threadpool_limits(self.effort.threads):
            shares = self._forest.predict_proba(features)
            found = {name: np.zeros(len(features)) for name in TIERS}
            for place, number in enumerate(self._forest.classes_):
                found[TIERS[number]] = shares[:, place]
            columns = np.asarray(features, np.float64, order="F")  # as boosting reads them: half the time of rows
            found["soon"] = _chance(self._soon, columns)
            found["read"] = _chance(self._read, columns)
            found["reads"] = self._reads.predict(columns)
        return found

    def predict(self, features: Floats32) -> Predictions:
        """
        Return what is likely for each row, some ten thousand at a time.

        Raises:
            WrongInputError: These are not the features that the model was trained on.
        """
        if self.feature_hash != feature_hash():
            raise WrongInputError("the model was trained on other features: train it again")
        blocks = [features[start : start + BLOCK] for start in range(0, len(features), BLOCK)]
        if len(blocks) < 2:  # noqa: PLR2004 # nothing to do side by side
            return Predictions.of_table(self._block(features))
        with ThreadPoolExecutor(self.effort.jobs) as pool:
            return Predictions.of_table(np.concatenate(list(pool.map(self._block, blocks))))

    def _block(self, features: Floats32) -> Floats32:
        if not len(features):
            return np.zeros((0, 6), np.float32)
        raw = self._raw(features)
        tiers = np.column_stack([self._curves[name](raw[name]) for name in TIERS])
        tiers = (tiers + 1e-9) / (tiers + 1e-9).sum(axis=1, keepdims=True)
        soon, read = self._curves["soon"](raw["soon"]), self._curves["read"](raw["read"])
        read = np.maximum(read, soon)
        return np.column_stack([tiers, soon, read, raw["reads"]]).astype(np.float32)

    def importances(self) -> dict[str, float]:
        """Return how much each feature tells the forest, the most telling first."""
        pairs = zip(self.features, self._forest.feature_importances_, strict=True)
        return dict(sorted(((name, float(share)) for name, share in pairs), key=lambda pair: -pair[1]))

    def explain(self, features: Floats32, *, most: int = 3) -> list[list[tuple[str, float, float]]]:
        """
        Return for each row what speaks for its class: (feature, its value, what is usual in the class next to it).

        A feature counts if putting in the usual value of another class lowers the class's share.
        """
        told: list[list[tuple[str, float, float]]] = [[] for _ in range(len(features))]
        if not len(features):
            return told
        features = self._filled(features)
        base = self._forest.predict_proba(features)
        classes = [TIERS[number] for number in self._forest.classes_]
        chosen = base.argmax(axis=1)
        telling = list(self.importances())[: 4 * most]
        drops: list[list[tuple[float, str, float, float]]] = [[] for _ in range(len(features))]
        for name in telling:
            place = self.features.index(name)
            changed = features.copy()
            usual = np.array([self._usual_elsewhere(classes, int(one), place) for one in chosen], np.float32)
            changed[:, place] = usual
            share = self._forest.predict_proba(changed)
            rows = np.arange(len(features))
            lost = base[rows, chosen] - share[rows, chosen]
            for row in np.flatnonzero(lost > 0.01):  # noqa: PLR2004 # one per cent
                drops[row].append((float(lost[row]), name, float(features[row, place]), float(usual[row])))
        return [[(name, value, usual) for _, name, value, usual in sorted(row, reverse=True)[:most]] for row in drops]

    def _usual_elsewhere(self, classes: Sequence[str], chosen: int, place: int) -> float:
        others = [name for number, name in enumerate(classes) if number != chosen and name in self.medians]
        found = [float(self.medians[name][place]) for name in others]
        return found[0] if found else float("nan")


def _chance(model: Any, features: Floats) -> Floats:  # noqa: ANN401 # scikit-learn ships no types
    """Return the probability of True; a model that saw only one outcome always says that one."""
    shares = model.predict_proba(features)
    names = list(model.classes_)
    found: Floats = shares[:, names.index(True)] if True in names else np.zeros(len(features))
    return found
