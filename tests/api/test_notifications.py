"""The bell over the API: everybody their own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudflow_lib.domain.notifications import Level, Notification, NotificationKind
from tests.api.conftest import NOW, OTHER, OWNER


@pytest.fixture(autouse=True)
def told(catalog):
    for number, user in enumerate([OWNER, OWNER, OTHER]):
        one = Notification(
            notification_id=f"n{number}",
            user=user,
            kind=NotificationKind.MIGRATION if number else NotificationKind.UPLOAD,
            level=Level.SUCCESS,
            title=f"{number} moves done",
            path="migrations",
            created_at=NOW,
            changed_at=NOW + timedelta(minutes=number),
        )
        catalog.put_notification(one, [])


def test_nobody_without_an_account_has_a_bell(anonymous, stranger):
    for path in ("/notifications/read", "/notifications/n1/read"):
        assert 401 == anonymous.post(path, json={}).status_code
        assert 403 == stranger.post(path, json={}).status_code
    assert 401 == anonymous.get("/notifications").status_code


def test_everybody_hears_of_their_own_even_an_administrator(owner, other, viewer, admin):
    def found(client):
        answer = client.get("/notifications").json()
        return [one["notification_id"] for one in answer["notifications"]], answer["unread"]

    assert (["n1", "n0"], 2) == found(owner)
    assert (["n2"], 1) == found(other)
    assert ([], 0) == found(viewer) == found(admin)


def test_pages_and_filters(owner):
    first = owner.get("/notifications", params={"limit": 1}).json()
    second = owner.get("/notifications", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    kinds = owner.get("/notifications", params={"kind": ["upload"]}).json()

    assert ["n1", "n0"] == [page["notifications"][0]["notification_id"] for page in (first, second)]
    assert second["next_cursor"] is None
    assert ["n0"] == [one["notification_id"] for one in kinds["notifications"]]
    assert 422 == owner.get("/notifications", params={"cursor": "x"}).status_code
    assert 422 == owner.get("/notifications", params={"kind": ["gossip"]}).status_code


def test_what_is_read_is_read(owner, other):
    assert {"marked": 1, "unread": 1} == owner.post("/notifications/n1/read").json()
    assert {"marked": 0, "unread": 1} == owner.post("/notifications/n1/read").json()
    assert {"marked": 0, "unread": 1} == owner.post("/notifications/n2/read").json()
    assert {"marked": 1, "unread": 0} == owner.post("/notifications/read", json={}).json()
    assert [] == owner.get("/notifications", params={"unread": True}).json()["notifications"]
    assert 1 == other.get("/notifications").json()["unread"]


def test_what_came_after_the_list_was_seen_stays_unread(owner, viewer):
    assert {"marked": 1, "unread": 1} == owner.post("/notifications/read", json={"until": NOW.isoformat()}).json()
    assert 200 == viewer.post("/notifications/read", json={"notification_ids": []}).status_code
