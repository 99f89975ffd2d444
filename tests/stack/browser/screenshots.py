"""
Pictures of every page with what the running stack holds, light and dark, wide and narrow.

`make screenshots` starts the demo first. The best ones go to `docs/images`, for the README.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import Page

from tests.stack.browser.pages import LOOKS, PAGES, WIDTHS, Visitors, running_browser, say_seen, settle
from tests.stack.running import ROOT, Stack

USER = "admin"
BEST = ("overview-light-wide", "overview-dark-wide", "recommendations-light-wide", "files-detail-dark-wide")
KEPT_IN = ROOT / "docs" / "images"


def open_first_file(page: Page) -> None:
    """Show the drawer of the file that was read last."""
    page.get_by_role("button", name="Last read").first.click()
    page.wait_for_timeout(800)
    page.locator(".cf-open").first.click()
    page.get_by_role("complementary", name="File").wait_for()


def ask_to_apply(page: Page) -> None:
    """Show the question before a move, if one is recommended."""
    button = page.get_by_role("button", name="Apply…").first
    if button.is_visible():
        button.click()


def open_bell(page: Page) -> None:
    """Show the notifications."""
    page.get_by_role("button", name="Notifications").first.click()


SCENES = {
    "files-detail": ("files", open_first_file),
    "recommendations-apply": ("recommendations", ask_to_apply),
    "notifications": ("overview", open_bell),
}


def shoot_all(visitors: Visitors, out: Path) -> int:
    """Save a picture of each page and scene, and return how many."""
    first = visitors.open("/plugin/cloudflow/events", user=USER)
    first.locator(".cf-head h1").first.wait_for(state="attached")
    say_seen(first)
    first.context.close()
    scenes = {name: (name, None) for name in PAGES} | SCENES
    for name, (page_name, act) in scenes.items():
        for look in LOOKS:
            for width, size in WIDTHS.items():
                page = visitors.open_page(page_name, user=USER, look=look, size=size)
                if act:
                    act(page)
                    settle(page)
                page.wait_for_timeout(700)
                page.screenshot(path=out / f"{name}-{look}-{width}.png")
                page.context.close()
    return len(scenes) * len(LOOKS) * len(WIDTHS)


def main() -> None:
    """Take them of the stack in CLOUDFLOW_HOME."""
    home = Path(os.environ.get("CLOUDFLOW_HOME", ROOT / ".cloudflow")).absolute()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=home / "screenshots", help="the folder that all of them go to")
    parser.add_argument("--keep", action="store_true", help=f"copy the best ones to {KEPT_IN.relative_to(ROOT)}")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    stack = Stack(home=home)
    with running_browser() as browser:
        taken = shoot_all(Visitors(browser, stack.airflow_url, stack.secrets.airflow_users), options.out)
    if options.keep:
        KEPT_IN.mkdir(parents=True, exist_ok=True)
        for name in BEST:
            shutil.copy(options.out / f"{name}.png", KEPT_IN / f"{name}.png")
    print(f"{taken} pictures in {options.out}")  # noqa: T201 - a program for people


if __name__ == "__main__":
    main()
