"""The price books: every line of them as published, and the customer's own prices in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudflow_lib.adapters.prices.files import shipped_book
from cloudflow_lib.bootstrap import books_in_use
from cloudflow_lib.settings import PriceSettings, Settings


@pytest.fixture
def services(services, settings):
    return replace(services, price_books=books_in_use(settings))


@pytest.fixture
def settings(tmp_path):
    """AWS with a discount, nothing for Azure, and Google's prices for one location only."""
    own = tmp_path / "own.toml"
    own.write_text(
        '[[overrides]]\nbook = "aws"\nclass = "STANDARD"\nmeter = "storage"\npercent = "10"\n'
        'source = "contract"\nseen = 2026-10-01\n'
    )
    return Settings(
        prices=PriceSettings(
            providers={"s3": "aws", "azure": "", "gcs": "", "memory": "aws"}, locations={"lake": "gcs"}, overrides=own
        )
    )


def test_each_book_that_something_is_priced_with_is_told_once(viewer):
    books = viewer.get("/prices").json()["books"]

    assert [("aws", "s3"), ("gcs", "gcs")] == [(book["name"], book["provider"]) for book in books]


def test_a_line_is_as_published_and_says_where_it_was_read(owner):
    google = owner.get("/prices").json()["books"][1]
    shipped = shipped_book("gcs")

    assert [str(line.usd) for line in shipped.lines] == [line["usd"] for line in google["lines"]]
    assert [one.name for one in shipped.classes] == [one["name"] for one in google["classes"]]
    assert {line["source"] for line in google["lines"]} <= set(google["sources"])
    units = {line["meter"]: line["unit"] for line in google["lines"]}
    assert ("GB-month", "request", "GB") == (units["storage"], units["read"], units["egress"])


def test_what_the_customer_really_pays_goes_before_the_list_price(owner):
    lines = owner.get("/prices").json()["books"][0]["lines"]
    first = next(line for line in lines if (line["storage_class"], line["meter"]) == ("STANDARD", "storage"))

    assert (0.0207, "contract", "2026-10-01") == (pytest.approx(float(first["usd"])), first["source"], first["seen"])
    assert (51_200, 1) == (first["up_to"], first["per"])
