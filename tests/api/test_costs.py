"""Costs over the API: everybody their own days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudflow_lib.domain.cost_days import CostDay
from tests.api.conftest import NOW, OTHER, OWNER
from tests.costs.test_snapshots import a_line

YESTERDAY = (NOW - timedelta(days=1)).date()


@pytest.fixture(autouse=True)
def days(catalog):
    for owner, usd in ((OWNER, 2), (OTHER, 5)):
        for back in range(3):
            lines = (a_line("a/", usd * 10**9),)
            day = CostDay(owner=owner, day=YESTERDAY - timedelta(days=back), worked_out_at=NOW, lines=lines)
            catalog.put_cost_day(day, None)


def test_nobody_without_an_account_is_told_anything(anonymous, stranger):
    assert 401 == anonymous.get("/costs").status_code
    assert 403 == stranger.get("/costs").status_code


def test_everybody_is_told_of_their_own_and_an_administrator_of_all(owner, admin, viewer):
    mine = owner.get("/costs").json()

    assert (6.0, None, 3) == (mine["usd"], mine["before_usd"], len(mine["days"]))
    assert [{"name": "hot", "usd": 6.0, "before_usd": None, "share": 1.0, "size_bytes": 10}] == mine["groups"]
    assert 6.0 == mine["parts"]["storage"]
    assert [(OTHER, 15.0), (OWNER, 6.0)] == [
        (one["name"], one["usd"]) for one in admin.get("/costs", params={"split": "owner"}).json()["groups"]
    ]
    assert 0 == viewer.get("/costs").json()["usd"]


def test_days_are_compared_with_those_before(owner):
    found = owner.get("/costs", params={"days": 1}).json()

    assert (2.0, 2.0) == (found["usd"], found["before_usd"])
    assert {"day": YESTERDAY.isoformat(), "usd": 2.0, "hot_usd": 2.0, "warm_usd": 0.0, "cold_usd": 0.0} == found[
        "days"
    ][0]


def test_a_short_past_gives_no_forecast_and_a_longer_one_does(owner, catalog):
    short = owner.get("/costs/forecast").json()
    assert (None, 3, 28) == (short["usd"], short["known_days"], short["needed_days"])
    for back in range(60):
        lines = (a_line("a/", 2 * 10**9),)
        day = CostDay(owner=OWNER, day=YESTERDAY - timedelta(days=back), worked_out_at=NOW, lines=lines)
        catalog.put_cost_day(day, None)
    found = owner.get("/costs/forecast", params={"days": 90}).json()

    assert 180.0 == pytest.approx(found["usd"])
    assert 90 == len(found["days"])
    assert NOW.date().isoformat() == found["days"][0]["day"]
    assert found["low_usd"] <= found["usd"] <= found["high_usd"]
    assert 422 == owner.get("/costs/forecast", params={"days": 91}).status_code


def test_a_forecast_is_nobody_elses(anonymous, stranger, viewer):
    assert 401 == anonymous.get("/costs/forecast").status_code
    assert 403 == stranger.get("/costs/forecast").status_code
    assert 0 == viewer.get("/costs/forecast").json()["known_days"]
