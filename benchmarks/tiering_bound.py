"""
How near to the optimum a rule could come that knows every rate of reads: `python -m benchmarks.tiering_bound`.

    python -m benchmarks.tiering_bound [--objects 5000] [--seeds 1] [--books aws,gcs] [--json]

The optimum knows on which day each object will be read. Nobody does: at best it is known how likely a
read is, for each object and each day of the year ahead, and that is what the families are drawn with.
Dynamic programming over these rates gives what such a rule pays on average. Where draws are independent
(all families but lake, whose number of openings is drawn before their days) no rule that learns from
reads can pay less, as what was read says nothing more about what will be.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks._report import Report, say
from benchmarks._tiering_rates import Foreknown, foreknown
from cloudflow_lib.adapters.prices.files import price_book
from cloudflow_lib.domain.timelines import Accesses, Floats
from ml.backtest import optimum
from ml.backtest.evaluate import Arena
from ml.backtest.families.draws import Scale
from ml.backtest.families.families import FAMILIES
from ml.backtest.traces import Trace


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tiering_bound",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--objects", type=int, default=5_000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--books", default="aws,gcs", help="some of: aws, azure, gcs, stress")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    report = Report("What knowing every rate would cost, as times the optimum", digits=3)
    scale, books = Scale(objects=options.objects), options.books.split(",")
    ratios: dict[str, list[float]] = {book: [] for book in books}
    for family in FAMILIES:
        found = np.array([_ratios(family, 1 + seed, scale, books) for seed in range(options.seeds)])
        for book, ratio in zip(books, found.mean(axis=0), strict=True):
            report.note(f"{book} {family}", float(ratio))
            ratios[book].append(float(ratio))
    for book in books:
        report.note(f"{book}: mean", float(np.mean(ratios[book])))
    return report.finish(as_json=options.json)


def _ratios(family: str, seed: int, scale: Scale, books: Sequence[str]) -> list[float]:
    trace, known = foreknown(family, seed, scale)
    found = []
    for book in books:
        arena = Arena(trace, price_book(book))
        found.append(least_by_rates(arena, known) / arena.optimum().cost_usd)
        say(f"{family} {seed} {book}: {found[-1]:.3f}")
    return found


def least_by_rates(arena: Arena, known: Foreknown) -> float:
    """Return the dollars that the best rule pays on average, who knows all rates and the sure reads."""
    trace = arena.trace
    objects, book = trace.billed_objects(), arena.book.by_lifecycle
    names = tuple(name for name in arena.classes if name in (*book.instant_classes, book.managed_class))
    chance = 1 - np.where(known.sure > 0, 0.0, np.exp(-known.rate))
    uses = _expected(trace, known)
    dollars = 0.0
    for rows in optimum._blocks(len(objects)):  # noqa: SLF001 # the optimum's own recursion, with other uses
        plan = _ByRates(book, names, objects, uses, rows, chance=chance[rows]).solve()
        dollars += float(plan.cost.sum())
    return dollars


def _expected(trace: Trace, known: Foreknown) -> Accesses:
    """Return the reads that are expected of each object on each billed day, as if they were what happens."""
    day = np.arange(trace.days)[None, :]
    objects = trace.billed_objects()
    reads = known.rate + known.sure
    there = (day >= objects.start[:, None]) & (day < objects.end[:, None]) & (reads > 0)
    which, when = np.nonzero(there)
    count = reads[there]
    return Accesses(
        object=which.astype(np.int32),
        day=when.astype(np.int32),
        reads=count,  # type: ignore[arg-type] # parts of reads
        bytes_read=count * objects.size_bytes[which],  # type: ignore[arg-type] # and of bytes
        writes=np.zeros(len(count), np.int64),
    )


@dataclass
class _ByRates(optimum._Block):  # noqa: SLF001 # as above
    """The optimum where reads are expected instead of known: a managed class begins anew with some likelihood."""

    chance: Floats = field(kw_only=True)
    """Objects x days of the trace: how likely any read is."""

    def _uses(self) -> optimum._Uses:
        uses = super()._uses()
        uses.touched[:] = False
        return uses

    def _stay(self, t: int, k: int, written: Any) -> Floats:  # noqa: ANN401 # NumPy's own index type
        stay = super()._stay(t, k, written)
        # Who is read goes on as who has not been idle at all.
        return stay + self.chance[:, t] * (stay[0] - stay) if k in self.card.steps else stay


if __name__ == "__main__":
    raise SystemExit(main())
