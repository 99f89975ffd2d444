"""Two users, two browsers, one platform: each sees only what is their own, while both are at work."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.stack.browser import deeds

TEAMS = {"team-docs": "docs", "team-research": "research"}
NAMES = ("minutes.txt", "plan.txt")
SIZE = 20_000


class Desk:
    """One user at work in a browser of their own."""

    def __init__(self, visitors, user, suffix):
        self.user = user
        self.folder = f"{TEAMS[user]}/both-{suffix}"
        self.names = [f"{TEAMS[user]} {suffix} {name}" for name in NAMES]
        self.heard = []
        self.page = visitors.open_page("files", user=user, prepare=self._listen)

    def _listen(self, page):
        page.on("websocket", lambda socket: socket.on("framereceived", self._hear))

    def _hear(self, frame):
        if event := json.loads(frame).get("event"):
            self.heard.append(event)


@pytest.fixture
def desks(visitors, guides_taken, suffix):  # noqa: ARG001 - fixtures cannot be marked
    desks = [Desk(visitors, user, suffix) for user in TEAMS]
    yield desks
    for desk in desks:
        desk.page.context.close()


def test_two_users_at_work_see_only_their_own(desks, places, suffix):
    send_all(desks, places["s3"].name)
    move_all(desks, places["azure"].name)

    for desk, other in (desks, desks[::-1]):
        assert {desk.user} == {event["user"] for event in desk.heard}
        assert {f"{desk.folder}/{name}" for name in desk.names} <= {event["data"].get("key") for event in desk.heard}
        for tab in ("Migrations", "Events", "Files"):
            deeds.go(desk.page, tab)
            if tab == "Files":
                desk.page.get_by_placeholder("Part of a path").fill(f"both-{suffix}")
            expect(desk.page.get_by_text(desk.names[0]).first).to_be_visible()
            expect(desk.page.get_by_text(f"{TEAMS[other.user]}/")).to_have_count(0)


def send_all(desks, location):
    """Send everybody's files at the same time, and wait until each sees their own."""
    for desk in desks:
        deeds.drop_files(desk.page, dict.fromkeys(desk.names, SIZE))
    panels = [deeds.send_to(desk.page, location, desk.folder) for desk in desks]
    for desk, panel in zip(desks, panels, strict=True):
        expect(panel.get_by_text("uploaded as warm")).to_have_count(len(NAMES))
        panel.get_by_role("button", name=re.compile("^Close")).click()
        desk.page.get_by_placeholder("Part of a path").fill(desk.folder)
        for name in desk.names:
            expect(deeds.row_of(desk.page, name)).to_be_visible()


def move_all(desks, location):
    """Have everybody's files moved at the same time, and wait until each sees their own arrive."""
    for desk in desks:
        deeds.move_files(desk.page, desk.names, location)
    for desk in desks:
        deeds.go(desk.page, "Migrations")
    for desk in desks:
        for name in desk.names:
            expect(deeds.row_of(desk.page, name).get_by_text("Done", exact=True)).to_be_visible()
