"""
From the click on Apply to success on the page: one recommended move, in a browser.

    python -m benchmarks.apply [--runs 10] [--json]

Runs against the stack that `cloudflow up` started. Each run applies the recommendation about a file of its
own, a change of class in place. The page itself notes both moments, the click and the word Done in the
file's row, so that no remote control is measured; where the time went is read from the move's own steps.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from playwright.sync_api import Page

from benchmarks._apply_ground import advised_files
from benchmarks._report import Report, say
from benchmarks._stack import running_world
from cloudflow_cli.demo.world import TEAM, World
from cloudflow_lib.bootstrap import services, settings
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.errors import CloudFlowError
from tests.stack.browser.deeds import ask_to_apply, go, row_of, watch_batch
from tests.stack.browser.pages import Visitors, running_browser, say_seen

TARGET_SECONDS = 4.0
PATIENCE_MS = 60_000
LONGEST_PAUSE_SECONDS = 1.5
STATES = ("queued", "validated", "copied", "verified", "switched", "done")
NOTE = """(name) => {
  window.seen = {};
  addEventListener("click", (event) => {
    if (event.target.closest("button")?.textContent.startsWith("Apply and pay")) window.seen.click = Date.now();
  }, {capture: true});
  new MutationObserver(() => {
    if (!window.seen.click || window.seen.success || !location.search.includes("batch=")) return;
    const row = [...document.querySelectorAll(".cf-tr")].find((one) => one.textContent.includes(name));
    if (row && [...row.querySelectorAll(".cf-ok")].some((one) => one.textContent === "Done")) {
      window.seen.success = Date.now();
    }
  }).observe(document.body, {childList: true, subtree: true, characterData: true, attributes: true});
}"""


@dataclass(frozen=True, slots=True)
class Timing:
    """One run, in seconds after its click."""

    success: float
    """When the page said so."""
    steps: dict[str, float]
    """When the move reached each state."""


def apply_one(page: Page, name: str) -> Timing:
    """Apply the recommendation about *name*, and watch it to its end."""
    go(page, "Recommendations")
    row_of(page, name).wait_for()
    page.evaluate(NOTE, name)
    ask_to_apply(page, name).click()
    batch = watch_batch(page)
    page.wait_for_function("window.seen.success", timeout=PATIENCE_MS)
    seen: dict[str, Any] = page.evaluate("window.seen")
    clicked = datetime.fromtimestamp(seen["click"] / 1000, UTC)
    (move,) = services().catalog.batch(batch)
    steps = {
        state: (moment - clicked).total_seconds()
        for state in STATES
        if (moment := move.timestamps.get(MigrationState(state)))
    }
    return Timing(success=(seen["success"] - seen["click"]) / 1000, steps=steps)


def measure(world: World, runs: int) -> list[Timing]:
    """Apply *runs* recommendations one after the other, at moments that no clock of the platform knows."""
    first, *names = advised_files(world, runs + 1)
    timings = []
    with running_browser() as browser:
        visitors = Visitors(browser, settings().airflow.url, world.secrets.airflow_users)
        page = visitors.open_page("recommendations", user=TEAM)
        say_seen(page)
        page.reload()
        apply_one(page, first)  # not counted: the servers open their connections
        for number, name in enumerate(names, start=1):
            time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))  # noqa: S311 - people click at any moment
            timings.append(apply_one(page, name))
            say(f"run {number}: {timings[-1].success:.2f} s")
        page.context.close()
    return timings


def judge(report: Report, timings: Sequence[Timing]) -> None:
    """Note every figure, and hold what people wait for to its target."""
    success = [one.success for one in timings]
    report.note("apply_to_success_p50_s", _part(success, 50))
    report.require("apply_to_success_p95_s", "<=", TARGET_SECONDS, _part(success, 95))
    report.note("apply_to_success_max_s", max(success))
    for state in STATES:
        if reached := [one.steps[state] for one in timings if state in one.steps]:
            report.note(f"{state}_p50_s", _part(reached, 50))
    told = [one.success - max(one.steps.values()) for one in timings]
    report.note("last_step_to_page_p50_s", _part(told, 50))
    report.note("last_step_to_page_max_s", max(told))


def _part(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def main(
    runs: Annotated[int, typer.Option(min=2, help="How many recommendations to apply, one after the other.")] = 10,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure one applied recommendation from click to success; exit code 1 when the target does not hold."""
    try:
        timings = measure(running_world(), runs)
    except CloudFlowError as error:
        say(str(error))
        raise typer.Exit(1) from None
    report = Report(f"One recommendation applied, {runs} times")
    judge(report, timings)
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
