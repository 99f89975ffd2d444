"""Money as the API tells it: each sees the cost of their own, and a file's price in every class."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.access import LogCoverage
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.workflows.advising_cases import AdviceRules
from cloudflow_lib.workflows.log_coverage import save_coverage
from cloudflow_lib.workflows.recommend_moves import recommend_moves
from tests.api.conftest import ADMIN, NOW, OTHER, OWNER, VIEWER
from tests.api.places import add_place
from tests.catalog.examples import a_file, fill

GIB = 1 << 30


@pytest.fixture
def services(services):
    """With the shipped prices of AWS for every location."""
    return services.__class__(
        **{name: getattr(services, name) for name in services.__dataclass_fields__ if name != "price_book"},
        price_book=lambda _: shipped_book("aws"),
    )


@pytest.fixture(autouse=True)
def file(catalog, stores, services):
    """A gibibyte of the owner's that nobody reads, and one of somebody else."""
    place = add_place(catalog, stores, provider=Provider.S3)
    save_coverage(catalog, place.location_id, LogCoverage(since=NOW - timedelta(days=400), until=NOW))
    born = NOW - timedelta(days=300)
    files = [
        a_file(key, owner=owner, size_bytes=size, modified_at=born, first_seen_at=born, location_id=place.location_id)
        for key, owner, size in (("idle.csv", OWNER, GIB), ("film.mp4", OTHER, 2 * GIB))
    ]
    fill(catalog, *files)
    recommend_moves(services, Thresholds(), AdviceRules())
    return files[0]


@pytest.mark.parametrize("path", ["/totals/costs", "/files/{id}/prices"])
def test_money_is_nobody_elses_business(anonymous, stranger, file, path):
    assert 401 == anonymous.get(path.format(id=file.file_id)).status_code
    assert 403 == stranger.get(path.format(id=file.file_id)).status_code


def test_the_price_of_other_peoples_files_does_not_exist(sign_in, file):
    answers = {name: sign_in(name).get(f"/files/{file.file_id}/prices").status_code for name in (OTHER, VIEWER)}

    assert {OTHER: 404, VIEWER: 404} == answers
    assert 200 == sign_in(ADMIN).get(f"/files/{file.file_id}/prices").status_code


def test_everybody_sees_what_their_own_files_cost(owner, other, viewer, admin):
    mine, theirs, all_ = (who.get("/totals/costs").json() for who in (owner, other, admin))

    assert {OWNER} == {one["owner"] for one in mine["costs"]}
    assert mine["usd_per_month"] == pytest.approx(sum(one["storage_usd"] + one["use_usd"] for one in mine["costs"]))
    assert all_["usd_per_month"] == pytest.approx(mine["usd_per_month"] + theirs["usd_per_month"])
    assert (1, GIB) == (sum(one["files"] for one in mine["costs"]), sum(one["size_bytes"] for one in mine["costs"]))
    assert (None, []) == (
        viewer.get("/totals/costs").json()["usd_per_month"],
        viewer.get("/totals/costs").json()["costs"],
    )


def test_a_file_has_a_price_in_each_class_it_may_lie_in(owner, file):
    prices = owner.get(f"/files/{file.file_id}/prices").json()["prices"]

    by_class = {one["storage_class"]: one for one in prices}
    here = by_class["STANDARD"]
    assert [file.storage_class] == [one["storage_class"] for one in prices if one["is_here"]]
    assert (0.023, 0) == (pytest.approx(here["storage_usd"], rel=0.02), here["once_usd"])
    assert {"hot", "warm", "cold"} == {one["tier"] for one in prices}
    colder = by_class["GLACIER_IR"]
    assert colder["storage_usd"] < by_class["STANDARD_IA"]["storage_usd"] < here["storage_usd"]
    assert (90, True) == (colder["minimum_days"], colder["is_instant"])
    assert 0 < colder["once_usd"]


def test_where_nothing_has_a_price_the_list_is_empty(owner, file, monkeypatch):
    monkeypatch.setattr("tests.api.test_money.shipped_book", lambda _: None)

    assert [] == owner.get(f"/files/{file.file_id}/prices").json()["prices"]
