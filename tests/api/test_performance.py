"""The performance page over the API: everybody their own moves, administrators everything."""

from __future__ import annotations

import pytest

from cloudflow_lib.workflows.track_performance import PerformanceTracker
from tests.api.conftest import NOW, OTHER, OWNER
from tests.performance.examples import ended, measured


@pytest.fixture(autouse=True)
def happened(catalog):
    tracker = PerformanceTracker(catalog, lambda: NOW)
    mine = [ended(2.0, user=OWNER, at=NOW), ended(state="failed", user=OWNER, at=NOW)]
    tracker.handle([*mine, ended(1.0, user=OTHER, at=NOW), measured(0.25, at=NOW, gauges={"memory_bytes": 1.0})])


def test_nobody_without_an_account_is_told_anything(anonymous, stranger):
    for path in ("/performance", "/performance/users"):
        assert 401 == anonymous.get(path).status_code
        assert 403 == stranger.get(path).status_code


def test_a_user_is_told_of_own_moves(owner, viewer):
    found = owner.get("/performance", params={"window": "1h"}).json()

    assert {"done": 1, "failed": 1, "bytes": 5_000_000, "bytes_per_second": 12_500_000.0, "success_rate": 0.5} == found[
        "migrations"
    ]
    assert [12, 300] == [len(found["series"]), found["step_seconds"]]
    assert 2000 == pytest.approx(next(point["p50_ms"] for point in found["series"] if point["count"]), rel=0.005)
    assert not any(one["operation"].startswith("api") for one in found["operations"])
    assert 0 == viewer.get("/performance").json()["migrations"]["done"]
    assert viewer.get("/performance").json()["migrations"]["success_rate"] is None


def test_an_administrator_is_told_of_everything(admin):
    found = admin.get("/performance", params={"operation": "api"}).json()

    assert 2 == found["migrations"]["done"]
    assert 250 == pytest.approx(
        next(one["p99_ms"] for one in found["operations"] if one["operation"] == "api"), rel=0.005
    )
    assert {"api-1 memory_bytes": 1.0} == found["gauges"]
    assert [[OWNER, 2, 1], [OTHER, 1, 0]] == [
        [one["name"], one["count"], one["failed"]] for one in admin.get("/performance/users").json()["users"]
    ]


def test_only_an_administrator_sees_other_users(owner):
    assert 403 == owner.get("/performance/users").status_code


@pytest.mark.parametrize("window", ["0h", "1w", "-1d", "36d", "99999m", "1h;drop", ""])
def test_a_window_that_is_none_is_refused(owner, window):
    answer = owner.get("/performance", params={"window": window})

    assert 422 == answer.status_code
    assert "window" in answer.text
