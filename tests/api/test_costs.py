"""Costs over the API: everybody their own days."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflow_lib.domain.charges import DAYS_PER_MONTH
from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.policies import Policy, PolicyKind
from cloudflow_lib.ports.policy_book import PolicyRun, PolicyRunState
from cloudflow_lib.workflows.evaluate_alerts import evaluate_alerts
from ml.forecast.costs import ahead
from tests.api.conftest import NOW, OTHER, OWNER
from tests.costs.test_snapshots import a_line

YESTERDAY = (NOW - timedelta(days=1)).date()


@pytest.fixture
def services(services):
    return replace(services, forecast_costs=ahead)


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
    assert {
        "day": YESTERDAY.isoformat(),
        "usd": 2.0,
        "hot_usd": 2.0,
        "warm_usd": 0.0,
        "cold_usd": 0.0,
        "hot_bytes": 10,
        "warm_bytes": 0,
        "cold_bytes": 0,
    } == found["days"][0]


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


BUDGET = {"name": "Documents", "limit_usd": 50}


def month_of(catalog, owner, usd, *, prefix="a/"):
    for back in range(60):
        lines = (a_line(prefix, usd * 10**9),)
        day = CostDay(owner=owner, day=YESTERDAY - timedelta(days=back), worked_out_at=NOW + timedelta(1), lines=lines)
        catalog.put_cost_day(day, None)


def test_a_budget_says_what_was_spent_and_what_the_month_is_forecast_to_cost(owner, admin, catalog):
    month_of(catalog, OWNER, 2)
    mine = owner.post("/costs/budgets", json=BUDGET).json()
    days = monthrange(NOW.year, NOW.month)[1]

    assert (2.0 * (NOW.day - 1), pytest.approx(2.0 * days)) == (mine["spent_usd"], mine["expected_usd"])
    assert (OWNER, "over", pytest.approx(2 * days / 50)) == (mine["of_user"], mine["state"], mine["share"])
    whole = admin.post("/costs/budgets", json={**BUDGET, "limit_usd": 1000}).json()
    assert ("", "fine") == (whole["of_user"], whole["state"])
    assert whole["expected_usd"] > mine["expected_usd"]


def test_a_budget_of_a_prefix_is_of_that_alone(owner, catalog):
    month_of(catalog, OWNER, 2)
    there = owner.post("/costs/budgets", json={**BUDGET, "location_id": "s3-main", "prefix": "a/"}).json()
    elsewhere = owner.post("/costs/budgets", json={**BUDGET, "location_id": "s3-main", "prefix": "b/"}).json()

    assert "over" == there["state"]
    assert (0.0, "fine") == (elsewhere["expected_usd"], elsewhere["state"])
    assert [there["budget_id"], elsewhere["budget_id"]] == [
        one["budget_id"] for one in owner.get("/costs/budgets").json()["budgets"]
    ]


def test_who_set_a_budget_hears_when_the_month_goes_beyond_it_and_when_it_is_back(owner, catalog, services):
    month_of(catalog, OWNER, 2)
    budget = owner.post("/costs/budgets", json=BUDGET).json()
    evaluate_alerts(services)
    [alert] = owner.get("/alerts").json()["alerts"]
    assert (budget["budget_id"], "Documents", OWNER) == (alert["rule_id"], alert["name"], alert["owner"])

    path = f"/costs/budgets/{budget['budget_id']}"
    assert 90 == owner.put(path, json={**BUDGET, "limit_usd": 90, "tell_at_percent": 60}).json()["limit_usd"]
    assert "near" == owner.get("/costs/budgets").json()["budgets"][0]["state"]
    assert 204 == owner.delete(path).status_code
    assert [] == owner.get("/costs/budgets").json()["budgets"] == owner.get("/alerts").json()["alerts"]


def test_a_rule_that_is_no_budget_is_none(owner):
    rule = owner.post("/alerts/rules", json={"name": "x", "signal": "stored_bytes", "threshold": 3}).json()["rule"]

    assert 404 == owner.delete(f"/costs/budgets/{rule['rule_id']}").status_code
    assert 200 == owner.get(f"/alerts/rules/{rule['rule_id']}").status_code


@pytest.mark.parametrize(
    "wrong", [{"limit_usd": 0}, {"limit_usd": -1}, {"tell_at_percent": 0}, {"prefix": "a/"}, {"surprise": 1}]
)
def test_a_budget_that_cannot_be_is_refused_in_one_line(owner, wrong):
    answer = owner.post("/costs/budgets", json={**BUDGET, **wrong})

    assert 422 == answer.status_code
    assert "\n" not in answer.json()["detail"]


def test_the_forecast_knows_what_policies_moved_since_the_last_day_that_was_worked_out(owner, catalog):
    month_of(catalog, OWNER, 2)
    before = owner.get("/costs/forecast", params={"days": 10}).json()["usd"]
    catalog.save_policy(Policy(policy_id="p1", owner=OWNER, name="Cool", kind=PolicyKind.RECOMMENDED))
    run = PolicyRun(run_id="r1", policy_id="p1", owner=OWNER, name="Cool", state=PolicyRunState.PLANNED, moves=(),
                    files=1, size_bytes=1, once_usd=0.0, saves_per_month=30.0, beyond=(), made_at=NOW)  # fmt: skip
    catalog.end_policy_run(catalog.open_policy_run(run, []), PolicyRunState.STARTED, NOW, [])

    assert before - 10 * 30.0 / float(DAYS_PER_MONTH) == pytest.approx(
        owner.get("/costs/forecast", params={"days": 10}).json()["usd"]
    )
