"""Price books: what is paid where, line by line, each with its source and day."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter
from pydantic import Field

from cloudflow_lib.domain import prices
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.prices import UNIT_OF, Meter, Unit
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer

router = APIRouter(prefix="/prices", tags=["money"])


class PriceLine(Answer):
    """One published figure: dollars for so many units of a meter, within a band of the monthly quantity."""

    storage_class: str = Field(description="Empty for what concerns the account as a whole.", examples=["STANDARD_IA"])
    meter: Meter
    option: str = Field(description="Where a meter has several prices: a speed of retrieval, a route.")
    usd: str = Field(description="Exactly as published: a binary fraction would not be.", examples=["0.0125"])
    per: int
    up_to: int | None = Field(description="Where the band ends, in units a month; null: nowhere.")
    unit: Unit
    source: str = Field(description="A short name out of the book's `sources`.")
    seen: dt.date = Field(description="When it was read.")


class PriceClass(Answer):
    """The rules of one storage class."""

    name: str
    instant: bool = Field(description="Read at once, without a restore.")
    minimum_days: int
    minimum_bytes: int = Field(description="An object is charged as if it were at least this large.")
    managed: bool = Field(description="The provider moves objects within it by itself.")


class PriceBook(Answer):
    """What one provider asks in one region; classes stand from the warmest to the coldest."""

    name: str = Field(examples=["aws"])
    provider: Provider
    region: str
    unit_name: str = Field(examples=["GB"])
    unit_bytes: int
    classes: list[PriceClass]
    lines: list[PriceLine]
    sources: dict[str, str] = Field(description="What the short names of sources stand for.")


class PriceBooks(Answer):
    """The books that decisions are taken with, with the customer's own prices in them."""

    books: list[PriceBook]


@router.get("")
def list_prices(_caller: CallerDep, services: ServicesDep) -> PriceBooks:
    """See the prices that every cost and every saving is worked out with."""
    return PriceBooks(books=[_told(book) for book in services.price_books()])


def _told(book: prices.PriceBook) -> PriceBook:
    return PriceBook(
        name=book.name,
        provider=Provider(book.provider),
        region=book.region,
        unit_name=book.unit_name,
        unit_bytes=book.unit_bytes,
        classes=[
            PriceClass(
                name=one.name,
                instant=one.instant,
                minimum_days=one.minimum_days,
                minimum_bytes=one.minimum_bytes,
                managed=one.managed,
            )
            for one in book.classes
        ],
        lines=[_line(line) for line in book.lines],
        sources=dict(book.sources),
    )


def _line(line: prices.PriceLine) -> PriceLine:
    return PriceLine(
        storage_class=line.storage_class,
        meter=line.meter,
        option=line.option,
        usd=f"{line.usd:f}",
        per=line.per,
        up_to=line.up_to,
        unit=UNIT_OF[line.meter],
        source=line.source,
        seen=line.seen,
    )
