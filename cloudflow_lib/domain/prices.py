"""
Price books: what one provider asks in one region, line by line, each with its source and date.

A figure is kept exactly as published (a Decimal and the quantity it is for); what follows from it is
worked out by `cloudflow_lib.domain.charges` (exact, for bills) and `cloudflow_lib.domain.rates`
(floating point, for decisions).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import NotFoundError, WrongInputError


class Meter(StrEnum):
    """What is counted and charged for."""

    STORAGE = "storage"
    MONITORING = "monitoring"
    WRITE = "write"
    """PUT, COPY, POST; of Google Cloud, class A."""
    LIST = "list"
    READ = "read"
    """GET and the rest; of Google Cloud, class B."""
    TRANSITION = "transition"
    """Moving an object into this class by a lifecycle rule or by setting its tier."""
    RETRIEVAL = "retrieval"
    RESTORE = "restore"
    """The request that brings an archived object back for a while."""
    EGRESS = "egress"
    """Bytes that leave for the internet."""
    INTER_REGION = "inter_region"


class Part(StrEnum):
    """How a bill is split."""

    STORAGE = "storage"
    REQUESTS = "requests"
    RETRIEVAL = "retrieval"
    TRANSITION = "transition"
    """All that moves cost: requests, retrieval and writes of the mover."""
    EARLY_DELETE = "early_delete"
    MONITORING = "monitoring"


class Unit(StrEnum):
    """What a quantity counts; one GB is as many bytes as the book says."""

    GB_MONTH = "GB-month"
    GB = "GB"
    REQUEST = "request"
    OBJECT_MONTH = "object-month"


UNIT_OF: Mapping[Meter, Unit] = {
    Meter.STORAGE: Unit.GB_MONTH,
    Meter.MONITORING: Unit.OBJECT_MONTH,
    Meter.WRITE: Unit.REQUEST,
    Meter.LIST: Unit.REQUEST,
    Meter.READ: Unit.REQUEST,
    Meter.TRANSITION: Unit.REQUEST,
    Meter.RETRIEVAL: Unit.GB,
    Meter.RESTORE: Unit.REQUEST,
    Meter.EGRESS: Unit.GB,
    Meter.INTER_REGION: Unit.GB,
}

ACCOUNT = ""
"""The class of lines that concern the account as a whole, such as egress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """One published figure: *usd* for *per* units of a meter, within a band of the monthly quantity."""

    storage_class: str
    meter: Meter
    option: str = ""
    """Where a meter has several prices: a speed of retrieval, an access tier, a route."""
    usd: Decimal
    per: int = 1
    up_to: int | None = None
    """Where the band ends, in units a month; None: nowhere. Bands follow each other in this order."""
    source: str
    seen: date

    def __post_init__(self) -> None:
        if self.usd < 0 or self.per < 1:
            raise WrongInputError(f"{self.storage_class} {self.meter}: a price is 0 or more, for 1 unit or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an account gets free of charge every month, in the meter's unit."""

    storage_class: str
    meter: Meter
    option: str = ""
    quantity: int
    source: str
    seen: date


@dataclass(frozen=True, slots=True)
class Step:
    """From how many days without access on a managed class charges the storage price of this option."""

    idle_days: int
    option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageClass:
    """The rules of one class; its prices are lines of the book."""

    name: str
    instant: bool = True
    """Whether a read is served at once, without a restore."""
    minimum_days: int = 0
    minimum_bytes: int = 0
    """An object is charged as if it were at least this large."""
    overhead_bytes: int = 0
    """Charged on top of every object, at this class's price."""
    overhead_hot_bytes: int = 0
    """Charged on top of every object, at the price of the book's first class."""
    steps: tuple[Step, ...] = ()
    """Of a managed class, which moves objects by itself and forgets nothing; others have none."""
    managed_from_bytes: int = 0
    """Smaller objects stay on the first step, without the monitoring fee."""
    native: bool = True
    """False: the rule of another provider, worked out at this book's prices for comparison."""
    source: str
    seen: date

    @property
    def managed(self) -> bool:
        """Return whether the provider moves objects within this class."""
        return bool(self.steps)


class MinimumFrom(StrEnum):
    """When the minimum days of a class begin."""

    ENTRY = "entry"
    CREATION = "creation"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRules:
    """What a change of class is charged as: a copy, or one request at the transition price of the destination."""

    colder_copies: bool = False
    """Whether moving to a colder class is charged as a copy too, as moving to a warmer one always is."""
    warmer_writes: bool = True
    """Whether a copy, a read and a retrieval at the source, also is a write at the destination."""
    colder_ends_minimum: bool = True
    """Whether moving to a colder class before the minimum days pays for the rest of them."""
    minimum_from: MinimumFrom = MinimumFrom.ENTRY
    upload_extra_requests: int = 0
    """Write requests that an upload in parts needs beside one for each part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """All prices of one provider in one region; classes stand from the warmest to the coldest."""

    name: str
    provider: str
    region: str
    unit_name: str
    unit_bytes: int
    classes: tuple[StorageClass, ...]
    lines: tuple[PriceLine, ...]
    moves: MoveRules
    """What moving one object is charged as, whoever asks for it."""
    lifecycle: MoveRules
    """What the provider's own lifecycle rules are charged as, which move whatever fits them."""
    allowances: tuple[Allowance, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    """What the short names of sources stand for."""

    def storage_class(self, name: str) -> StorageClass:
        """Return the rules of a class; NotFoundError names those that there are."""
        for storage_class in self.classes:
            if storage_class.name == name:
                return storage_class
        known = ", ".join(storage_class.name for storage_class in self.classes)
        raise NotFoundError(f"price book {self.name} has no class {name!r}; it has {known}")

    def bands(self, storage_class: str, meter: Meter, option: str = "") -> Sequence[PriceLine]:
        """Return the lines of one meter in the order of their bands; none: it is free of charge."""
        return [
            line
            for line in self.lines
            if (line.storage_class, line.meter, line.option) == (storage_class, meter, option)
        ]

    def first(self, storage_class: str, meter: Meter, option: str = "") -> Decimal:
        """Return what one unit costs in the first band; 0 where there is no line."""
        bands = self.bands(storage_class, meter, option)
        return bands[0].usd / bands[0].per if bands else Decimal(0)

    @property
    def by_lifecycle(self) -> PriceBook:
        """Return the same prices where every move is made by the provider's own lifecycle rules."""
        return replace(self, moves=self.lifecycle)

    @property
    def instant_classes(self) -> tuple[str, ...]:
        """Return the unmanaged classes that serve reads at once, without rarities such as a single zone."""
        return tuple(c.name for c in self.classes if c.instant and not c.managed and c.name != "ONEZONE_IA")

    @property
    def of_tiers(self) -> PriceBook:
        """Return the same prices without the classes that answer at once and are colder than the tier `cold`."""
        beyond = self.instant_classes[len(Tier) :]
        return replace(self, classes=tuple(c for c in self.classes if c.name not in beyond))

    @property
    def managed_class(self) -> str | None:
        """Return the provider's own class that moves objects by itself, if it has one."""
        return next((c.name for c in self.classes if c.managed and c.native), None)


def book_hash(book: PriceBook) -> str:
    """Return 16 hexadecimal digits that change whenever a price or a rule does: what a decision was taken with."""
    facts: Sequence[object] = (book.classes, book.lines, book.moves, book.allowances, book.unit_bytes)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
