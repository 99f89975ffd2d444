"""A browser in front of the whole stack, with users who took the tour unless a test is about it."""

import pytest
from playwright.sync_api import expect

from tests.stack.browser.pages import HARMLESS, PATIENCE_MS, Visitors, running_browser, say_seen

TEAM = "team-docs"


@pytest.fixture(scope="module")
def browser():
    expect.set_options(timeout=PATIENCE_MS)
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def signed_in():
    """Who signed in, for all modules: the login page refuses a fifth time within a minute."""
    return {}


@pytest.fixture(scope="module")
def visitors(stack, browser, signed_in):
    """Nothing on any page may break."""
    visitors = Visitors(browser, stack.airflow_url, dict(stack.secrets.airflow_users), states=signed_in)
    yield visitors
    assert [] == [error for error in visitors.broken if HARMLESS not in error]


@pytest.fixture(scope="module")
def guides_taken(visitors):
    """The tour does not stand in the way."""
    for user in ("admin", TEAM):
        page = visitors.open("/plugin/cloudflow/events", user=user)
        page.locator(".cf-head h1").first.wait_for(state="attached")
        say_seen(page)
        page.context.close()


@pytest.fixture
def open_page(visitors, guides_taken):  # noqa: ARG001 - fixtures cannot be marked
    """Open a page of the dashboard by its name; it is closed when the test ends."""
    opened = []

    def open_(name, *, user=TEAM, **how):
        page = visitors.open_page(name, user=user, **how)
        opened.append(page)
        return page

    yield open_
    for page in opened:
        page.context.close()


@pytest.fixture(scope="module")
def shelf(places, put_files):
    """A location of the team's with a few files."""
    put_files(places["s3"], {f"report {number}.csv": b"a,b\n" * 500 for number in range(12)})
    return places["s3"]
