"""
How fast is learned and scored, and in how much memory.

    python -m benchmarks.learning [--rows 500000] [--objects 1000000] [--json]

Training is fitting and calibrating all models of one candidate; scoring is features and predictions of
every object, as the daily run makes them, in a process of its own so that its memory can be told.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np

from benchmarks._report import Report, say
from cloudflow_lib.adapters.prices.files import shipped_book
from ml.backtest.families.draws import Scale
from ml.backtest.families.make import make_trace
from ml.backtest.replay import Past, past_of
from ml.learning.dataset import Rows, joined, labelled_rows, mornings
from ml.learning.features import features_of
from ml.learning.models import TierModel
from ml.learning.plans import CANDIDATES

HORIZON = 30
FAMILIES = ("media", "lake", "tenants", "backup")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit code 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--score", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.score:
        print(json.dumps(score(options.score, options.objects)))
        return 0
    report = Report("Learning")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.joblib"
        _train(options.rows, path, report)
        say(f"scoring {options.objects:,} objects")
        command = [sys.executable, "-m", "benchmarks.learning", "--score", str(path), "--objects", str(options.objects)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    report.require("score_seconds", "<=", 15.0, told["features_seconds"] + told["predict_seconds"])
    report.require("score_gib", "<=", 1.0, told["gib"])
    for name in ("features_seconds", "predict_seconds", "base_gib", "objects"):
        report.note(name, told[name])
    return report.finish(as_json=options.json)


def _train(count: int, path: Path, report: Report) -> None:
    """Fit and calibrate all models, note how long that took, and write them to *path*."""
    say(f"drawing {count:,} rows")
    rows = _rows(count)
    began = time.perf_counter()
    part = len(rows) // 5
    model = TierModel(horizon=HORIZON, effort=CANDIDATES["broad"])
    model.fit(rows.picked(slice(part, None)), rows.picked(slice(0, part)))
    report.require("train_seconds", "<=", 90.0, time.perf_counter() - began)
    report.note("train_rows", float(len(rows)))
    joblib.dump(model, path)


def _rows(count: int) -> Rows:
    book = shipped_book("aws")
    parts = []
    for number, family in enumerate(FAMILIES):
        trace = make_trace(family, 1 + number, Scale(objects=6000, days=500, history_days=250))
        parts.append(labelled_rows(trace, book, mornings(trace, HORIZON), horizon=HORIZON, most=count))
    rows = joined(parts)
    drawn = np.random.default_rng(0).choice(len(rows), count, replace=len(rows) < count)
    return rows.picked(drawn)


def score(path: Path, objects: int) -> dict[str, float]:
    """Return what features and predictions of so many objects took, in this process."""
    model: TierModel = joblib.load(path)
    past = _many(objects)
    base = _gib()
    began = time.perf_counter()
    features = features_of(past, slice(0, objects))
    between = time.perf_counter()
    model.predict(features)
    return {
        "features_seconds": between - began,
        "predict_seconds": time.perf_counter() - between,
        "gib": _gib(),
        "base_gib": base,
        "objects": float(objects),
    }


def _many(objects: int) -> Past:
    """Return the past of so many objects: ten thousand drawn ones, again and again."""
    past = past_of(make_trace("media", 9, Scale(objects=10_000, days=200, history_days=199)), 199)
    table, log, count = past.objects, past.log, len(past.objects)
    copies = -(-objects // count)
    place = np.tile(np.arange(count), copies)[:objects]
    whole = replace(
        table,
        ids=[],
        size_bytes=table.size_bytes[place],
        created=table.created[place],
        deleted=table.deleted[place],
        expires=table.expires[place],
        prefix=replace(table.prefix, codes=table.prefix.codes[place]),
        extension=replace(table.extension, codes=table.extension.codes[place]),
        owner=replace(table.owner, codes=table.owner.codes[place]),
    )
    rows = np.repeat(np.arange(len(log)), copies)  # the log stays sorted by day
    owner = log.object[rows] + np.tile(np.arange(copies, dtype=np.int32) * count, len(log))
    known = owner < objects
    big = log.picked(rows[known])
    return replace(past, objects=whole, log=replace(big, object=owner[known]))


def _gib() -> float:
    """Return the most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


if __name__ == "__main__":
    raise SystemExit(main())
