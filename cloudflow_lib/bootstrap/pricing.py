"""Which price book is whose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from cloudflow_lib.domain.locations import Location
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.settings import Settings
from cloudflow_lib.workflows.services import BookOf, BooksInUse


def book_finder(config: Settings) -> BookOf:
    """Return a function that finds the price book of a location, reading each book once."""
    prices, book = config.prices, _book_reader(config)

    def book_of(location: Location) -> PriceBook | None:
        name = prices.locations.get(location.location_id, prices.providers.get(location.provider.value, ""))
        return book(name) if name else None

    return book_of


def books_in_use(config: Settings) -> BooksInUse:
    """Return a function that returns every book that some location is priced with, reading each once."""
    prices, book = config.prices, _book_reader(config)

    def books() -> Sequence[PriceBook]:
        names = dict.fromkeys([*prices.providers.values(), *prices.locations.values()])
        return [book(name) for name in names if name]

    return books


def _book_reader(config: Settings) -> Callable[[str], PriceBook]:
    @cache
    def book(name: str) -> PriceBook:
        from cloudflow_lib.adapters.prices.files import price_book

        return price_book(name, config.prices.overrides)

    return book
