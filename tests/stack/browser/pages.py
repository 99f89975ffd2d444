"""The pages of the dashboard, and a browser that is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 60_000
BASE = "/plugin/cloudflow"
PAGES = {
    "overview": "",
    "files": "files",
    "recommendations": "recommendations",
    "migrations": "migrations",
    "events": "events",
    "performance": "performance",
    "costs": "costs",
    "alerts": "alerts",
    "settings": "settings/connections",
}
Look = Literal["light", "dark"]
LOOKS: tuple[Look, ...] = ("light", "dark")
WIDTHS = {"wide": (1440, 900), "narrow": (390, 844)}
HARMLESS = "reading 'tz'"
"""FAB's login page says it, with every Airflow 3."""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run Debian's chromium without a window."""
    with sync_playwright() as play:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = play.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@dataclass
class Visitors:
    """Opens pages for users; each signs in once, because the login page refuses a fifth time within a minute."""

    browser: Browser
    url: str
    passwords: dict[str, str]
    states: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def open(
        self,
        path: str,
        *,
        user: str,
        look: Look = "light",
        size: tuple[int, int] = (1440, 900),
        prepare: Callable[[Page], None] = lambda _page: None,
    ) -> Page:
        """Open *path* of the Airflow UI; *prepare* gets the page before it loads anything."""
        context = self.browser.new_context(
            storage_state=self._signed_in(user),
            color_scheme=look,
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: self.broken.append(f"{path}: {error}"))
        prepare(page)
        page.goto(f"{self.url}{path}")
        return page

    def open_page(self, name: str, **how: Any) -> Page:
        """Open a page of the dashboard, and wait until it shows what there is."""
        page = self.open(f"{BASE}/{PAGES[name]}".rstrip("/"), **how)
        settle(page)
        return page

    def _signed_in(self, user: str) -> Any:
        if user not in self.states:
            context = self.browser.new_context()
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.goto(self.url)
            page.fill("input[name=username]", user)
            page.fill("input[name=password]", self.passwords[user])
            page.click("input[type=submit]")
            page.wait_for_url(lambda url: "/auth/login" not in url)
            self.states[user] = context.storage_state()
            context.close()
        return self.states[user]


def settle(page: Page) -> None:
    """Wait until the page is there and nothing on it loads any more."""
    page.locator(".cf-head h1").first.wait_for(state="attached")
    page.wait_for_function("!document.querySelector('.cf [aria-label=Loading], .cf .MuiSkeleton-root')")
    page.wait_for_timeout(600)


def say_seen(page: Page) -> None:
    """Remember on the server that this user took the tour."""
    page.evaluate(
        """async () => {
          const root = new URL("cloudflow/api/v1/me/preferences", document.baseURI);
          const now = await (await fetch(root)).json();
          await fetch(root, {method: "PUT", headers: {"Content-Type": "application/json"},
            body: JSON.stringify({...now, tour_seen: true})});
        }"""
    )
