"""What people do on the pages of the dashboard, one function for each deed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Locator, Page, expect

from tests.stack.browser.pages import BASE, settle

APPLY = re.compile("^Apply and pay")
UPLOAD = re.compile("^Upload [0-9]")
DROP = """(files) => {
  const bag = new DataTransfer();
  for (const {name, size} of files) {
    bag.items.add(new File([new Uint8Array(size).fill(97)], name, {type: "text/plain"}));
  }
  return bag;
}"""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What somebody types in to open a cloud."""

    name: str
    url: str
    account: str
    secret: str
    bucket: str


def title_of_stop(stop: Locator, number: int) -> str:
    """Wait until the tour stands at the stop *number*, and return what it is called."""
    expect(stop.get_by_text(re.compile(f"^{number} of "))).to_be_visible()
    return stop.get_by_role("heading").inner_text()


def take_tour(page: Page) -> None:
    """Look at each stop of the guided tour, which begins by itself, up to the last; by keyboard: the stops move."""
    stop = page.get_by_role("alertdialog")
    expect(stop.get_by_text("Find your way")).to_be_visible()
    for number in count(1):
        title_of_stop(stop, number)
        forward = stop.get_by_role("button", name=re.compile("^(Next|Done)$"))
        if forward.inner_text() == "Done":
            break
        forward.press("Enter")
    with page.expect_response(lambda answer: answer.request.method == "PUT" and "/me/preferences" in answer.url):
        forward.press("Enter")
    expect(stop).to_be_hidden()


def connect_cloud(page: Page, to: Connection) -> None:
    """From the first page of somebody who has nothing yet: add a credential, test it, and add a location by it."""
    page.get_by_role("button", name="Connect a cloud").click()
    page.get_by_role("button", name="Connect a cloud…").click()
    for label, value in {
        "Name": f"key-of-{to.name}",
        "Access key ID": to.account,
        "Secret access key": to.secret,
        "Region": "us-east-1",
        "Endpoint": to.url,
        "Bucket to test with": to.bucket,
    }.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Test and save").click()
    form = page.get_by_role("form", name="New location")
    expect(form.get_by_label("Bucket", exact=True)).to_have_value(to.bucket)
    form.get_by_label("Name", exact=True).fill(to.name)
    form.get_by_role("button", name="Add location").click()
    expect(page.get_by_text(f"{to.name} was added", exact=True)).to_be_visible()


def go(page: Page, tab: str) -> None:
    """Change to another page of the dashboard, without loading anything anew."""
    page.get_by_role("navigation", name="CloudFlow").get_by_role("link", name=re.compile(f"^{tab}")).click()
    expect(page.get_by_role("heading", name=tab, exact=True)).to_be_visible()


def drop_files(page: Page, sizes: dict[str, int]) -> None:
    """Drag files of these names and sizes over the page and let them go."""
    files = [{"name": name, "size": size} for name, size in sizes.items()]
    bag = page.evaluate_handle(DROP, files)
    page.dispatch_event("body", "dragenter", {"dataTransfer": bag})
    expect(page.get_by_text("Drop files to upload them")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": bag})


def send_to(page: Page, location: str, folder: str = "") -> Locator:
    """Say where what was dropped goes, start it, and return the panel that tells how far it is."""
    panel = page.get_by_role("dialog", name="Upload")
    panel.get_by_role("combobox", name="Location to upload to").click()
    page.get_by_role("option", name=location, exact=True).click()
    panel.get_by_placeholder("Folder, may be empty").fill(folder)
    panel.get_by_role("button", name=UPLOAD).click()
    return panel


def row_of(page: Page, name: str) -> Locator:
    """Return the row of the file *name*, on any page that lists it."""
    return page.get_by_role("row").filter(has_text=name).first


def move_files(page: Page, names: Sequence[str], location: str) -> None:
    """Choose files in the list and have them moved."""
    for name in names:
        row_of(page, name).get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile(f"^Move {len(names)} file")).click()
    dialog = page.get_by_role("dialog", name=re.compile(f"^Move {len(names)}"))
    dialog.get_by_role("combobox", name="Location to move to").click()
    page.get_by_role("option", name=re.compile(f"^{re.escape(location)},")).click()
    dialog.get_by_role("button", name=re.compile(f"^Move {len(names)}")).click()
    expect(dialog).to_be_hidden()


def ask_to_apply(page: Page, name: str) -> Locator:
    """Ask for the recommendation about the file *name*; return the button that says yes."""
    row_of(page, name).get_by_role("button", name="Apply…").click()
    return page.get_by_role("dialog", name=re.compile("^Apply 1")).get_by_role("button", name=APPLY)


def watch_batch(page: Page) -> str:
    """Follow the message that a move started, and return the batch."""
    page.get_by_role("button", name="Watch").last.click()
    page.wait_for_url(re.compile(r"/migrations\?batch="))
    return str(page.evaluate("new URL(location.href).searchParams.get('batch')"))


def open_dashboard(page: Page, origin: str, path: str = "") -> None:
    """Load a page of the dashboard anew, and wait until it shows what there is."""
    page.goto(f"{origin}{BASE}/{path}".rstrip("/"))
    settle(page)
