"""The champion asked about the files of the catalogue."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan
from pathlib import Path

import numpy as np

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.ports.forecasts import Placement, UseForecast
from ml.backtest.replay import past_of
from ml.backtest.traces import Trace
from ml.learning.answers import Predictions
from ml.learning.catalogue import catalogue_trace
from ml.learning.dataset import TIERS
from ml.learning.features import Floats32, features_of
from ml.learning.habits import HabitsError, read_habits
from ml.learning.models import TierModel
from ml.learning.placer import CataloguePlacer
from ml.learning.serving import Champion, champion
from ml.learning.shelf import ModelCard

log = logging.getLogger(__name__)

WORDS: Mapping[str, str] = {
    "age_days": "it is {value:.0f} days old",
    "log_size": "its size",
    "recency_days": "last read {value:.0f} days ago",
    "age_at_last_read": "its last read came when it was {value:.0f} days old",
    "gap_mean": "{value:.0f} days lie between its reads",
    "gap_spread": "how evenly its reads come",
    "last_gap": "{value:.0f} days lay between its last two reads",
    "recency_by_gap": "unread for {value:.1f} times as long as usual",
    "weekend_share": "{value:.0%} of its reads come on weekends",
    "prefix_active_7d": "{value:.0%} of the files beside it were read this week",
    "prefix_active_30d": "{value:.0%} of the files beside it were read this month",
    "prefix_reads_30d": "how often the files beside it are read",
    "siblings_reads_7d": "how often its siblings were read this week",
    "prefix_at_this_age": "files beside it are read on {value:.1%} of days at this age",
    "extension_active_30d": "{value:.0%} of files of its kind were read this month",
    "owner_active_30d": "{value:.0%} of its owner's files were read this month",
    "days_to_expiry": "{value:.0f} days are left to its expiry",
    "bytes_per_read": "how much of it a read takes",
}


@dataclass(slots=True)
class CatalogueForecaster:
    """One look at the whole catalogue: a file's neighbours tell as much as itself."""

    model: TierModel
    version: str
    features: Floats32
    found: Predictions
    rows: Mapping[str, int]
    placer: CataloguePlacer | None = None
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"cloudflow-tier {self.version}"

    def forecast(self, file_ids: Sequence[str]) -> Mapping[str, UseForecast]:
        """Return what the champion says of these files."""
        known = [(name, self.rows[name]) for name in file_ids if name in self.rows]
        tiers = self.found.tier
        return {
            name: UseForecast(
                tier=Tier(TIERS[tiers[row]]),
                chance=float(self.found.tiers[row, tiers[row]]),
                read_soon=float(self.found.soon[row]),
                reads_per_day=float(self.found.reads[row]) / self.model.horizon,
            )
            for name, row in known
        }

    def place(self, book: PriceBook, classes: Sequence[str], files: Sequence[CatalogFile]) -> Mapping[str, Placement]:
        """Return the best of these classes for each file, by the champion's habits; nothing where it has none."""
        return self.placer.place(book, classes, files) if self.placer else {}

    def explain(self, file_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return what speaks for each file's class."""
        known = [name for name in file_ids if name in self.rows]
        rows = np.array([self.rows[name] for name in known], int)
        told = self.model.explain(self.features[rows])
        return {
            name: [text for feature, value, _ in reasons if (text := words(feature, value))]
            for name, reasons in zip(known, told, strict=True)
        }


def words(feature: str, value: float) -> str:
    """Return a feature and its value in words, or nothing where people would not understand it."""
    if isnan(value):
        return "it was not read lately" if feature == "recency_days" else ""
    if feature in WORDS:
        return WORDS[feature].format(value=value)
    kind, _, days = feature.rpartition("_")
    days = days.removesuffix("d")
    return {
        "reads": f"read {value:.0f} times in {days} days",
        "active_days": f"read on {value:.0f} of {days} days",
        "decayed_reads": f"a weight of {value:.1f} reads, each worth half after {days} days",
    }.get(kind, "")


def catalogue_forecaster(
    catalog: Catalog, now: datetime, folder: Path, *, serving: Champion | None = None
) -> CatalogueForecaster | None:
    """Return the champion with what it says of every file, or None where there is none yet."""
    serving = serving or champion(folder)
    current = serving.current()
    if current is None:
        return None
    trace = catalogue_trace(catalog, now)
    past = past_of(trace, trace.days)
    features = features_of(past, np.arange(len(past.objects)))
    rows = {name: number for number, name in enumerate(past.objects.ids)}
    return CatalogueForecaster(
        model=current[0],
        version=current[1].version,
        features=features,
        found=serving.predict(features),
        rows=rows,
        placer=_placer(folder, current[1], trace, now, rows),
    )


def _placer(
    folder: Path, card: ModelCard, trace: Trace, now: datetime, rows: Mapping[str, int]
) -> CataloguePlacer | None:
    """Return who places by the champion's habits; without them the rules decide alone."""
    if not card.habits_sha256 or not rows:
        return None
    try:
        habits = read_habits(folder, card.habits_sha256)
    except HabitsError as error:
        log.warning("model.no_habits reason=%s", error)
        return None
    return CataloguePlacer(habits, trace, now.date(), rows)
