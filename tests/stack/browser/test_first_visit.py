"""What a new user of a team does first."""

import re

import pytest
from playwright.sync_api import expect

from tests.stack.browser import deeds
from tests.stack.browser.pages import settle


def test_a_team_arrives_at_cloudflow_and_takes_the_tour_once(visitors):
    """Airflow's own home page has nothing for them but refusals."""
    page = visitors.open("/", user="team-research")
    page.wait_for_url(re.compile(r"/plugin/cloudflow$"))

    deeds.take_tour(page)

    page.reload()
    settle(page)
    page.wait_for_timeout(2000)
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    page.context.close()


@pytest.mark.parametrize(("width", "menu"), [(1280, "Help"), (390, re.compile("choose a section$"))])
def test_the_tour_is_taken_again_by_mouse_there_and_back(open_page, width, menu):
    page = open_page("overview", size=(width, 900))
    page.get_by_role("button", name=menu).click()
    page.get_by_role("menuitem", name="Take the tour").click()
    stop = page.get_by_role("alertdialog")
    forward = stop.get_by_role("button", name=re.compile("^(Next|Done)$"))

    titles = [deeds.title_of_stop(stop, 1)]
    while forward.inner_text() == "Next":
        forward.click()
        titles.append(deeds.title_of_stop(stop, len(titles) + 1))
    stop.get_by_role("button", name="Back").click()
    assert titles[-2] == deeds.title_of_stop(stop, len(titles) - 1)
    stop.get_by_role("button", name="Skip tour").click()

    expect(stop).to_be_hidden()
    assert len(set(titles)) == len(titles) > 1


def test_a_file_that_is_sent_shows_up_as_warm_by_itself(open_page, shelf):
    watching = open_page("files")
    watching.get_by_placeholder("Part of a path").fill("minutes of")  # else others' files may push it out of sight
    sending = open_page("files")

    sending.get_by_test_id("upload-input").set_input_files(
        [{"name": "minutes of monday.txt", "mimeType": "text/plain", "buffer": b"We met."}]
    )
    panel = sending.get_by_role("dialog", name="Upload")
    panel.get_by_role("combobox", name="Location to upload to").click()
    sending.get_by_role("option", name=shelf.name).click()
    panel.get_by_placeholder("Folder, may be empty").fill("docs/minutes")
    panel.get_by_role("button", name=re.compile("^Upload 1")).click()
    expect(panel.get_by_text("uploaded as warm")).to_be_visible()

    row = watching.get_by_role("row").filter(has_text="minutes of monday.txt")
    expect(row.first).to_be_visible()
    expect(row.get_by_text("Warm").first).to_be_visible()


@pytest.mark.usefixtures("shelf")
def test_a_name_that_is_taken_is_told_beside_the_file(open_page):
    page = open_page("files")
    for _ in range(2):
        page.get_by_test_id("upload-input").set_input_files(
            [{"name": "twice.txt", "mimeType": "text/plain", "buffer": b"twice"}]
        )
        panel = page.get_by_role("dialog", name="Upload")
        panel.get_by_placeholder("Folder, may be empty").fill("docs/minutes")
        panel.get_by_role("button", name=re.compile("^Upload 1")).click()
        page.wait_for_timeout(1500)

    expect(panel.get_by_role("alert")).to_be_visible()
    expect(panel.get_by_role("button", name="Try twice.txt again")).to_be_visible()


@pytest.mark.usefixtures("shelf")
def test_a_move_is_chosen_confirmed_and_watched_to_its_end(open_page, places):
    page = open_page("files")
    page.get_by_role("searchbox").or_(page.get_by_placeholder("Part of a path")).first.fill("report 3")
    page.wait_for_url(re.compile("name=report"))
    settle(page)
    row = page.get_by_role("row").filter(has_text="report 3.csv").first
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name=re.compile("^Move 1 file")).click()
    dialog = page.get_by_role("dialog", name=re.compile("^Move 1"))
    dialog.get_by_role("combobox", name="Location to move to").click()
    page.get_by_role("option", name=places["azure"].name).click()
    dialog.get_by_role("button", name=re.compile("^Move 1")).click()

    page.get_by_role("button", name="Watch").click()
    moved = page.get_by_role("row").filter(has_text="report 3.csv").first
    expect(moved.get_by_text("Done")).to_be_visible()
    expect(moved.get_by_role("button", name="Roll back")).to_be_visible()
