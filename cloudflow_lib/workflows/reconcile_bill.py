"""Compare a provider's bill with the biller, and with what we counted in the same days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

from cloudflow_lib.domain.billing import base_units
from cloudflow_lib.domain.bills import BillLine, MeterName, Row, meter_of, reconcile
from cloudflow_lib.domain.cost_days import CostLine
from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.workflows.services import Services

BILLED_AS = {"s3": "aws"}
"""Provider of a price book -> what bills call it, where that is another word."""


def reconcile_bill(lines: Sequence[BillLine], since: date, until: date, services: Services) -> Sequence[Row]:
    """Return every meter of the bill beside ours; only locations whose bucket or account it names are counted."""
    named = {line.resource for line in lines}
    billed = {line.provider for line in lines}
    priced = [
        (location, book)
        for location in services.catalog.locations()
        if (book := services.price_book(location)) is not None and _billed_as(book) in billed
    ]
    mine = {location.location_id: book for location, book in priced if location.bucket in named}
    books: dict[str, PriceBook] = {}
    for book in (*mine.values(), *(book for _, book in priced)):
        books.setdefault(_billed_as(book), book)
    return reconcile(lines, books, _counted(mine, since, until, services))


def _billed_as(book: PriceBook) -> str:
    return BILLED_AS.get(book.provider, book.provider)


def _counted(
    locations: Mapping[str, PriceBook], since: date, until: date, services: Services
) -> Mapping[tuple[str, MeterName], Fraction]:
    sums: dict[tuple[str, MeterName], Fraction] = {}
    for line in _lines(since, until, services):
        book = locations.get(line.location_id)
        if book is None:
            continue
        for one in line.charges:
            key = (_billed_as(book), meter_of(one))
            sums[key] = sums.get(key, Fraction(0)) + Fraction(one.quantity) / base_units(book, one.meter)
    return sums


def _lines(since: date, until: date, services: Services) -> Iterator[CostLine]:
    for day in services.catalog.cost_days(since, until):
        yield from day.lines
