"""
What the tiering policy saves, and that it does no harm: `python -m benchmarks.tiering`.

Replays drawn traces (development families, the same changed after adoption, other price books, a cold
start, families that nothing was tuned on) and holds the policy to its targets; measures its speed; with
`--plots FOLDER` draws what stands in docs/intelligence.md. `--seeds` and `--objects` make it shorter.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._held_out import HELD_OUT, LOOKED_AT
from benchmarks._report import Report, say
from benchmarks._tiering import Case, Result, interval, run, run_all
from benchmarks._tiering_plots import draw
from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.rates import rate_card
from ml.backtest.families.families import FAMILIES
from ml.backtest.policies.registry import POLICIES
from ml.placement.learner import Learner, Places
from ml.placement.usage import Uses

PARTS = ("development", "changes", "books", "cold", "held_out", "speed")
BOOKS = ("azure", "gcs", "stress")
HARMFUL = ("wake", "scan", "stop", "thin", "shuffle")
MANY = 1_000_000


def main() -> int:
    """Run the parts asked for and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiering", description=__doc__)
    parser.add_argument("--objects", type=int, default=5_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2, choices=(1, 2))
    parser.add_argument("--parts", default=",".join(PARTS), help="some of: " + ", ".join(PARTS))
    parser.add_argument("--plots", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = Report("Tiering")
    parts = options.parts.split(",")
    results = []
    for result in run_all(list(_cases(parts, options.objects, options.seeds)), options.processes):
        case = result.case
        named = f"{case.part} {case.family} {case.change or case.book} {case.seed}"
        say(f"{named}: {result.ratio():.3f} of the optimum, {result.harm():.3f} of the better of doing nothing and IT")
        results.append(result)
    _judge(report, results)
    if "speed" in parts:
        _speed(report, options.objects)
    if options.plots:
        draw(results, options.plots)
    return report.finish(as_json=options.json)


def _cases(parts: Sequence[str], objects: int, seeds: int) -> Iterator[Case]:
    each = [(family, seed) for family in FAMILIES for seed in range(1, seeds + 1)]
    others = [(family, 100 + seed) for family in HELD_OUT for seed in range(1, seeds + 1)]
    alone: dict[str, Any] = {"objects": objects, "policies": ("cloudflow",)}
    wanted = {
        "development": (Case(part="development", family=f, seed=s, objects=objects) for f, s in each),
        "changes": (Case(part="changes", family=f, seed=s, change=c, **alone) for c in HARMFUL for f, s in each),
        "books": (Case(part="books", family=f, seed=s, book=b, **alone) for b in BOOKS for f, s in each),
        "cold": (Case(part="cold", family=f, seed=s, days=365, history_days=0, **alone) for f, s in each),
        "held_out": (Case(part="held_out", family=f, seed=s, objects=objects) for f, s in others),
    }
    for part, cases in wanted.items():
        if part in parts:
            yield from cases


def _judge(report: Report, results: Sequence[Result]) -> None:
    by_part = {part: [r for r in results if r.case.part == part] for part in PARTS}
    own = by_part["development"]
    if own:
        _development(report, own)
    for change in HARMFUL:
        harms = [r.harm() for r in by_part["changes"] if r.case.change == change]
        if harms:
            report.require(f"{change}: worst harm", "<=", 1.05, max(harms))
    for book in BOOKS:
        ratios = [r.ratio() for r in by_part["books"] if r.case.book == book]
        if ratios:
            report.note(f"{book}: mean ratio", float(np.mean(ratios)))
            if own:
                more = float(np.mean(ratios)) - float(np.mean([r.ratio() for r in own]))
                report.require(f"{book}: ratio above the one of AWS", "<=", 0.05, more)
    if by_part["cold"]:
        report.require("no history: mean ratio", "<=", 1.30, float(np.mean([r.ratio() for r in by_part["cold"]])))
        report.note("no history: worst harm", max(r.harm() for r in by_part["cold"]))
    _held_out(report, by_part["held_out"])


def _development(report: Report, results: Sequence[Result]) -> None:
    ratios = [r.ratio() for r in results]
    for name in results[0].costs:
        report.note(f"{name}: mean ratio", float(np.mean([r.ratio(name) for r in results])))
    for family in FAMILIES:
        report.note(f"{family}: ratio", float(np.mean([r.ratio() for r in results if r.case.family == family])))
    saving = [1 - r.costs["cloudflow"] / r.costs["intelligent_tiering"] for r in results]
    learning = [r.ratio("selector") - r.ratio() for r in results]
    report.require("development: mean ratio", "<=", 1.12, float(np.mean(ratios)))
    report.require("development: worst ratio", "<=", 1.25, max(ratios))
    report.require("development: saving against Intelligent-Tiering", ">=", 0.20, float(np.mean(saving)))
    report.require("development: worst harm", "<=", 1.05, max(r.harm() for r in results))
    report.require("learning: ratio below the selector", ">=", 0.03, float(np.mean(learning)))
    report.require("learning: lower end of its interval", ">=", 0.0, interval(learning)[0])
    report.note("selector: worst harm", max(r.harm("selector") for r in results))


def _held_out(report: Report, results: Sequence[Result]) -> None:
    for told, chosen in (
        ("held out", [r for r in results if r.case.family not in LOOKED_AT]),
        ("looked at", [r for r in results if r.case.family in LOOKED_AT]),
    ):
        if chosen:
            report.require(f"{told}: mean ratio", "<=", 1.20, float(np.mean([r.ratio() for r in chosen])))
            report.require(f"{told}: worst ratio", "<=", 1.40, max(r.ratio() for r in chosen))
            report.require(f"{told}: worst harm", "<=", 1.05, max(r.harm() for r in chosen))
            report.note(f"{told}: mean ratio of the selector", float(np.mean([r.ratio("selector") for r in chosen])))
            it = float(np.mean([r.ratio("intelligent_tiering") for r in chosen]))
            report.note(f"{told}: mean ratio of Intelligent-Tiering", it)


def _speed(report: Report, objects: int) -> None:
    everything = Case(part="speed", family="media", seed=1, objects=objects, policies=tuple(POLICIES))
    report.require("all policies and the optimum, seconds", "<=", 60.0, run(everything).seconds)
    seconds = _scoring(MANY)
    report.require("scoring a million objects, seconds", "<=", 15.0, seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    report.note("peak memory of this process, GiB", peak)


def _scoring(count: int) -> float:
    """Return how long it takes to judge so many objects once the tables are learned."""
    random, book = np.random.default_rng(1), shipped_book("aws")
    classes = ("STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "GLACIER_IR")
    learner = Learner(book, classes)
    created = np.sort(random.integers(-300, 30, count)).astype(np.int32)
    learner.meet(created, random.integers(0, 40, count).astype(np.int32))
    for day in range(30):
        who = np.unique(random.integers(0, count // 2, 2_000)).astype(np.int32)
        ones = np.ones(len(who))
        learner.happen(day, Uses(object=who, reads=ones, bytes_part=ones, writes=0 * ones), created < day)
    never = np.full(count, np.iinfo(np.int32).max, np.int32)
    learner.learn(30, never, never)
    card = rate_card(book, classes, random.lognormal(15, 2, count).astype(np.int64))
    places = Places(lies=np.zeros(count, np.int8), entered=created, touched=created, expires=never)
    began = time.perf_counter()
    for rows in np.array_split(np.arange(count), 20):
        some = Places(**{name: getattr(places, name)[rows] for name in Places.__slots__})
        learner.tables.judge(learner.state(30, rows, some), card, rows)
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main())
