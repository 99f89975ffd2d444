"""
From an address to a page that answers: the overview, in a browser that has nothing of it in its cache.

    python -m benchmarks.first_load [--runs 10] [--json]

Runs against the stack that `cloudflow up` started, once no DAG runs. The page counts as interactive when its
heading stands there and the browser has nothing left to do. The clock starts with the navigation, so that
Airflow's own UI around the page counts, too; what is ours begins when Airflow begins to draw its frame around
the page, and asks for its menu. The window is open before: Chromium's address bar is two pages of its own, which
a new window loads, and that takes 1.1 s of a processor.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from playwright.sync_api import Page

from benchmarks._report import Report, say
from benchmarks._stack import running_world, settle_stack
from cloudflow_cli.demo.world import TEAM, World
from cloudflow_lib.bootstrap import settings
from cloudflow_lib.errors import CloudFlowError
from tests.stack.browser.pages import BASE, Visitors, running_browser, say_seen, settle

TARGET_SECONDS = 2.0
PATIENCE_MS = 60_000
WINDOW_OPENS_MS = 1_500
NOTE = """
  window.seen = {};
  new MutationObserver(() => {
    if (window.seen.shown || !document.querySelector(".cf-tabs") || !document.querySelector(".cf-head h1")) return;
    window.seen.shown = performance.now();
    requestIdleCallback(() => { window.seen.interactive = performance.now(); });
  }).observe(document, {childList: true, subtree: true});
"""
READ = """() => {
  const all = performance.getEntriesByType("resource");
  const ours = all.filter((one) => one.name.includes("/cloudflow/static/") || one.name.includes("/cloudflow/api/"));
  return {
    ...window.seen,
    ours: Math.min(...all.filter((one) => one.name.endsWith("/ui/auth/menus")).map((one) => one.startTime)),
    bytes: ours.reduce((sum, one) => sum + one.encodedBodySize, 0),
    requests: ours.length,
  };
}"""


@dataclass(frozen=True, slots=True)
class Load:
    """One load, in seconds since the navigation began."""

    shown: float
    interactive: float
    ours: float
    """When Airflow began to draw what is around our page."""
    kilobytes: float
    requests: int


def load(visitors: Visitors) -> Load:
    """Load the overview in a fresh context."""
    page = visitors.open(BASE, user=TEAM, prepare=_watch)
    page.wait_for_function("window.seen.interactive", timeout=PATIENCE_MS)
    settle(page)
    seen: dict[str, Any] = page.evaluate(READ)
    page.context.close()
    return Load(
        shown=seen["shown"] / 1000,
        interactive=seen["interactive"] / 1000,
        ours=seen["ours"] / 1000,
        kilobytes=seen["bytes"] / 1000,
        requests=seen["requests"],
    )


def _watch(page: Page) -> None:
    page.wait_for_timeout(WINDOW_OPENS_MS)
    page.add_init_script(NOTE)


def measure(world: World, runs: int) -> list[Load]:
    """Load it again and again; the first time is not counted, because the servers read their files."""
    with running_browser() as browser:
        visitors = Visitors(browser, settings().airflow.url, world.secrets.airflow_users)
        page = visitors.open_page("overview", user=TEAM)
        say_seen(page)
        page.context.close()
        load(visitors)
        return [load(visitors) for _ in range(runs)]


def judge(report: Report, loads: Sequence[Load]) -> None:
    """Note every figure, and hold the wait to its target."""
    whole = [one.interactive for one in loads]
    ours = [one.interactive - one.ours for one in loads]
    report.note("shown_p50_s", _part([one.shown for one in loads], 50))
    report.note("interactive_p50_s", _part(whole, 50))
    report.require("interactive_p95_s", "<=", TARGET_SECONDS, _part(whole, 95))
    report.note("of_it_ours_p50_s", _part(ours, 50))
    report.note("of_it_ours_p95_s", _part(ours, 95))
    report.note("our_kilobytes", max(one.kilobytes for one in loads))
    report.note("our_requests", max(one.requests for one in loads))


def _part(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def main(
    runs: Annotated[int, typer.Option(min=2, help="How often to load the page.")] = 10,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the first load of the dashboard; exit code 1 when the target does not hold."""
    try:
        world = running_world()
        settle_stack()
        loads = measure(world, runs)
    except CloudFlowError as error:
        say(str(error))
        raise typer.Exit(1) from None
    report = Report(f"The first load of the overview, {runs} times")
    judge(report, loads)
    raise typer.Exit(report.finish(as_json=as_json))


if __name__ == "__main__":
    typer.run(main)
