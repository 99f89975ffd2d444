"""The prices of the demonstration: a thousandfold per byte, told as such, and nothing else is changed."""

import json
import tomllib
from dataclasses import replace
from decimal import Decimal

import pytest

from cloudflow_cli.demo.prices import ENDING, FACTOR, PER_BYTE, SAID, write_prices
from cloudflow_cli.stack.configuration import settings_text
from cloudflow_cli.stack.generated import ensure_secrets
from cloudflow_cli.stack.layout import Layout
from cloudflow_cli.stack.ports import Ports
from cloudflow_lib.adapters.prices.files import read_book, shipped_book


@pytest.fixture
def layout(tmp_path):
    layout = Layout(root=tmp_path, home=tmp_path / "home")
    layout.make_folders()
    return layout


@pytest.mark.parametrize("name", ["aws", "azure", "gcs"])
def test_prices_per_byte_are_a_thousandfold_and_all_others_as_published(layout, name):
    write_prices(layout)
    book, shipped = read_book(layout.additions_file.with_name(f"{name}{ENDING}.toml")), shipped_book(name)

    for ours, theirs in zip(book.lines, shipped.lines, strict=True):
        factor = FACTOR if theirs.meter in PER_BYTE else 1
        assert theirs.usd * factor == ours.usd
        assert (SAID if factor > 1 else shipped.sources[theirs.source]) == book.sources[ours.source]
        assert replace(theirs, usd=Decimal(0), source="") == replace(ours, usd=Decimal(0), source="")
    assert (shipped.classes, shipped.moves, shipped.provider) == (book.classes, book.moves, book.provider)
    assert f"{name}{ENDING}" == book.name


def test_a_stack_without_a_demonstration_has_the_list_prices(layout):
    settings = tomllib.loads(settings_text(layout, Ports(), ensure_secrets(layout)[0]))

    assert "prices" not in settings
    assert ["folder"] == list(settings["learning"])


def test_the_places_of_a_demonstration_have_their_books_and_no_other_has(layout):
    write_prices(layout)
    settings = tomllib.loads(settings_text(layout, Ports(), ensure_secrets(layout)[0]))

    assert {"s3-main", "s3-archive", "azure-main", "gcs-main"} == settings["prices"]["locations"].keys()
    assert ["locations"] == list(settings["prices"])
    assert {"folder", "price_book"} == settings["learning"].keys()
    assert settings["learning"]["price_book"] == json.loads(layout.additions_file.read_text())["learning"]["price_book"]
