"""What the tiering benchmark prints: for each part a table a reader can check the verdicts by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks._tiering import Result

LOOKED_AT = ("projects", "seasons", "epochs", "mixed", "backup, restored often", "sessions")
"""Families that showed weaknesses which were then mended: their figures are no proof any more."""
POLICIES = {
    "all_hot": "all hot",
    "intelligent_tiering": "Intelligent-Tiering",
    "selector": "selector",
    "cloudflow": "CloudFlow",
}

FOUND = ("worst (seed)", "most harm (seed)", "below Intelligent-Tiering", "seeds")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of a part."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return it as Markdown."""
        lines = ["| " + " | ".join(row) + " |" for row in (self.columns, *self.rows)]
        lines.insert(1, "|" + "--|" * len(self.columns))
        return f"{self.title}:\n\n" + "\n".join(lines) + "\n"

    def show(self, console: Console) -> None:
        """Print it."""
        table = Table(title=self.title)
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)


def sheets(results: Sequence[Result]) -> Iterator[Sheet]:
    """Yield a table for each part that was measured."""
    for told, chosen in (
        ("The development families", of_part(results, "development")),
        ("Families never looked at while tuning", [r for r in of_part(results, "held_out") if not looked_at(r)]),
        ("Families looked at, and improved on", [r for r in of_part(results, "held_out") if looked_at(r)]),
    ):
        if chosen:
            yield _by_family(f"{told}: times the optimum", chosen)
    for part, told in (
        ("changes", "Changed after adoption: times the better of all hot and Intelligent-Tiering, the worst seed"),
        ("books", "Other price books: times the optimum, mean of the seeds"),
        ("beyond_cold", "Google Cloud with ARCHIVE as a fourth class: times the optimum, mean of the seeds"),
        ("copies", "Each move of CloudFlow a copy: times the optimum, mean of the seeds"),
        ("cold", "Without any history: times the optimum, mean of the seeds"),
    ):
        chosen = of_part(results, part)
        if chosen:
            yield _across(told, chosen)


def of_part(results: Sequence[Result], part: str) -> list[Result]:
    """Return the results of a part."""
    return [r for r in results if r.case.part == part]


def looked_at(result: Result) -> bool:
    """Return whether a family's figures led to changes of the policy."""
    return result.case.family in LOOKED_AT


def by_family(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Return family -> its results."""
    families = dict.fromkeys(r.case.family for r in results)
    return {family: [r for r in results if r.case.family == family] for family in families}


def mean_of_families(results: Sequence[Result], policy: str = "cloudflow") -> float:
    """Return the mean ratio of a policy; all families weigh the same, however many seeds of each there are."""
    return float(np.mean([np.mean([r.ratio(policy) for r in some]) for some in by_family(results).values()]))


def _by_family(title: str, results: Sequence[Result]) -> Sheet:
    names = [name for name in POLICIES if name in results[0].costs]
    rows = []
    for family, some in by_family(results).items():
        worst, harmed = max(some, key=lambda r: r.ratio()), max(some, key=lambda r: r.harm())
        means = [_told(float(np.mean([r.ratio(name) for r in some]))) for name in names]
        found = (_with_seed(worst.ratio(), worst), _with_seed(harmed.harm(), harmed), _saved(some), str(len(some)))
        rows.append((family, *means, *found))
    means = [_told(mean_of_families(results, name)) for name in names]
    last = (
        "all",
        *means,
        _told(max(r.ratio() for r in results)),
        _told(max(r.harm() for r in results)),
        _saved(results),
    )
    columns = ("", *(POLICIES[name] for name in names), *FOUND)
    return Sheet(title, columns, (*rows, (*last, str(len(results)))))


def _across(title: str, results: Sequence[Result]) -> Sheet:
    """Return changes or books by family; of changes the most harm, of others the mean ratio."""
    families = list(by_family(results))
    rows = []
    for what in dict.fromkeys(r.case.change or r.case.book for r in results):
        mine = [r for r in results if (r.case.change or r.case.book) == what]
        changed = mine[0].case.change is not None
        cells = []
        for family in families:
            some = [r.harm() if changed else r.ratio() for r in mine if r.case.family == family]
            cells.append(_told(max(some) if changed else float(np.mean(some))) if some else "")
        whole = max(r.harm() for r in mine) if changed else float(np.mean([r.ratio() for r in mine]))
        rows.append((what, *cells, _told(whole), str(len(mine))))
    return Sheet(title, ("", *families, "all", "cases"), tuple(rows))


def write_markdown(results: Sequence[Result], path: Path) -> None:
    """Write all tables as Markdown."""
    path.write_text("\n".join(sheet.markdown() for sheet in sheets(results)), encoding="utf-8")


def _told(value: float) -> str:
    return f"{value:.3f}"


def _saved(results: Sequence[Result]) -> str:
    """Return by how much less than the managed class CloudFlow costs, the mean of the traces."""
    saved = float(np.mean([1 - r.costs["cloudflow"] / r.costs["intelligent_tiering"] for r in results]))
    return f"{round(saved, 2) + 0.0:.0%}"  # no minus before a zero


def _with_seed(value: float, result: Result) -> str:
    return f"{value:.3f} ({result.case.seed})"
