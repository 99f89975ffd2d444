"""The pictures of docs/intelligence.md, drawn from what the benchmark measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks._tiering import Result
from benchmarks._tiering_tables import POLICIES, by_family

COLOURS = {"all_hot": "#c9c9c9", "intelligent_tiering": "#8aa6c1", "selector": "#6fb1a0", "cloudflow": "#0b6e4f"}


def draw(results: Sequence[Result], folder: Path) -> None:
    """Write an SVG for each part that was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, title in (("development", "development families"), ("held_out", "families not developed on")):
        chosen = [r for r in results if r.case.part == part]
        if chosen:
            _bars(chosen, folder / f"tiering-{part.replace('_', '-')}.svg", f"Cost against the optimum: {title}")
    changed = [r for r in results if r.case.part == "changes"]
    if changed:
        _harm(changed, folder / "tiering-changes.svg")


def _bars(results: Sequence[Result], path: Path, title: str) -> None:
    """Draw each family's means; the dots are CloudFlow's single seeds."""
    from matplotlib.figure import Figure

    families = by_family(results)
    figure = Figure(figsize=(9, 0.6 * len(families) + 1.6), layout="constrained")
    axes = figure.subplots()
    for i, (name, label) in enumerate(POLICIES.items()):
        means = [np.mean([r.ratio(name) for r in some]) for some in families.values()]
        axes.barh(np.arange(len(families)) + (i - 1.5) * 0.2, means, 0.19, label=label, color=COLOURS[name])
    for place, some in enumerate(families.values()):
        ratios = [r.ratio() for r in some]
        axes.scatter(ratios, np.full(len(ratios), place + 0.3), s=9, color="#1f2937", zorder=3)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(families)), list(families))
    axes.invert_yaxis()
    axes.set_xlabel("times what perfect knowledge of the future would have paid (dots: single seeds)")
    axes.set_title(title)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _harm(results: Sequence[Result], path: Path) -> None:
    from matplotlib.figure import Figure

    changes = list(dict.fromkeys(r.case.change for r in results))
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots()
    for i, change in enumerate(changes):
        harms = [r.harm() for r in results if r.case.change == change]
        axes.scatter(harms, np.full(len(harms), i), color="#0b6e4f", alpha=0.6)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.axvline(1.05, color="#b3261e", linewidth=0.8, linestyle="--")
    axes.set_yticks(range(len(changes)), [str(change) for change in changes])
    axes.invert_yaxis()
    axes.set_xlabel("cost against the better of all-hot and Intelligent-Tiering (dashed: the most allowed)")
    axes.set_title("The same families changed after adoption")
    figure.savefig(path, metadata={"Date": None})
