"""How a price book and a file of overrides are written down; every mistake in them is found at load."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.prices import (
    ACCOUNT,
    Allowance,
    Meter,
    MinimumFrom,
    MoveRules,
    PriceBook,
    PriceLine,
    Step,
    StorageClass,
)
from cloudflow_lib.domain.prices_derived import Override


def _no_float(value: object) -> object:
    if isinstance(value, float):
        raise ValueError(f'write the amount in quotes, "{value}": a binary fraction would not be exact')  # noqa: TRY004 # pydantic asks for a ValueError
    return value


Amount = Annotated[Decimal, BeforeValidator(_no_float)]


class Document(BaseModel):
    """A part of a file; an unknown name in it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class _Sourced(Document):
    """A fact with the place and the day it was read."""

    source: str
    seen: date


class _Metered(_Sourced):
    storage_class: str = Field(ACCOUNT, alias="class")
    meter: Meter
    option: str = ""


class LineDocument(_Metered):
    """One published figure."""

    usd: Amount = Field(ge=0)
    per: int = Field(1, ge=1)
    up_to: int | None = Field(None, ge=1)


class AllowanceDocument(_Metered):
    """What is free of charge every month."""

    quantity: int = Field(ge=1)


class StepDocument(Document):
    """A step of a managed class."""

    idle_days: int = Field(ge=0)
    option: str


class ClassDocument(_Sourced):
    """The rules of a storage class."""

    name: str = Field(min_length=1)
    instant: bool = True
    minimum_days: int = Field(0, ge=0)
    minimum_bytes: int = Field(0, ge=0)
    overhead_bytes: int = Field(0, ge=0)
    overhead_hot_bytes: int = Field(0, ge=0)
    managed_from_bytes: int = Field(0, ge=0)
    steps: tuple[StepDocument, ...] = ()


class MovesDocument(Document):
    """What a change of class is charged as."""

    colder_copies: bool
    warmer_writes: bool
    colder_ends_minimum: bool
    minimum_from: MinimumFrom
    upload_extra_requests: int = Field(ge=0)


class LifecycleDocument(Document):
    """Where the provider's lifecycle rules are charged otherwise than a move of one object."""

    colder_copies: bool | None = None
    warmer_writes: bool | None = None
    colder_ends_minimum: bool | None = None
    minimum_from: MinimumFrom | None = None


class PricesDocument(Document):
    """The lines themselves."""

    lines: tuple[LineDocument, ...]
    allowances: tuple[AllowanceDocument, ...] = ()


class BookDocument(Document):
    """A whole price book."""

    name: str
    provider: Provider
    region: str
    unit_name: str
    unit_bytes: int
    sources: dict[str, str]
    moves: MovesDocument
    lifecycle: LifecycleDocument = LifecycleDocument()
    classes: tuple[ClassDocument, ...] = Field(min_length=1)
    prices: PricesDocument

    @model_validator(mode="after")
    def _holds_together(self) -> BookDocument:
        mistakes = [*self._wrong_names(), *self._wrong_bands(), *self._wrong_classes()]
        if self.moves.colder_copies and not self.moves.colder_ends_minimum:
            mistakes.append("[moves] colder_copies: a copy ends the minimum days, so colder_ends_minimum is true too")
        if self.unit_bytes not in (10**9, 2**30):
            mistakes.append("unit_bytes is 1000000000 or 1073741824")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    def _wrong_names(self) -> list[str]:
        names = [c.name for c in self.classes]
        mistakes = [f"class {name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
        priced = [told.storage_class for told in (*self.prices.lines, *self.prices.allowances)]
        unknown = dict.fromkeys(name for name in priced if name not in (ACCOUNT, *names))
        mistakes += [f"a line speaks of {name}, which is no class of this book" for name in unknown]
        told: tuple[_Sourced, ...] = (*self.prices.lines, *self.prices.allowances, *self.classes)
        unexplained = dict.fromkeys(one.source for one in told if one.source not in self.sources)
        return [*mistakes, *(f"source {name} is not explained under [sources]" for name in unexplained)]

    def _wrong_bands(self) -> list[str]:
        bands: dict[tuple[str, Meter, str], list[LineDocument]] = {}
        for line in self.prices.lines:
            bands.setdefault((line.storage_class, line.meter, line.option), []).append(line)
        mistakes = []
        for key, lines in bands.items():
            title = " ".join(part for part in key if part)
            ends = [line.up_to for line in lines]
            if ends[-1] is not None:
                mistakes.append(f"{title}: the last band is open, without up_to")
            if any(a is None or (b is not None and b <= a) for a, b in pairwise(ends)):
                mistakes.append(f"{title}: bands stand in the order of their up_to, and only the last is open")
        return mistakes

    def _wrong_classes(self) -> list[str]:
        priced = {(line.storage_class, line.meter, line.option) for line in self.prices.lines}
        mistakes = []
        for c in self.classes:
            wanted = [step.option for step in c.steps] or [""]
            mistakes += [
                f"{c.name} has no storage price {option}".strip()
                for option in wanted
                if (c.name, Meter.STORAGE, option) not in priced
            ]
            days = [step.idle_days for step in c.steps]
            if days and (days[0] != 0 or days != sorted(set(days))):
                mistakes.append(f"{c.name}: steps begin at 0 idle days and grow")
        return mistakes

    def book(self) -> PriceBook:
        """Return it as the domain's value."""
        classes = [
            StorageClass(
                **c.model_dump(exclude={"steps"}), steps=tuple(Step(step.idle_days, step.option) for step in c.steps)
            )
            for c in self.classes
        ]
        moves = MoveRules(**self.moves.model_dump())
        return PriceBook(
            **self.model_dump(include={"name", "provider", "region", "unit_name", "unit_bytes", "sources"}),
            classes=tuple(classes),
            lines=tuple(PriceLine(**line.model_dump()) for line in self.prices.lines),
            moves=moves,
            lifecycle=replace(moves, **self.lifecycle.model_dump(exclude_none=True)),
            allowances=tuple(Allowance(**allowance.model_dump()) for allowance in self.prices.allowances),
        )


class OverrideDocument(_Sourced):
    """One price of the customer's own."""

    book: str = "*"
    storage_class: str = Field("*", alias="class")
    meter: Meter
    option: str = "*"
    percent: Amount | None = None
    usd: Amount | None = Field(None, ge=0)

    def override(self) -> Override:
        """Return it as the domain's value."""
        return Override(**self.model_dump())


class OverridesDocument(Document):
    """A file of the customer's own prices."""

    overrides: tuple[OverrideDocument, ...]
