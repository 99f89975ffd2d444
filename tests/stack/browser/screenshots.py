"""
Pictures of every page with what the running stack holds, light and dark, wide and narrow.

`make screenshots` starts the demo first. The best ones go to `docs/images`, for the README. axe-core looks at
each page, too; exit code 1 when it finds something serious.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.stack.browser.accessibility import serious_faults
from tests.stack.browser.deeds import drop_files, open_dashboard
from tests.stack.browser.pages import LOOKS, PAGES, WIDTHS, Visitors, running_browser, say_seen, settle
from tests.stack.running import ROOT, Stack

USER = "admin"
BEST = {
    "overview-light-wide": "overview.png",
    "overview-dark-wide": "overview-dark.png",
    "migrations-detail-light-wide": "move.png",
}
"""The README's pictures, and what they are called there."""
KEPT_IN = ROOT / "docs" / "images"


def click_if_there(button: Locator) -> None:
    """Click what only some stacks or widths have."""
    if button.first.is_visible():
        button.first.click()


def open_first_file(page: Page) -> None:
    """Show the drawer of the file that was read last."""
    page.goto(f"{page.url}?order=read&desc=1")
    settle(page)
    page.locator(".cf-open").first.click()
    page.get_by_role("complementary", name="File").wait_for()


def ask_to_apply(page: Page) -> None:
    """Show the question before a move, if one is recommended."""
    click_if_there(page.get_by_role("button", name="Apply…"))


def open_bell(page: Page) -> None:
    """Show the notifications."""
    page.get_by_role("button", name="Notifications").first.click()


def open_row(page: Page) -> None:
    """Show what the newest row has to say."""
    click_if_there(page.get_by_role("button", name="Show details").or_(page.locator(".cf-cardrow .cf-open")))


def open_event(page: Page) -> None:
    """Show the newest event whole."""
    click_if_there(page.locator(".cf-event"))


def bring_files(page: Page) -> None:
    """Show the question where dropped files go."""
    drop_files(page, {"minutes of monday.docx": 48_000, "figures by region.csv": 1_250_000})


def open_filters(page: Page) -> None:
    """Show the filters' sheet, where there is no room for a row of them."""
    click_if_there(page.get_by_role("button", name=re.compile("^Filters")))


def add_connection(page: Page) -> None:
    """Show the form of a new connection."""
    click_if_there(page.get_by_role("button", name="Add", exact=True))


def section(name: str) -> Callable[[Page], None]:
    """Return how to get to a section of the settings."""
    return lambda page: page.get_by_role("navigation", name="Settings").get_by_role("link", name=name).click()


SECTIONS = ("Rules", "Schedules", "Prices", "Notifications", "Access")
SCENES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "files-detail": ("files", open_first_file),
    "files-filters": ("files", open_filters),
    "recommendations-apply": ("recommendations", ask_to_apply),
    "recommendations-why": ("recommendations", open_row),
    "migrations-detail": ("migrations", open_row),
    "events-detail": ("events", open_event),
    "notifications": ("overview", open_bell),
    "upload": ("files", bring_files),
    "settings-connection": ("settings", add_connection),
    **{f"settings-{name.lower()}": ("settings", section(name)) for name in SECTIONS},
}


def shoot_all(visitors: Visitors, out: Path) -> tuple[int, list[str]]:
    """Save a picture of each page and scene; return how many, and what axe-core found serious."""
    pages: dict[str, tuple[str, Callable[[Page], None] | None]] = {name: (name, None) for name in PAGES}
    scenes, faults = pages | SCENES, list[str]()
    for look in LOOKS:
        for width, size in WIDTHS.items():
            page = visitors.open_page("events", user=USER, look=look, size=size)
            say_seen(page)
            for name, (page_name, act) in scenes.items():
                open_dashboard(page, visitors.url, PAGES[page_name])
                if act:
                    act(page)
                    settle(page)
                page.mouse.move(0, 0)  # what it hovers over tells more than people would see
                page.screenshot(path=out / f"{name}-{look}-{width}.png")
                faults += [f"{name}-{look}-{width}: {fault}" for fault in serious_faults(page)]
            page.context.close()
    return len(scenes) * len(LOOKS) * len(WIDTHS), faults


def main() -> int:
    """Take them of the stack in CLOUDFLOW_HOME."""
    home = Path(os.environ.get("CLOUDFLOW_HOME", ROOT / ".cloudflow")).absolute()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=home / "screenshots", help="the folder that all of them go to")
    parser.add_argument("--keep", action="store_true", help=f"copy the best ones to {KEPT_IN.relative_to(ROOT)}")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    stack = Stack(home=home)
    with running_browser() as browser:
        taken, faults = shoot_all(Visitors(browser, stack.airflow_url, stack.secrets.airflow_users), options.out)
    if options.keep:
        KEPT_IN.mkdir(parents=True, exist_ok=True)
        for name, kept in BEST.items():
            shutil.copy(options.out / f"{name}.png", KEPT_IN / kept)
    sys.stdout.write("\n".join([*faults, f"{taken} pictures in {options.out}, {len(faults)} serious faults"]) + "\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
