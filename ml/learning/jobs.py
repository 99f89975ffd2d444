"""The steps of a training on the platform's own catalogue, as tasks and commands call them."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.ports.catalogs import Catalog
from ml.learning.catalogue import catalogue_trace
from ml.learning.expectations import Checked, access_frame, check_access
from ml.learning.plans import Plan
from ml.learning.serving import champion
from ml.learning.training import BadDataError, Settled, expect, prepare, settle, train_candidate

KEPT_RUNS = 3
WEEKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """Where is learned, and from what."""

    folder: Path
    catalog: Catalog
    book: PriceBook
    days: int
    quick: bool

    @property
    def docs(self) -> Path:
        """Where Great Expectations keeps its pages."""
        return self.folder / "expectations"

    @property
    def quarantine(self) -> Path:
        """Where days lie that did not pass."""
        return self.folder / "quarantine"

    @property
    def model(self) -> Path:
        """Where the last champion lies."""
        return self.folder / "champion"

    def run_folder(self, run_id: str) -> Path:
        """Return where the steps of one training leave things for each other."""
        safe = "".join(sign if sign.isalnum() else "-" for sign in run_id)
        return self.folder / "runs" / safe

    def quarantined(self) -> frozenset[date]:
        """Return the days that nothing is learnt from."""
        return frozenset(date.fromisoformat(path.stem) for path in self.quarantine.glob("*.parquet"))


def check_day(school: School, day: date, *, now: datetime) -> Checked:
    """Check one day's access batch; one that does not pass goes into quarantine, one that now does comes out of it."""
    by_day = rollups_by_day(school.catalog, day - timedelta(days=7 * WEEKS), {day})
    usual = [by_day[0].get(day - timedelta(days=7 * week), 0) for week in range(1, WEEKS + 1)]
    frame = access_frame(by_day[1])
    checked = check_access(frame, school.docs, now=now, usual_rows=[count for count in usual if count])
    place = school.quarantine / f"{day.isoformat()}.parquet"
    if checked.passed:
        place.unlink(missing_ok=True)
    else:
        school.quarantine.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(place)
    return checked


def rollups_by_day(catalog: Catalog, since: date, wanted: Collection[date]) -> tuple[dict[date, int], list[DayRollup]]:
    """Return how many rollups each day has, and those of the days that are wanted."""
    counts: dict[date, int] = {}
    found: list[DayRollup] = []
    for page in catalog.reads_since(since):
        for one in page:
            counts[one.day] = counts.get(one.day, 0) + 1
            if one.day in wanted:
                found.append(one)
    return counts, found


def prepare_run(school: School, run_id: str, *, now: datetime) -> dict[str, Any]:
    """Write the rows of a training, and forget the folders of old ones."""
    trace = catalogue_trace(school.catalog, now, days=school.days, without=school.quarantined())
    first = int(trace.log.day.min()) if len(trace.log) else trace.days
    known = max(trace.days - first, 1)
    if known < trace.days:  # nobody was counting before: those days would teach that nothing is ever read
        trace = catalogue_trace(school.catalog, now, days=known, without=school.quarantined())
    folder = school.run_folder(run_id)
    told = prepare(folder, trace, school.book, Plan.for_days(known, quick=school.quick))
    old = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT_RUNS]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return told


def expect_run(school: School, run_id: str) -> Checked:
    """Check the rows of a training; BadDataError stops it."""
    return expect(school.run_folder(run_id), school.docs)


def candidates(school: School) -> list[str]:
    """Return what is tried."""
    return list(Plan(quick=school.quick).candidates)


def train_run(school: School, run_id: str, name: str, *, now: datetime) -> dict[str, float]:
    """Fit one candidate."""
    return train_candidate(school.run_folder(run_id), name, now=now)


def settle_run(school: School, run_id: str) -> dict[str, Any]:
    """Let the gate decide, tell MLflow everything, and bring a new champion to where it serves from."""
    from ml.learning.registry import fetch_champion, log_training

    folder = school.run_folder(run_id)
    before = fetch_champion(school.model)
    with log_training(run_id, school.docs / "docs") as log:
        settled: Settled = settle(folder, before, log=log)
    if settled.promoted:
        fetch_champion(school.model)
    return asdict(settled)


def last_training(school: School) -> datetime | None:
    """Return when a training last left something here, whatever became of it; None before the first."""
    times = [path.stat().st_mtime for path in (school.folder / "runs").glob("*")]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def drift_of(school: School, *, now: datetime) -> dict[str, float] | None:
    """Return the stability of each feature against what the champion learnt from; None without a champion."""
    from ml.backtest.replay import past_of
    from ml.learning.features import FEATURES, features_of
    from ml.learning.scores import stability

    current = champion(school.model).current()
    if current is None:
        return None
    trace = catalogue_trace(school.catalog, now, days=school.days, without=school.quarantined())
    past = past_of(trace, trace.days)
    rows = np.flatnonzero(past.objects.created < trace.days)
    found = stability(current[0].sample, features_of(past, rows))
    return dict(zip(FEATURES, map(float, found), strict=True))


__all__ = [
    "BadDataError",
    "School",
    "candidates",
    "check_day",
    "drift_of",
    "expect_run",
    "last_training",
    "prepare_run",
    "settle_run",
]
