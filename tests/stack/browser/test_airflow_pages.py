"""What people see of Airflow's own pages: our DAGs, their runs and the form that starts one."""

import os
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.stack.browser.pages import LOOKS, PATIENCE_MS
from tests.stack.places import Place, add_location, make_bucket
from tests.stack.running import ROOT
from tests.stack.runs import DAG, Run

DAGS = sorted(path.stem for path in (ROOT / "dags").glob("*.py"))
SIZE = (1600, 900)
AT_REST = "/api/v2/version"
WIDER_GRID = """localStorage.setItem(
  "react-resizable-panels:grid-ltr",
  JSON.stringify({"details-panel,main-panel": {expandToSizes: {}, layout: [30, 70]}}),
)"""

REPORTS = {
    "annual report.pdf": b"%PDF-1.7 " + os.urandom(40_000),
    "balance sheet.xlsx": os.urandom(25_000),
    "board minutes.docx": os.urandom(12_000),
    "figures by region.csv": b"region,amount\nnorth,12\nsouth,34\n" * 400,
    "letter to partners.pdf": b"%PDF-1.7 " + os.urandom(18_000),
}


@pytest.fixture
def open_path(visitors):
    """Open a path of the Airflow UI; it is closed when the test ends."""
    opened = []

    def open_(path, *, user="admin", look="light"):
        page = visitors.open(path, user=user, look=look, size=SIZE, prepare=widen_grid)
        opened.append(page)
        return page

    yield open_
    for page in opened:
        page.context.close()


def widen_grid(page):
    page.add_init_script(WIDER_GRID)


@pytest.fixture(scope="module")
def window(visitors):
    """A window that stays open, for one page after the other."""
    page = visitors.open(AT_REST, user="admin", size=SIZE)
    yield page
    page.context.close()


@pytest.fixture
def operators_window(visitors, window):
    """The window; behind the test it shows something that does not ask the server for news again and again."""
    yield window
    window.goto(f"{visitors.url}{AT_REST}")


