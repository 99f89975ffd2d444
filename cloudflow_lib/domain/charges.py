"""
From quantities to dollars, exactly.

Quantities and prices are fractions of whole numbers, so no sum depends on its order. Only the end
rounds: a charge is told in whole nano-dollars, half to even.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from cloudflow_lib.domain.prices import ACCOUNT, Meter, PriceBook, PriceLine

DAYS_PER_MONTH = Fraction(365, 12)
"""An average month: 730 hours, as the price lists of all three providers count."""
NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A quantity of one meter, in the meter's unit (`UNIT_OF`)."""

    storage_class: str = ACCOUNT
    meter: Meter
    option: str = ""
    quantity: Fraction | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What a usage costs."""

    usage: Usage
    nanodollars: int

    @property
    def usd(self) -> Decimal:
        """Return dollars, to the nano-dollar."""
        return Decimal(self.nanodollars) / NANO


def cents(usd: Decimal | Fraction) -> Decimal:
    """Return dollars as an invoice prints them: whole cents, half up."""
    exact = usd if isinstance(usd, Decimal) else Decimal(usd.numerator) / Decimal(usd.denominator)
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def charge(book: PriceBook, usages: Iterable[Usage], *, free: bool = False) -> Sequence[Charge]:
    """
    Return what each usage of one month costs, with the bands of the month's total.

    Usages of the same meter and class fill the bands together, in the order given. With *free*,
    the account's monthly allowances are used up first.
    """
    filled: dict[tuple[str, Meter, str], Fraction] = {}
    charges = []
    for usage in usages:
        key = (usage.storage_class, usage.meter, usage.option)
        allowed = _allowance(book, usage) if free else 0
        before = filled.get(key, Fraction(0))
        after = filled[key] = before + usage.quantity
        bands = book.bands(*key)
        exact = _filled(bands, max(after - allowed, Fraction(0))) - _filled(bands, max(before - allowed, Fraction(0)))
        charges.append(Charge(usage=usage, nanodollars=round(exact * NANO)))
    return charges


def linear_charge(book: PriceBook, usage: Usage) -> Charge:
    """Return what a usage costs at the first band alone: the price of one more, whatever the account holds."""
    price = Fraction(book.first(usage.storage_class, usage.meter, usage.option))
    return Charge(usage=usage, nanodollars=round(price * usage.quantity * NANO))


def total(charges: Iterable[Charge]) -> Decimal:
    """Return the sum in dollars, to the nano-dollar."""
    return Decimal(sum(charge.nanodollars for charge in charges)) / NANO


def upload_requests(book: PriceBook, size_bytes: int, part_bytes: int) -> int:
    """Return how many write requests one upload is charged as: one, or its parts and what holds them together."""
    if size_bytes <= part_bytes:
        return 1
    return -(-size_bytes // part_bytes) + book.moves.upload_extra_requests


def _allowance(book: PriceBook, usage: Usage) -> int:
    return sum(
        allowance.quantity
        for allowance in book.allowances
        if (allowance.storage_class, allowance.meter, allowance.option)
        == (usage.storage_class, usage.meter, usage.option)
    )


def _filled(bands: Sequence[PriceLine], quantity: Fraction) -> Fraction:
    """Return what the bands cost, filled from the first one on."""
    cost, begin = Fraction(0), Fraction(0)
    for band in bands:
        end = quantity if band.up_to is None else min(Fraction(band.up_to), quantity)
        if end <= begin:
            break
        cost += (end - begin) * Fraction(band.usd) / band.per
        begin = end
    return cost
