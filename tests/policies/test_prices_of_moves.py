"""What a policy's moves cost: also between places, and also where nothing would be recommended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.domain.classification import Thresholds
from cloudflow_lib.domain.locations import Location, Provider
from cloudflow_lib.testing.tripwire import Tripwire
from cloudflow_lib.workflows.advising_cases import AdviceRules
from cloudflow_lib.workflows.price_moves import MovePrices
from cloudflow_lib.workflows.services import Services
from tests.catalog.examples import NOW, a_file

BOOKS = {"s3-main": "aws", "azure-main": "azure"}


@pytest.fixture
def wire():
    """Counts what the catalogue is asked."""
    return Tripwire()


@pytest.fixture
def prices(wire):
    catalog = MemoryCatalog()
    for name, provider in (("s3-main", Provider.S3), ("azure-main", Provider.AZURE), ("nowhere", Provider.GCS)):
        catalog.save_location(
            Location(location_id=name, provider=provider, bucket=name, credential_id="c", owner="team-docs")
        )
    services = Services(
        catalog=wire.wrap(catalog),
        open_store=None,
        mailer=None,
        clock=lambda: NOW,
        price_book=lambda location: (
            shipped_book(BOOKS[location.location_id]) if location.location_id in BOOKS else None
        ),
    )
    return MovePrices(services, Thresholds(), AdviceRules())


@pytest.fixture
def price(prices):
    """The price of one move, None where nobody knows."""
    return lambda file, *goal: prices([file], *goal).get(file.file_id)


def old(**changes):
    then = NOW - timedelta(days=200)
    return a_file(**{"size_bytes": 1 << 30, "first_seen_at": then, "modified_at": then, "placed_at": then, **changes})


@pytest.mark.parametrize(("place", "storage_class"), [("s3-main", "GLACIER_IR"), ("azure-main", "Cold")])
def test_a_move_has_a_price_in_place_and_to_another_cloud(price, place, storage_class):
    found = price(old(), place, storage_class)

    assert found.once_usd > 0
    assert 0.005 < found.saves_per_month < 0.025


def test_leaving_a_cloud_costs_more_than_another_class_in_it(price):
    assert price(old(), "azure-main", "Cold").once_usd > 10 * price(old(), "s3-main", "GLACIER_IR").once_usd


def test_a_small_file_that_nobody_would_recommend_to_move_has_a_price_too(price):
    found = price(old(size_bytes=500), "azure-main", "Cold")

    assert found.once_usd > 0


@pytest.mark.parametrize(("place", "storage_class"), [("nowhere", "COLDLINE"), ("s3-main", "NO_SUCH_CLASS")])
def test_what_has_no_price_is_known_to_nobody(price, place, storage_class):
    assert price(old(), place, storage_class) is None


def test_many_moves_have_the_prices_that_each_has_alone(prices, price):
    files = [
        old(file_id="a", size_bytes=500),
        old(file_id="b", size_bytes=5_000_000),
        old(file_id="c", location_id="azure-main", storage_class="Hot"),
        old(file_id="d", location_id="nowhere"),
    ]
    alone = {file.file_id: price(file, "azure-main", "Cold") for file in files}

    assert {name: one for name, one in alone.items() if one} == prices(files, "azure-main", "Cold")
    assert {"a", "b", "c"} == set(prices(files, "azure-main", "Cold"))


def test_many_moves_ask_the_catalogue_as_often_as_one(prices, wire):
    prices([old()], "azure-main", "Cold")
    of_one = len(wire.calls)
    prices([old()], "azure-main", "Cold")
    again = len(wire.calls) - of_one
    prices([old(file_id=str(number)) for number in range(100)], "azure-main", "Cold")

    assert again == len(wire.calls) - of_one - again
