"""
What the tiering policy saves, and that it does no harm: `python -m benchmarks.tiering`.

Replays drawn traces (development families, the same changed after adoption, other price books, a cold
start, families that nothing was tuned on) and holds the policy to its targets; measures its speed; with
`--plots FOLDER` draws what stands in docs/intelligence.md. `--seeds` and `--objects` make it shorter.

The whole takes about an hour and a half of two cores. With `--results FOLDER` each trace's bills are kept
there: a run that was cut, or that was told to end after `--minutes`, goes on where it was, and code that
has changed is measured anew. The targets are judged by what is there, and missed while any is missing.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks._held_out import HELD_OUT
from benchmarks._report import Report, say
from benchmarks._tiering import Case, Result, interval, run, run_all
from benchmarks._tiering_decision_plot import draw_decisions
from benchmarks._tiering_plots import draw
from benchmarks._tiering_tables import by_family, looked_at, mean_of_families, of_part, sheets, write_markdown
from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.rates import rate_card
from ml.backtest.families.families import FAMILIES
from ml.backtest.policies.registry import POLICIES
from ml.placement.learner import Learner, Places
from ml.placement.usage import Uses

PARTS = ("development", "changes", "books", "beyond_cold", "copies", "cold", "held_out", "speed")
BOOKS = ("azure", "gcs", "stress")
COPYING = ("aws", "gcs")
"""Where one object changes its class by a copy."""
HARMFUL = ("wake", "scan", "stop", "thin", "shuffle")
MANY = 1_000_000
WIDE = 128
"""Columns of the printed tables."""


def main() -> int:
    """Run the parts asked for and report."""
    options = _options()
    report = Report("Tiering", digits=3)
    parts = options.parts.split(",")
    cases = list(_cases(parts, options.objects, options.seeds))
    results = []
    for result in run_all(cases, options.processes, options.results, options.minutes):
        case = result.case
        named = f"{case.part} {case.family} {case.change or case.book} {case.seed}"
        say(f"{named}: {result.ratio():.3f} of the optimum, {result.harm():.3f} of the better of doing nothing and IT")
        results.append(result)
    results.sort(key=lambda one: cases.index(one.case))
    if cases:
        report.require("traces measured", "==", float(len(cases)), float(len(results)))
    _judge(report, results)
    if "speed" in parts:
        _speed(report, options.objects)
    if options.plots:
        draw(results, options.plots)
        draw_decisions(options.plots / "tiering-decisions.svg", options.objects)
    if options.markdown:
        write_markdown(results, options.markdown)
    if not options.json:
        for sheet in sheets(results):
            sheet.show(Console(width=WIDE))
    return report.finish(as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tiering", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--objects", type=int, default=5_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2, choices=(1, 2))
    parser.add_argument("--parts", default=",".join(PARTS), help="some of: " + ", ".join(PARTS))
    parser.add_argument("--results", type=Path, help="a folder where bills are kept, and taken from")
    parser.add_argument("--minutes", type=float, help="begin nothing more after so long; the next run goes on")
    parser.add_argument("--plots", type=Path)
    parser.add_argument("--markdown", type=Path, help="write the tables into this file as well")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _cases(parts: Sequence[str], objects: int, seeds: int) -> Iterator[Case]:
    """Yield the first seed of everything before the second: a cut run has seen all families."""
    alone: dict[str, Any] = {"objects": objects, "policies": ("cloudflow",)}
    for seed in range(1, seeds + 1):
        wanted: dict[str, Iterator[Case]] = {
            "development": (Case(part="development", family=f, seed=seed, objects=objects) for f in FAMILIES),
            "changes": (
                Case(part="changes", family=f, seed=seed, change=c, **alone) for c in HARMFUL for f in FAMILIES
            ),
            "held_out": (Case(part="held_out", family=f, seed=100 + seed, objects=objects) for f in HELD_OUT),
            "books": (Case(part="books", family=f, seed=seed, book=b, **alone) for b in BOOKS for f in FAMILIES),
            "beyond_cold": (
                Case(part="beyond_cold", family=f, seed=seed, book="gcs", beyond_cold=True, **alone) for f in FAMILIES
            ),
            "copies": (
                Case(part="copies", family=f, seed=seed, book=b, copies=True, **alone)
                for b in COPYING
                for f in FAMILIES
            ),
            "cold": (Case(part="cold", family=f, seed=seed, days=365, history_days=0, **alone) for f in FAMILIES),
        }
        for part in parts:
            yield from wanted.get(part, ())


def _judge(report: Report, results: Sequence[Result]) -> None:
    by_part = {part: of_part(results, part) for part in PARTS}
    own = by_part["development"]
    if own:
        _development(report, own)
    for change in HARMFUL:
        harms = [r.harm() for r in by_part["changes"] if r.case.change == change]
        if harms:
            report.require(f"{change}: worst harm", "<=", 1.05, max(harms))
    _books(report, by_part)
    if by_part["cold"]:
        report.require("no history: mean ratio", "<=", 1.30, float(np.mean([r.ratio() for r in by_part["cold"]])))
        report.note("no history: worst harm", max(r.harm() for r in by_part["cold"]))
    _held_out(report, by_part["held_out"])


def _books(report: Report, by_part: Mapping[str, Sequence[Result]]) -> None:
    own = by_part["development"]
    for book in BOOKS:
        ratios = [r.ratio() for r in by_part["books"] if r.case.book == book]
        if ratios:
            report.note(f"{book}: mean ratio", float(np.mean(ratios)))
            if own:
                more = float(np.mean(ratios)) - float(np.mean([r.ratio() for r in own]))
                report.require(f"{book}: ratio above the one of AWS", "<=", 0.05, more)
    if beyond := by_part["beyond_cold"]:
        report.note("gcs with ARCHIVE: mean ratio", mean_of_families(beyond))
    for book in COPYING:
        if ratios := [r.ratio() for r in by_part["copies"] if r.case.book == book]:
            report.note(f"{book}: mean ratio, each move a copy", float(np.mean(ratios)))


def _development(report: Report, results: Sequence[Result]) -> None:
    ratios = [r.ratio() for r in results]
    for name in results[0].costs:
        report.note(f"{name}: mean ratio", float(np.mean([r.ratio(name) for r in results])))
    families = by_family(results).values()
    saving = [1 - r.costs["cloudflow"] / r.costs["intelligent_tiering"] for r in results]
    learning = [[r.ratio("selector") - r.ratio() for r in some] for some in families]
    mean_learning = float(np.mean([np.mean(some) for some in learning]))
    report.require("development: mean ratio", "<=", 1.12, float(np.mean(ratios)))
    report.require("development: worst ratio", "<=", 1.25, max(ratios))
    report.require("development: saving against Intelligent-Tiering", ">=", 0.20, float(np.mean(saving)))
    report.require("development: worst harm", "<=", 1.05, max(r.harm() for r in results))
    report.require("learning: ratio below the selector", ">=", 0.03, mean_learning)
    report.require("learning: lower end of its interval", ">=", 0.0, interval(learning)[0])
    report.note("selector: worst harm", max(r.harm("selector") for r in results))


def _held_out(report: Report, results: Sequence[Result]) -> None:
    for told, chosen in (
        ("held out", [r for r in results if not looked_at(r)]),
        ("looked at", [r for r in results if looked_at(r)]),
    ):
        if chosen:
            report.require(f"{told}: mean ratio", "<=", 1.20, mean_of_families(chosen))
            report.require(f"{told}: worst ratio", "<=", 1.40, max(r.ratio() for r in chosen))
            report.require(f"{told}: worst harm", "<=", 1.05, max(r.harm() for r in chosen))
            report.note(f"{told}: mean ratio of the selector", mean_of_families(chosen, "selector"))
            report.note(f"{told}: mean ratio of Intelligent-Tiering", mean_of_families(chosen, "intelligent_tiering"))


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
        learner.judge.verdict(learner.state(30, rows, some), card, rows)
    return time.perf_counter() - began


if __name__ == "__main__":
    raise SystemExit(main())
