"""What one day cost whom, where, in which class and below which prefix, meter by meter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cloudflow_lib.domain.charges import NANO
from cloudflow_lib.domain.prices import Meter, Part
from cloudflow_lib.domain.tiers import Tier

REST = "*"
"""The prefix that stands for all others, where there are too many to tell."""
MOST_LINES = 500
"""Of one owner and day: the largest; the others are told together."""


@dataclass(frozen=True, slots=True, order=True)
class MeterCharge:
    """What one meter counted and what that costs."""

    part: Part
    storage_class: str
    """Whose price it is: a class may charge its overhead at the price of another."""
    meter: Meter
    option: str
    quantity: int
    """In the smallest units: bytes, byte-days, requests or object-days."""
    nanodollars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """The files of one class in one location below one prefix."""

    location_id: str
    tier: Tier
    storage_class: str
    prefix: str
    """The first part of their keys, such as `reports/`; empty for keys without one."""
    files: int
    size_bytes: int
    charges: tuple[MeterCharge, ...]

    @property
    def nanodollars(self) -> int:
        """Return the sum of the charges."""
        return sum(charge.nanodollars for charge in self.charges)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostDay:
    """All that one owner's files cost on one day."""

    owner: str
    day: date
    worked_out_at: datetime
    lines: tuple[CostLine, ...]

    @property
    def nanodollars(self) -> int:
        """Return the sum of the lines."""
        return sum(line.nanodollars for line in self.lines)

    def says_the_same(self, other: CostDay | None) -> bool:
        """Return whether only the moment differs that it was worked out at."""
        return other is not None and (self.owner, self.day, self.lines) == (other.owner, other.day, other.lines)


def dollars(nanodollars: int) -> float:
    """Return an amount as a number for people."""
    return float(Decimal(nanodollars) / NANO)


def prefix_of(key: str) -> str:
    """Return the first part of a key."""
    head, slash, _ = key.partition("/")
    return head + slash if slash else ""


def added(charges: Iterable[MeterCharge]) -> tuple[MeterCharge, ...]:
    """Return one charge for each meter."""
    sums: dict[tuple[Part, str, Meter, str], tuple[int, int]] = {}
    for one in charges:
        meter = (one.part, one.storage_class, one.meter, one.option)
        quantity, nanodollars = sums.get(meter, (0, 0))
        sums[meter] = (quantity + one.quantity, nanodollars + one.nanodollars)
    return tuple(MeterCharge(*meter, *sums[meter]) for meter in sorted(sums))


def fewest(lines: Sequence[CostLine], most: int = MOST_LINES) -> tuple[CostLine, ...]:
    """Return *lines* in their order, the smallest ones of each class told together where there are too many."""
    by_size = sorted(lines, key=lambda line: (-line.nanodollars, line.location_id, line.storage_class, line.prefix))
    groups: dict[tuple[str, Tier, str], list[CostLine]] = {}
    for line in by_size[most:]:
        groups.setdefault((line.location_id, line.tier, line.storage_class), []).append(line)
    rest = [
        CostLine(
            location_id=location_id,
            tier=tier,
            storage_class=storage_class,
            prefix=REST,
            files=sum(line.files for line in some),
            size_bytes=sum(line.size_bytes for line in some),
            charges=added(charge for line in some for charge in line.charges),
        )
        for (location_id, tier, storage_class), some in groups.items()
    ]
    kept = [*by_size[:most], *rest]
    return tuple(sorted(kept, key=lambda line: (line.location_id, line.storage_class, line.tier, line.prefix)))