@pytest.fixture(scope="module")
def shoot(tmp_path_factory):
    """Save a picture where CLOUDFLOW_SCREENSHOTS says, once the page has come to rest."""
    folder = Path(os.environ.get("CLOUDFLOW_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)

    def shoot(page, name):
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1000)  # its panels slide in
        page.screenshot(path=folder / f"{name}.png")
        assert (folder / f"{name}.png").stat().st_size > 10_000

    return shoot


@pytest.fixture(scope="module")
def shelves(stack, credentials, suffix):
    """Two locations with names that people would give."""
    found = {}
    for name, server in (("reports", "s3"), ("archive", "azure")):
        bucket = make_bucket(stack, server, f"{name}-{suffix}")
        options = ["--single-class"] if server == "s3" else []
        found[name] = Place(name=add_location(stack, name, bucket.name, credentials[server], *options), bucket=bucket)
    return found


@pytest.fixture(scope="module")
def finished(shelves, put_files, migrate):
    files = put_files(shelves["reports"], REPORTS, prefix="docs/2026/")
    run = migrate("team-docs", files.values(), destination_location="archive", quarantine_days=0)
    assert run.wait() == "success", run.mails()
    return run


@pytest.mark.parametrize("look", LOOKS)
def test_an_administrator_sees_every_dag(open_path, shoot, look):
    page = open_path("/dags", look=look)

    for name in DAGS:
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    expect(page.get_by_text(f"{len(DAGS)} Dags")).to_be_visible()
    assert look in page.evaluate("document.documentElement.className")
    shoot(page, f"dags-{look}")


@pytest.mark.parametrize("dag", DAGS)
def test_every_dag_has_its_page_for_the_operator(visitors, operators_window, shoot, dag):
    page = operators_window
    page.goto(f"{visitors.url}/dags/{dag}")

    title = dag.replace("_", " ").capitalize()
    heading = page.get_by_role("dialog").get_by_role("heading", name=title)
    until_shown(heading, page.get_by_role("button", name="Dag Docs").click)
    shoot(page, f"docs-{dag}")


def until_shown(wanted, act):
    """Act as a person does: once more where the page was just being drawn anew, and the click went nowhere."""
    act()
    try:
        expect(wanted).to_be_visible(timeout=PATIENCE_MS / 6)
    except AssertionError:
        act()
        expect(wanted).to_be_visible()


def test_a_finished_run_shows_its_files_by_name(open_path, shoot, finished):
    for look in LOOKS:
        page = open_path(f"/dags/{DAG}/runs/{quote(finished.run_id)}", look=look)

        page.get_by_role("button", name="Expand all task groups").click()
        for name in REPORTS:
            expect(page.get_by_role("link", name=f"reports/docs/2026/{name}").first).to_be_visible()
        for step in ("validate", "copy", "verify", "finish"):
            expect(page.get_by_role("link", name=f"{step} [ ]")).to_be_visible()
        expect(page.get_by_text("team-docs")).to_be_visible()
        shoot(page, f"run-{look}")
        page.get_by_role("button", name="Show Graph").click()
        expect(page.get_by_text("Task Group")).to_be_visible()
        shoot(page, f"graph-{look}")


def test_one_step_of_a_run_lists_the_files_it_worked_on(open_path, shoot, finished):
    page = open_path(f"/dags/{DAG}/runs/{quote(finished.run_id)}/tasks/migrate.copy/mapped")

    expect(page.get_by_text(f"{len(REPORTS)} Task Instances")).to_be_visible()
    for name in REPORTS:
        expect(page.get_by_role("link", name=f"reports/docs/2026/{name}")).to_be_visible()
    shoot(page, "mapped")


def test_a_team_starts_a_run_with_the_form(stack, mailbox, shelves, put_files, open_path, shoot):
    file = put_files(shelves["reports"], {"note.txt": b"Moved by the form."})["note.txt"]
    page = open_path(f"/dags/{DAG}", user="team-docs")

    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    form.get_by_text("Which files", exact=True).click()
    form.locator("[name=element_source_location]").fill("reports")
    form.locator("[name=element_prefix]").fill(file.key)
    shoot(page, "form-which-files")
    form.get_by_text("Where to", exact=True).click()
    form.locator("[name=element_destination_location]").fill("archive")
    shoot(page, "form-where-to")
    form.get_by_text("Safety", exact=True).click()
    form.locator("[name=element_quarantine_days]").fill("0")
    shoot(page, "form-safety")
    form.get_by_role("button", name="Trigger").click()
    expect(form).to_be_hidden()

    (move,) = wait_for_a_move_of(stack, file)
    run = Run(stack=stack, mailbox=mailbox, run_id=move.batch_id, user="team-docs", started_at=None)
    assert run.wait() == "success"
    assert shelves["archive"].bucket.get(file.key) == b"Moved by the form."
    assert shelves["reports"].bucket.get(file.key) is None


def wait_for_a_move_of(stack, file, tries=200):
    for _ in range(tries):
        recent = stack.services.catalog.recent_migrations(owner="team-docs", limit=5)
        if found := [move for move in recent if move.file_id == file.file_id]:
            return found
        time.sleep(0.2)
    raise AssertionError("the form started nothing")


def test_a_refused_run_is_red_and_says_why(open_path, shoot, put_files, shelves, migrate):
    file = put_files(shelves["reports"], {"paper.txt": b"Not yours."}, owner="research")["paper.txt"]
    run = migrate("team-docs", [file], destination_location="archive")
    assert run.wait() == "failed"

    page = open_path(f"/dags/{DAG}/runs/{quote(run.run_id)}")

    expect(page.get_by_text("Failed").first).to_be_visible()
    shoot(page, "refused")
    page.goto(f"{page.url.split('/runs/')[0]}/runs/{quote(run.run_id)}/tasks/open_run")
    expect(page.get_by_text("no such file among the files of team-docs").first).to_be_visible()
    shoot(page, "refused-log")
