"""A provider's bill beside our own: meter by meter, and every difference named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from cloudflow_lib.domain.charges import Usage, cents, charge
from cloudflow_lib.domain.cost_days import MeterCharge
from cloudflow_lib.domain.prices import Meter, PriceBook


class MeterName(NamedTuple):
    """A meter of a class, as price books name it."""

    storage_class: str
    meter: Meter
    option: str = ""


def meter_of(charged: MeterCharge) -> MeterName:
    """Return what a charge of ours was counted by."""
    return MeterName(charged.storage_class, charged.meter, charged.option)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One line of a provider's bill."""

    provider: str
    """As price books name it: `aws`, `azure`, `gcs`."""
    resource: str
    """The bucket, account or project; empty where the bill does not say."""
    said: str
    """The provider's own word for what was counted."""
    meter: MeterName | None
    """None: nothing that price books know."""
    quantity: Fraction
    """In the unit of the meter: GB-months, requests, GB."""
    usd: Decimal


class Verdict(StrEnum):
    """What became of a meter of the bill."""

    MATCHES = "matches"
    PRICE_DIFFERS = "price differs"
    """The same quantity costs something else by the price book."""
    QUANTITY_DIFFERS = "quantity differs"
    """We counted another quantity."""
    UNKNOWN = "unknown meter"
    NOT_BILLED = "not billed"
    """We counted what the bill does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One meter of the bill, in dollars, beside what the biller makes of it."""

    provider: str
    said: str
    meter: MeterName | None
    billed_quantity: Fraction
    billed_usd: Decimal
    usd: Decimal | None
    """What the billed quantity costs by the price book; None for an unknown meter."""
    our_quantity: Fraction | None
    """What we counted ourselves; None where nothing was counted in these days."""
    verdict: Verdict


TOLERANCE = Fraction(1, 100)
"""Counts of the two sides never agree to the byte: files come and go within a day."""


def reconcile(
    lines: Iterable[BillLine], books: Mapping[str, PriceBook], ours: Mapping[tuple[str, MeterName], Fraction]
) -> Sequence[Row]:
    """
    Compare every meter of a month's bill with the biller, to the cent, the dearest first.

    Bands fill up with the month's total of each meter, as they do on an invoice. *ours* are quantities
    that we counted in the same days; without any, only prices are compared. What costs nothing, such as
    reading from the warmest class by the byte, no bill has to have, nor what the account gets free of charge;
    a bill may take that off or not: other services, and other accounts, use it up as well.
    """
    sums: dict[tuple[str, MeterName | None, str], tuple[Fraction, Decimal]] = {}
    for line in lines:
        key = (line.provider, line.meter, line.said if line.meter is None else "")
        quantity, usd = sums.get(key, (Fraction(0), Decimal(0)))
        sums[key] = (quantity + line.quantity, usd + line.usd)
    rows = [
        _row(provider, meter, said, quantity, usd, books.get(provider), ours)
        for (provider, meter, said), (quantity, usd) in sums.items()
    ]
    billed = {(row.provider, row.meter) for row in rows}
    rows += [
        row
        for key, quantity in ours.items()
        if key not in billed and quantity and (row := _missing(*key, quantity, books[key[0]])).usd
    ]
    return sorted(rows, key=lambda row: (-row.billed_usd, row.provider, row.said))


def _row(
    provider: str,
    meter: MeterName | None,
    said: str,
    quantity: Fraction,
    usd: Decimal,
    book: PriceBook | None,
    ours: Mapping[tuple[str, MeterName], Fraction],
) -> Row:
    worked_out = None if meter is None or book is None else _worked_out(book, meter, quantity, usd)
    counted = None if meter is None else ours.get((provider, meter), Fraction(0) if ours else None)
    if worked_out is None:
        verdict = Verdict.UNKNOWN
    elif cents(worked_out) != cents(usd):
        verdict = Verdict.PRICE_DIFFERS
    elif counted is not None and abs(counted - quantity) > TOLERANCE * quantity:
        verdict = Verdict.QUANTITY_DIFFERS
    else:
        verdict = Verdict.MATCHES
    return Row(
        provider=provider,
        said=said or _words(meter),
        meter=meter,
        billed_quantity=quantity,
        billed_usd=usd,
        usd=worked_out,
        our_quantity=counted,
        verdict=verdict,
    )


def _missing(provider: str, meter: MeterName, quantity: Fraction, book: PriceBook) -> Row:
    return Row(
        provider=provider,
        said=_words(meter),
        meter=meter,
        billed_quantity=Fraction(0),
        billed_usd=Decimal(0),
        usd=_usd(book, meter, quantity, free=True),
        our_quantity=quantity,
        verdict=Verdict.NOT_BILLED,
    )


def _worked_out(book: PriceBook, meter: MeterName, quantity: Fraction, billed: Decimal) -> Decimal | None:
    rest = _usd(book, meter, quantity, free=True)
    return rest if rest is not None and cents(rest) == cents(billed) else _usd(book, meter, quantity)


def _usd(book: PriceBook, meter: MeterName, quantity: Fraction, *, free: bool = False) -> Decimal | None:
    if not book.bands(*meter):
        return None
    usage = Usage(storage_class=meter[0], meter=meter[1], option=meter[2], quantity=quantity)
    [told] = charge(book, [usage], free=free)
    return told.usd


def _words(meter: MeterName | None) -> str:
    return " ".join(part for part in (meter or ()) if part)
