"""Why a move is recommended, in words for people and codes for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import erf, floor, isfinite, log10, sqrt

from cloudflow_lib.domain.expected_use import ExpectedUse
from cloudflow_lib.domain.recommendations import CostPart, Reason, Spot

MONTH = 365 / 12
CENT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFigures:
    """What the words are about: dollars a month, and once."""

    source: Spot
    destination: Spot
    storage_before: float
    storage_after: float
    use_before: float
    """Of the requests and retrievals that are expected in a month."""
    use_after: float
    once: Mapping[CostPart, float]
    pays_back_days: float
    watched_days: int


def reasons_for(figures: MoveFigures, use: ExpectedUse) -> Iterator[Reason]:
    """Yield why, the most telling first."""
    yield _habit(figures, use)
    source, target = figures.source.storage_class, figures.destination.storage_class
    if figures.storage_after < figures.storage_before:
        yield Reason(
            "cheaper_storage",
            f"a month costs {dollars(figures.storage_after)} in {target}, "
            f"{dollars(figures.storage_before)} in {source}",
        )
    if figures.use_after < figures.use_before:
        yield Reason(
            "cheaper_reads",
            f"its reads cost {dollars(figures.use_after)} a month in {target}, "
            f"{dollars(figures.use_before)} in {source}",
        )
    elif figures.use_after > figures.use_before + CENT / 100:
        yield Reason(
            "dearer_reads",
            f"its reads would cost {dollars(figures.use_after)} a month in {target} and the saving allows for that",
        )
    if figures.once.get(CostPart.EARLY_DELETE):
        cost = dollars(figures.once[CostPart.EARLY_DELETE])
        yield Reason("early_delete", f"leaving {source} before its minimum days costs {cost}")
    if figures.once.get(CostPart.TRANSPORT):
        yield Reason("transport", f"its bytes leave the region, for {dollars(figures.once[CostPart.TRANSPORT])}")
    cost = dollars(sum(figures.once.values()))
    yield Reason("pays_back", f"moving costs {cost} once, earned back in {_days(figures.pays_back_days)}")


def _habit(figures: MoveFigures, use: ExpectedUse) -> Reason:
    if use.idle_days >= figures.watched_days:
        return Reason("not_read", f"not read in the {_days(figures.watched_days)} that access logs tell about")
    if use.recent_reads:
        times = "once" if use.recent_reads == 1 else f"{use.recent_reads} times"
        return Reason("read_lately", f"read {times} in the last 30 days, as it is expected to be")
    return Reason("not_read", f"not read for {_days(use.idle_days)}")


def chance_of_gain(storage_saved: float, use_saved: float, use: ExpectedUse) -> float:
    """
    Return how likely a move saves anything: *storage_saved* a day, and *use_saved* for each request.

    The rate of requests is a Gamma variable; the odds that it lies below (or above) where the move
    breaks even follow from the cube root that is nearly normal.
    """
    if use_saved == 0:
        return 1.0 if storage_saved > 0 else 0.0
    even = -storage_saved / use_saved
    below = 0.0 if even <= 0 else _gamma_below(even / use.reads_per_day * use.shape, use.shape)
    return below if use_saved < 0 else 1.0 - below


def _gamma_below(value: float, shape: float) -> float:
    deviations = ((value / shape) ** (1 / 3) - 1 + 1 / (9 * shape)) * 3 * sqrt(shape)
    return 0.5 * (1 + erf(deviations / sqrt(2)))


def dollars(usd: float) -> str:
    """Return an amount with as many digits as it takes to see it."""
    sign, amount = "-" if usd < 0 else "", abs(usd)
    if not isfinite(amount) or amount >= CENT or amount == 0:
        return f"{sign}${amount:,.2f}"
    return f"{sign}${amount:.{1 - floor(log10(amount))}f}"


def _days(days: float) -> str:
    if days < 1:
        return "less than a day"
    return "1 day" if round(days) == 1 else f"{days:,.0f} days"
