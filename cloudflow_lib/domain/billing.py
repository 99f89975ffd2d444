"""
The one biller: what a timeline of objects costs under a price book.

The catalogue's monthly cost, a recommendation, an invoice of the past, a policy in a backtest and the
optimum all go through here, so that they can be compared. Sums are exact (see `charges`); the cost of
single objects is floating point and meant for comparisons only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from cloudflow_lib.domain.charges import DAYS_PER_MONTH, Charge, Usage, charge, linear_charge, total
from cloudflow_lib.domain.metering import Column, metered
from cloudflow_lib.domain.prices import UNIT_OF, Meter, Part, PriceBook, Unit
from cloudflow_lib.domain.timelines import Accesses, Floats, Int8s, Int64s, Moves, Objects, no_moves, stays_of

HALF = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a timeline costs, and what for."""

    charges: Sequence[tuple[Part, Charge]]
    by_object: Floats
    """Dollars of each object at first-band prices; sums to the bill within rounding when the bill is linear."""
    moves: int

    @property
    def usd(self) -> Decimal:
        """Return the whole bill, to the nano-dollar."""
        return total(charge for _, charge in self.charges)

    @property
    def split(self) -> Mapping[Part, Decimal]:
        """Return the bill by part; parts that cost nothing are 0."""
        return {part: total(charge for of, charge in self.charges if of is part) for part in Part}


@dataclass(frozen=True, slots=True)
class Biller:
    """Bills timelines under one book; class numbers in them are positions in *classes*, warmest first."""

    book: PriceBook
    classes: tuple[str, ...]

    def bill(
        self, objects: Objects, accesses: Accesses, first: Int8s, moves: Moves | None = None, *, banded: bool = False
    ) -> Bill:
        """
        Return the bill of objects that begin in the classes *first* and move as *moves* say.

        A linear bill charges everything at the first band's price, which is what decisions compare. A
        *banded* one is an account's invoice: the timeline is one month and the bands apply to its sums.
        """
        stays = stays_of(objects, first, moves or no_moves())
        columns = list(metered(self.book, self.classes, objects, accesses, stays))
        usages = [(column.part, self._usage(column)) for column in columns if len(column.quantities)]
        if banded:
            charges = charge(self.book, [usage for _, usage in usages])
        else:
            charges = [linear_charge(self.book, usage) for _, usage in usages]
        by_object = np.zeros(len(objects))
        for column in columns:
            price = self._price(column)
            if price:
                by_object += np.bincount(column.objects, column.quantities * price, len(objects))
        return Bill(
            charges=[(part, told) for (part, _), told in zip(usages, charges, strict=True)],
            by_object=by_object,
            moves=int((stays.entry == 2).sum()),  # noqa: PLR2004 # Entry.MOVED, compared as an array
        )

    def _usage(self, column: Column) -> Usage:
        quantity = exact_sum(column.quantities) / base_units(self.book, column.meter)
        return Usage(storage_class=column.storage_class, meter=column.meter, option=column.option, quantity=quantity)

    def _price(self, column: Column) -> float:
        price = Fraction(self.book.first(column.storage_class, column.meter, column.option))
        return float(price / base_units(self.book, column.meter))


def base_units(book: PriceBook, meter: Meter) -> Fraction:
    """Return how many bytes, byte-days, requests or object-days one unit of the meter is."""
    match UNIT_OF[meter]:
        case Unit.GB_MONTH:
            return book.unit_bytes * DAYS_PER_MONTH
        case Unit.GB:
            return Fraction(book.unit_bytes)
        case Unit.OBJECT_MONTH:
            return DAYS_PER_MONTH
        case Unit.REQUEST:
            return Fraction(1)


def exact_sum(quantities: Int64s) -> Fraction:
    """Return the sum of whole numbers of 0 or more, however large: 64 bits could overflow, halves of them cannot."""
    high = int((quantities >> HALF).sum())
    low = int((quantities & ((1 << HALF) - 1)).sum())
    return Fraction((high << HALF) + low)
