"""Moments at the ends of time: told apart from mistakes, and never a broken page."""

import json
from base64 import urlsafe_b64encode

import pytest

from tests.api.conftest import NOW

BEFORE_TIME, AFTER_TIME = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
"""Moments that have a date where somebody is, and none in UTC."""


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def catalog(request):
    from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog

    return MemoryCatalog() if request.param == "memory" else request.getfixturevalue("mongo_catalog")


def test_a_moment_that_utc_has_no_date_for_is_refused(owner):
    made = owner.post("/alerts/rules", json={"name": "bytes", "signal": "stored_bytes", "threshold": 1}).json()
    silence = f"/alerts/rules/{made['rule']['rule_id']}/silence"

    for moment in (BEFORE_TIME, AFTER_TIME):
        refused = [
            owner.post("/notifications/read", json={"until": moment}),
            owner.post(silence, json={"ends_at": moment}),
            owner.get("/files", params={"modified_since": moment}),
            owner.get("/events/history", params={"from": moment}),
        ]
        assert [422] * 4 == [answer.status_code for answer in refused]
        assert {True} == {"years 1 to 9999" in answer.json()["detail"] for answer in refused}
    assert 200 == owner.post(silence, json={"ends_at": "9999-12-31T23:59:59Z"}).status_code
    assert 200 == owner.post("/notifications/read", json={"until": "0001-01-01T00:00:00Z"}).status_code


def test_a_moment_means_the_same_in_every_time_zone(owner):
    made = owner.post("/alerts/rules", json={"name": "bytes", "signal": "stored_bytes", "threshold": 1}).json()
    ends_at = NOW.replace(hour=23).strftime("%Y-%m-%dT%H:%M:%S-08:00")
    silenced = owner.post(f"/alerts/rules/{made['rule']['rule_id']}/silence", json={"ends_at": ends_at}).json()

    assert "2026-11-24T07:00:00Z" == silenced["silences"][0]["ends_at"]


@pytest.mark.parametrize("path", ["/notifications", "/migrations", "/files?sort=modified"])
def test_a_cursor_with_such_a_moment_is_none_of_ours(owner, path):
    parts = {
        "/notifications": [BEFORE_TIME, "n1"],
        "/migrations": ["moves", BEFORE_TIME, "m1"],
        "/files?sort=modified": ["modified", False, BEFORE_TIME, "f1"],
    }[path]
    cursor = urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
    answer = owner.get(f"{path}{'&' if '?' in path else '?'}cursor={cursor}")

    assert (422, "this is no cursor of ours: begin again without one") == (answer.status_code, answer.json()["detail"])
