"""Compare a provider's bill with the biller, and with what we counted in the same days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

from cloudflow_lib.domain.billing import base_units
from cloudflow_lib.domain.bills import BillLine, MeterName, Row, reconcile
from cloudflow_lib.domain.cost_days import CostLine
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.workflows.services import Services


def reconcile_bill(lines: Sequence[BillLine], since: date, until: date, services: Services) -> Sequence[Row]:
    """Return every meter of the bill beside ours; only locations whose bucket or account it names are counted."""
    books, buckets = _books(services), {line.resource for line in lines}
    needed = {line.provider for line in lines}
    mine = {
        location.location_id: book
        for location in services.catalog.locations()
        if location.bucket in buckets and (book := services.price_book(location)) and book.name in needed
    }
    return reconcile(lines, books, _counted(mine, since, until, services))


def _books(services: Services) -> Mapping[str, PriceBook]:
    found: dict[str, PriceBook] = {}
    for location in services.catalog.locations():
        if (book := services.price_book(location)) is not None:
            found.setdefault(book.name, book)
    return found


def _counted(
    locations: Mapping[str, PriceBook], since: date, until: date, services: Services
) -> Mapping[tuple[str, MeterName], Fraction]:
    sums: dict[tuple[str, MeterName], Fraction] = {}
    for line in _lines(since, until, services):
        book = locations.get(line.location_id)
        if book is None:
            continue
        for one in line.charges:
            key = (book.name, MeterName(one.storage_class, one.meter, one.option))
            sums[key] = sums.get(key, Fraction(0)) + Fraction(one.quantity) / base_units(book, one.meter)
    return sums


def _lines(since: date, until: date, services: Services) -> Iterator[CostLine]:
    for day in services.catalog.cost_days(since, until):
        yield from day.lines
