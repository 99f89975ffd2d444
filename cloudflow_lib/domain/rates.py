"""
A price book as arrays of floating-point numbers: what decisions are worked out with.

The same prices as the biller's, in dollars per day, read, byte and move; a bill is never made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudflow_lib.domain.charges import DAYS_PER_MONTH
from cloudflow_lib.domain.metering import billable_bytes
from cloudflow_lib.domain.prices import Meter, MinimumFrom, PriceBook, StorageClass
from cloudflow_lib.domain.timelines import Bools, Floats, Int32s, Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """Rates of N objects in K classes, warmest first."""

    classes: tuple[StorageClass, ...]
    size_bytes: Int64s
    day: Floats
    """N x K: dollars for a day in a class; in a managed one, on its first step."""
    steps: dict[int, Floats]
    """Of managed classes: N x steps, dollars for a day on each step, monitoring included."""
    step_days: dict[int, Int32s]
    """Of managed classes: from how many idle days on each step begins."""
    rest_day: Floats
    """N x K: dollars for each day that is missing to the minimum."""
    read: Floats
    """K: dollars for a read."""
    retrieval: Floats
    """K: dollars for a byte read."""
    write: Floats
    """K: dollars for a write."""
    move: Floats
    """N x K x K: dollars for moving from a class to another, without early deletion."""
    ends_minimum: Bools
    """K x K: whether leaving the first for the second before the minimum days pays for the rest."""
    minimum_days: Int32s
    """K."""
    from_creation: bool
    """Whether minimum days count from the object's creation instead of from its entry."""

    def __len__(self) -> int:
        return len(self.size_bytes)


def rate_card(book: PriceBook, classes: Sequence[str], size_bytes: Int64s) -> RateCard:
    """Return the rates of objects of these sizes; classes in the order given, warmest first."""
    rules = tuple(book.storage_class(name) for name in classes)
    per_byte_day = float(1 / (book.unit_bytes * DAYS_PER_MONTH))
    day, rest = np.zeros((len(size_bytes), len(rules))), np.zeros((len(size_bytes), len(rules)))
    steps, step_days = {}, {}
    for k, rule in enumerate(rules):
        if rule.managed:
            steps[k] = _managed_days(book, rule, size_bytes)
            step_days[k] = np.array([step.idle_days for step in rule.steps], np.int32)
            day[:, k] = steps[k][:, 0]
            continue
        own = billable_bytes(rule, size_bytes) * float(book.first(rule.name, Meter.STORAGE)) * per_byte_day
        hot = float(book.first(book.classes[0].name, Meter.STORAGE)) * per_byte_day * rule.overhead_hot_bytes
        day[:, k], rest[:, k] = own + hot, own

    def price(meter: Meter) -> Floats:
        return np.array([float(book.first(rule.name, meter)) for rule in rules])

    retrieval = price(Meter.RETRIEVAL) / book.unit_bytes
    colder = np.arange(len(rules))[:, None] < np.arange(len(rules))[None, :]
    copies = ~colder | book.moves.colder_copies
    return RateCard(
        classes=rules,
        size_bytes=size_bytes,
        day=day,
        steps=steps,
        step_days=step_days,
        rest_day=rest,
        read=price(Meter.READ),
        retrieval=retrieval,
        write=price(Meter.WRITE),
        move=_moves(book, copies, size_bytes, {meter: price(meter) for meter in Meter}, retrieval),
        ends_minimum=~colder | book.moves.colder_ends_minimum,
        minimum_days=np.array([rule.minimum_days for rule in rules], np.int32),
        from_creation=book.moves.minimum_from is MinimumFrom.CREATION,
    )


def _managed_days(book: PriceBook, rule: StorageClass, size_bytes: Int64s) -> Floats:
    per_byte_day = float(1 / (book.unit_bytes * DAYS_PER_MONTH))
    prices = [float(book.first(rule.name, Meter.STORAGE, step.option)) * per_byte_day for step in rule.steps]
    monitoring = float(book.first(rule.name, Meter.MONITORING)) / float(DAYS_PER_MONTH)
    days: Floats = size_bytes[:, None] * np.array(prices)[None, :] + monitoring
    small = size_bytes < rule.managed_from_bytes
    days[small] = (size_bytes[small] * prices[0])[:, None]
    return days


def _moves(book: PriceBook, copies: Bools, size_bytes: Int64s, prices: dict[Meter, Floats], retrieval: Floats) -> Any:  # noqa: ANN401 # NumPy broadcasting loses the type
    warmer_write = prices[Meter.WRITE][None, :] if book.moves.warmer_writes else 0.0
    requests = np.where(copies, prices[Meter.READ][:, None] + warmer_write, prices[Meter.TRANSITION][None, :])
    bytes_out = np.where(copies, retrieval[:, None], 0.0)
    move = requests[None] + size_bytes[:, None, None] * bytes_out[None]
    diagonal = np.arange(len(copies))
    move[:, diagonal, diagonal] = 0.0
    return move
