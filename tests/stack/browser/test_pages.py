"""Every page of the dashboard, as people and as axe-core see it."""

import re

import pytest
from playwright.sync_api import expect

from tests.stack.browser import deeds
from tests.stack.browser.accessibility import serious_faults
from tests.stack.browser.conftest import TEAM
from tests.stack.browser.pages import BASE, LOOKS, PAGES, WIDTHS, settle

pytestmark = pytest.mark.usefixtures("shelf")

MOST_SHIFT = 0.1
"""Below it, people do not notice that something moved."""
SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture(scope="module")
def turn_to(visitors, guides_taken):  # noqa: ARG001 - fixtures cannot be marked
    """Show a page of the dashboard in one of two windows, light and dark; what a window shows already, it keeps."""
    windows, shown = {}, {}

    def turn(name, look):
        if look not in windows:
            windows[look] = visitors.open_page(name, user=TEAM, look=look)
        elif shown[look] != name:
            deeds.open_dashboard(windows[look], visitors.url, PAGES[name])
        shown[look] = name
        return windows[look]

    yield turn
    for page in windows.values():
        page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_used_by_everybody(turn_to, name, look, width):
    page = turn_to(name, look)
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    settle(page)

    assert look in page.evaluate("document.documentElement.className")
    assert [] == serious_faults(page)
    assert 0 == page.evaluate("Math.max(0, document.querySelector('.cf').scrollWidth - innerWidth)")


@pytest.mark.parametrize("look", LOOKS)
def test_a_files_drawer_can_be_used_by_everybody(open_page, look):
    page = open_page("files", look=look)
    page.locator(".cf-open").first.click()
    drawer = page.get_by_role("complementary", name="File")
    expect(drawer.get_by_text("Price per class")).to_be_visible()
    expect(drawer.get_by_text("History")).to_be_visible()
    settle(page)

    assert [] == serious_faults(page)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


@pytest.mark.usefixtures("guides_taken")
def test_the_page_answers_before_any_data_has_come(visitors):
    """Its own code is all that it waits for. How long that takes is measured by `benchmarks.first_load`."""
    held = []

    def hold(page):
        page.route("**/cloudflow/api/**", lambda route: held.append(route))  # noqa: PLW0108 - it takes no builtin

    page = visitors.open(BASE, user="admin", prepare=hold)
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    deeds.go(page, "Files")

    assert held
    for route in held:
        route.abort()
    page.context.close()


def test_nothing_is_forgotten_when_the_address_changes(open_page):
    """Airflow makes the place of a plugin's page anew with every path."""
    sockets = []

    def watch(page):
        page.on("websocket", lambda socket: sockets.append(socket.url))

    page = open_page("files", prepare=watch)
    page.get_by_placeholder("Part of a path").fill("report")
    page.wait_for_url(re.compile("name=report"))
    settle(page)
    page.get_by_role("row").nth(1).get_by_role("checkbox").check()
    page.locator(".cf-open").nth(1).click()
    expect(page.get_by_role("complementary", name="File")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("1 selected")).to_be_visible()
    deeds.go(page, "Events")
    deeds.go(page, "Files")

    assert 1 == len(sockets)


def test_nothing_moves_while_events_arrive(open_page, places, put_files):
    page = open_page("overview")
    page.evaluate(SHIFTS)
    page.evaluate("window.shifts = 0")

    put_files(places["s3"], {f"new {number}.txt": b"new" for number in range(20)})
    expect(page.get_by_text("file.discovered").first).to_be_visible()
    page.wait_for_timeout(1500)

    assert MOST_SHIFT > page.evaluate("window.shifts")


def test_keys_lead_everywhere(open_page):
    page = open_page("overview")

    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
    page.keyboard.press("/")
    assert "Part of a path" == page.evaluate("document.activeElement.placeholder")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert [] == serious_faults(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").fill("migr")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Migrations", exact=True)).to_be_visible()
