"""Price books made from others: with a customer's own prices, under stress, or with a foreign rule to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase

from cloudflow_lib.domain.prices import Meter, PriceBook, PriceLine, Step, StorageClass
from cloudflow_lib.errors import WrongInputError

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a customer pays instead of the list price: a discount in percent, or a price of their own."""

    book: str = "*"
    storage_class: str = "*"
    """Patterns with `*`; account-wide lines such as egress have the class ``."""
    meter: Meter
    option: str = "*"
    percent: Decimal | None = None
    """Taken off the list price; below 0 it is a surcharge."""
    usd: Decimal | None = None
    """Replaces the price of every band, for as many units as the list price is for."""
    source: str
    seen: date

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.usd is None):
            raise WrongInputError(f"override of {self.storage_class} {self.meter}: give either percent or usd")
        if self.percent is not None and self.percent > 100:  # noqa: PLR2004 # per cent
            raise WrongInputError(f"override of {self.storage_class} {self.meter}: a discount ends at 100 percent")

    def fits(self, book: PriceBook, line: PriceLine) -> bool:
        """Return whether it speaks of this line."""
        return self.meter is line.meter and all(
            fnmatchcase(value, pattern)
            for value, pattern in (
                (book.name, self.book),
                (line.storage_class, self.storage_class),
                (line.option, self.option),
            )
        )

    def apply(self, line: PriceLine) -> PriceLine:
        """Return the line at the customer's price."""
        usd = line.usd * (100 - (self.percent or 0)) / 100 if self.usd is None else self.usd
        return replace(line, usd=usd, source=self.source, seen=self.seen)


def overridden(book: PriceBook, overrides: Sequence[Override]) -> PriceBook:
    """Return the book with the customer's prices; WrongInputError where an override speaks of nothing in it."""
    lines = list(book.lines)
    meant = [override for override in overrides if fnmatchcase(book.name, override.book)]
    for override in meant:
        fits = [override.fits(book, line) for line in lines]
        if not any(fits):
            wanted = f"{override.storage_class or 'account'} {override.meter} {override.option}"
            raise WrongInputError(f"price book {book.name} has no line for the override of {wanted}")
        lines = [override.apply(line) if fit else line for line, fit in zip(lines, fits, strict=True)]
    own = {override.source: "the customer's own prices" for override in meant}
    return replace(book, lines=tuple(lines), sources={**own, **book.sources})


def stressed(book: PriceBook) -> PriceBook:
    """Return the book with retrieval twice as dear, and each class only half as far below the warmest in storage."""
    warmest = book.first(book.classes[0].name, Meter.STORAGE)

    def stress(line: PriceLine) -> PriceLine:
        if line.meter is Meter.RETRIEVAL:
            return replace(line, usd=line.usd * 2)
        if line.meter is Meter.STORAGE and book.first(line.storage_class, line.meter, line.option) < warmest:
            return replace(line, usd=(warmest + line.usd) / 2)
        return line

    return _relined(replace(book, name="stress"), stress)


def _relined(book: PriceBook, change: Callable[[PriceLine], PriceLine]) -> PriceBook:
    return replace(book, lines=tuple(change(line) for line in book.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedRule:
    """How a managed class of some provider cools objects down: (idle days, how many classes below the warmest)."""

    name: str
    native_to: str
    native_class: str
    steps: tuple[tuple[int, int], ...]
    monitoring_usd: Decimal
    monitoring_per: int


MANAGED_RULES = (
    ManagedRule(
        name="intelligent_tiering",
        native_to="s3",
        native_class="INTELLIGENT_TIERING",
        steps=((0, 0), (30, 1), (90, 2)),
        monitoring_usd=Decimal("0.0025"),
        monitoring_per=1000,
    ),
    ManagedRule(
        name="autoclass",
        native_to="gcs",
        native_class="AUTOCLASS",
        steps=((0, 0), (30, 1)),
        monitoring_usd=Decimal("0.0025"),
        monitoring_per=1000,
    ),
    ManagedRule(
        name="autoclass_archive",
        native_to="gcs",
        native_class="AUTOCLASS_ARCHIVE",
        steps=((0, 0), (30, 1), (90, 2), (365, 3)),
        monitoring_usd=Decimal("0.0025"),
        monitoring_per=1000,
    ),
    ManagedRule(
        name="smart_tier",
        native_to="azure",
        native_class="Smart",
        steps=((0, 0), (30, 1), (90, 2)),
        monitoring_usd=Decimal("0.04"),
        monitoring_per=10_000,
    ),
)


def with_rules(book: PriceBook, rules: Iterable[ManagedRule] = MANAGED_RULES) -> PriceBook:
    """
    Return the book with a class for every rule that it does not have yet.

    A rule of another provider is worked out at this book's own storage prices, with the fee and the
    promises of its inventor (no retrieval, no early deletion): a comparison, not an offer.
    """
    for rule in rules:
        if rule.native_to != book.provider or all(c.name != rule.native_class for c in book.classes):
            book = _with_rule(book, rule)
    return book


def managed_class_of(book: PriceBook, rule: ManagedRule) -> str:
    """Return the name that the rule's class has in a book made by `with_rules`."""
    names = {storage_class.name for storage_class in book.classes}
    return rule.native_class if rule.native_class in names else rule.name


def _with_rule(book: PriceBook, rule: ManagedRule) -> PriceBook:
    instant = [name for name in book.instant_classes if name]
    warm = instant[0]
    cooled = [(days, instant[min(depth, len(instant) - 1)]) for days, depth in rule.steps]
    wanted = StorageClass(
        name=rule.name,
        steps=tuple(Step(days, name) for days, name in cooled),
        managed_from_bytes=128 * KIB,
        native=False,
        source="rule",
        seen=book.classes[0].seen,
    )
    storage = [replace(book.bands(name, Meter.STORAGE)[0], up_to=None, option=name) for name in dict(cooled).values()]
    requests = [line for meter in (Meter.WRITE, Meter.LIST, Meter.READ) for line in book.bands(warm, meter)]
    monitoring = PriceLine(
        storage_class=rule.name,
        meter=Meter.MONITORING,
        usd=rule.monitoring_usd,
        per=rule.monitoring_per,
        source="rule",
        seen=book.classes[0].seen,
    )
    lines = [*(replace(line, storage_class=rule.name) for line in (*storage, *requests)), monitoring]
    return replace(
        book,
        classes=(book.classes[0], wanted, *book.classes[1:]),
        lines=(*book.lines, *lines),
        sources={**book.sources, "rule": "another provider's rule at this book's prices"},
    )
