"""What each option costs a day, and what moving from one to another costs once: by location and class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from cloudflow_lib.domain.prices import Meter, MinimumFrom, PriceBook
from cloudflow_lib.domain.rates import RateCard, rate_card
from cloudflow_lib.domain.recommendations import CostPart, Spot
from cloudflow_lib.domain.timelines import Bools, Floats, Int32s, Int64s

PART_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A place where a file may lie, with the prices that hold there."""

    spot: Spot
    book: PriceBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Rates of N files in all options; a managed class counts by how long its counter has run now."""

    day: Floats
    """N x options: dollars of storage a day, monitoring included."""
    rest_day: Floats
    """N x options: dollars for each day missing to the minimum."""
    read: Floats
    """Per option: dollars for a request."""
    retrieval: Floats
    """Per option: dollars for a byte read."""
    write: Floats
    transition: Floats
    minimum_days: Int32s
    instant: Bools

    @classmethod
    def of(cls, options: Sequence[Option], size_bytes: Int64s, idle_days: Int32s) -> Self:
        """Read the rates out of the options' books."""
        cards = [rate_card(option.book, (option.spot.storage_class,), size_bytes) for option in options]
        return cls(
            day=np.stack([_day(card, idle_days) for card in cards], axis=1),
            rest_day=np.stack([card.rest_day[:, 0] for card in cards], axis=1),
            read=np.array([card.read[0] for card in cards]),
            retrieval=np.array([card.retrieval[0] for card in cards]),
            write=np.array([card.write[0] for card in cards]),
            transition=np.array(
                [float(option.book.first(option.spot.storage_class, Meter.TRANSITION)) for option in options]
            ),
            minimum_days=np.array([card.minimum_days[0] for card in cards], np.int32),
            instant=np.array([card.classes[0].instant for card in cards]),
        )


def _day(card: RateCard, idle_days: Int32s) -> Floats:
    if 0 not in card.steps:
        return card.day[:, 0]
    step = np.searchsorted(card.step_days[0], idle_days, side="right") - 1
    found: Floats = np.take_along_axis(card.steps[0], step[:, None].astype(np.int64), axis=1)[:, 0]
    return found


def entered_day(options: Sequence[Option], tariff: Tariff, size_bytes: Int64s, reads: Floats, life: Int32s) -> Floats:
    """
    Return N x options dollars of storage a day, over *life* days, for files that come from elsewhere.

    The counter of a managed class begins anew then, and with every read: *reads* a day, which come by chance.
    """
    day = tariff.day.copy()
    days = np.maximum(life, 1).astype(float)
    for number, option in enumerate(options):
        card = rate_card(option.book, (option.spot.storage_class,), size_bytes)
        if 0 in card.steps:
            steps, edges = card.steps[0], card.step_days[0][None, 1:]
            cooled = np.exp(-reads[:, None] * edges) * np.maximum(1 - edges / days[:, None], 0.0)
            day[:, number] = steps[:, 0] + (np.diff(steps, axis=1) * cooled).sum(axis=1)
    return day


def once_parts(
    options: Sequence[Option], tariff: Tariff, size_bytes: Int64s, here: Int32s, held: Int32s, age: Int32s
) -> dict[str, Floats]:
    """Return part -> N x options dollars: what moving each file from *here* costs once; staying costs nothing."""
    shape = (len(size_bytes), len(options))
    parts = {part.value: np.zeros(shape) for part in CostPart}
    for source, start in enumerate(options):
        rows = np.flatnonzero(here == source)
        if not len(rows):
            continue
        size = size_bytes[rows].astype(float)
        for target, end in enumerate(options):
            if target == source:
                continue
            requests, out, transport = _one_move(start, end, tariff, source, target, size)
            parts[CostPart.REQUESTS][rows, target] = requests
            parts[CostPart.RETRIEVAL][rows, target] = out
            parts[CostPart.TRANSPORT][rows, target] = transport
            if not _keeps_minimum(start, end):
                parts[CostPart.EARLY_DELETE][rows, target] = _rest(start, tariff, source, rows, held, age)
    return parts


def _one_move(
    start: Option, end: Option, tariff: Tariff, source: int, target: int, size: Floats
) -> tuple[Any, Any, Any]:
    if _in_place(start, end) and _is_colder(start, end) and not start.book.moves.colder_copies:
        return tariff.transition[target], 0.0, 0.0
    out = size * tariff.retrieval[source]
    if _in_place(start, end):
        writes = tariff.write[target] if start.book.moves.warmer_writes else 0.0
        return tariff.read[source] + writes, out, 0.0
    parts = np.ceil(size / PART_BYTES)
    writes = np.where(size > PART_BYTES, parts + end.book.moves.upload_extra_requests, 1.0)
    reads = np.where(size > PART_BYTES, parts, 1.0)
    return reads * tariff.read[source] + writes * tariff.write[target], out, size * _per_byte(start.book, end.book)


def _per_byte(start: PriceBook, end: PriceBook) -> float:
    """Return what a byte costs on its way: nothing within a region."""
    if start.provider != end.provider:
        meter = Meter.EGRESS
    elif start.region != end.region:
        meter = Meter.INTER_REGION
    else:
        return 0.0
    return float(start.first("", meter)) / start.unit_bytes


def _in_place(start: Option, end: Option) -> bool:
    return start.spot.location_id == end.spot.location_id


def _is_colder(start: Option, end: Option) -> bool:
    order = [one.name for one in start.book.classes]
    return order.index(end.spot.storage_class) > order.index(start.spot.storage_class)


def _keeps_minimum(start: Option, end: Option) -> bool:
    """Return whether the move does not end the minimum days: a colder class in place, where the provider says so."""
    return _in_place(start, end) and _is_colder(start, end) and not start.book.moves.colder_ends_minimum


def _rest(start: Option, tariff: Tariff, source: int, rows: Any, held: Int32s, age: Int32s) -> Floats:  # noqa: ANN401 # NumPy's own index type
    since = age if start.book.moves.minimum_from is MinimumFrom.CREATION else held
    missing = np.maximum(tariff.minimum_days[source] - since[rows], 0)
    cost: Floats = missing * tariff.rest_day[rows, source]
    return cost
