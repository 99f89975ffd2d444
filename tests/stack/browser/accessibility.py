"""What axe-core finds wrong with a page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

AXE = Path(__file__).parents[3] / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SERIOUS = ("serious", "critical")
OURS = [".cf", ".MuiPopover-root", ".MuiDialog-root"]
"""Airflow's own bar around the page is not ours to judge."""


@cache
def axe_source() -> str:
    return AXE.read_text()


def serious_faults(page) -> list[str]:
    """Return each serious violation as one line: the rule, what it says, and where."""
    page.evaluate(axe_source())
    found = page.evaluate(
        """async ([ours, tags]) => {
          const include = ours.filter((one) => document.querySelector(one)).map((one) => [one]);
          return (await axe.run({include}, {runOnly: {type: "tag", values: tags}})).violations;
        }""",
        [OURS, RULES],
    )
    return [
        f"{one['id']}: {one['help']} at {node['target']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]
