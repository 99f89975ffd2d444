"""
Which class of which location a file should lie in: every allowed one priced, and staying is an answer.

All prices are those of the biller (a test bills the same months and compares). For each file and each
option the cost of a day is worked out at the expected rate of reads and at both ends of its interval.
A move is advised only if its saving's *lower* end earns the move's cost and more within the life that
the file can be trusted to have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np

from cloudflow_lib.domain.charges import DAYS_PER_MONTH
from cloudflow_lib.domain.guards import Guards
from cloudflow_lib.domain.moving_costs import Option, Tariff, entered_day, once_parts
from cloudflow_lib.domain.timelines import Bools, Floats, Int32s, Int64s

MONTH = float(DAYS_PER_MONTH)


class Verdict(IntEnum):
    """Why a file stays, or that it should move."""

    MOVE = 0
    NO_GAIN = 1
    """It lies well, or what a move saves is not sure to earn its cost."""
    SMALL = 2
    TOO_SOON = 3
    """It was moved lately, or the minimum days of its class are not over."""
    ENDS_SOON = 4
    """Only classes whose minimum days outlast the file would be cheaper."""
    NO_PROOF = 5
    """It would be cheaper in a colder class, but no access logs prove that it is not read."""
    UNPRICED = 6
    """It lies in a class without a price, or in one that serves no read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """N files, and how each is used: arrays of the same length."""

    size_bytes: Int64s
    here: Int32s
    """The number of the option that each lies in; -1: none of them."""
    reads: Floats
    """Requests per day: expected, and the ends of the interval."""
    reads_low: Floats
    reads_high: Floats
    bytes_per_read: Floats
    idle_days: Int32s
    held_days: Int32s
    """Since it came to lie where it lies."""
    age_days: Int32s
    life_days: Int32s
    """How much longer it can be trusted to live."""
    moved_days: Int32s
    """Since its last move; a large number where it never moved."""
    may_go: Bools
    """N x options: what its owner may use."""
    may_cool: Bools
    """Whether silence is proof for it."""
    wanted: Int32s | None = None
    """The option of its own location that a model found to be worth most; -1: no model said anything."""

    def __len__(self) -> int:
        return len(self.size_bytes)

    @property
    def counted_days(self) -> Int32s:
        """Return how long a managed class has counted each file as idle: coming there began it anew."""
        return np.minimum(self.idle_days, self.held_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do with each of N files, and the figures behind it."""

    verdict: Int32s
    to: Int32s
    """The number of the option; where the verdict is not MOVE, where it lies."""
    day: Floats
    """N x options: dollars a day at the expected reads."""
    storage: Floats
    """N x options: dollars a day without reads."""
    use: Floats
    """N x options: dollars for each request."""
    saves: Floats
    """Dollars a day from moving to *to*: expected, and the ends of its interval."""
    saves_low: Floats
    saves_high: Floats
    once: dict[str, Floats]
    """Part -> dollars of moving to *to*."""


def advise(options: Sequence[Option], cases: Cases, guards: Guards) -> Advice:
    """Decide each case; files in no option are left alone."""
    here = np.maximum(cases.here, 0)
    tariff = _tariff(options, cases, here, guards)
    use = tariff.read[None, :] + cases.bytes_per_read[:, None] * tariff.retrieval[None, :]
    day = tariff.day + cases.reads[:, None] * use
    saves, low, high = (
        _own(tariff.day, here) - tariff.day + rate[:, None] * (_own(use, here) - use)
        for rate in (cases.reads, cases.reads_low, cases.reads_high)
    )
    low, high = np.minimum(low, high), np.maximum(low, high)
    parts = once_parts(options, tariff, cases.size_bytes, here, cases.held_days, cases.age_days)
    once = sum(parts.values(), np.zeros_like(day))
    life = np.minimum(cases.life_days, guards.horizon_days)[:, None]
    wanted = guards.bill_share * _own(day, here) * life + once
    earns = (low * life >= wanted) & (saves > 0) & (low * life > once)
    if cases.wanted is not None:
        earns = _by_model(cases, here, options, earns, (saves > 0) & (saves * life > wanted))
    worth = np.where(earns, saves * life - once, -np.inf)
    fits = _fits(tariff, cases, here)
    chosen = np.where(fits, worth, -np.inf).argmax(axis=1).astype(np.int32)
    found = np.isfinite(np.where(fits, worth, -np.inf).max(axis=1, initial=-np.inf))
    verdict = _verdicts(cases, guards, tariff, here, worth, found)
    to = np.where(verdict == Verdict.MOVE, chosen, here).astype(np.int32)
    return Advice(
        verdict=verdict,
        to=to,
        day=day,
        storage=tariff.day,
        use=use,
        saves=_own(saves, to)[:, 0],
        saves_low=_own(low, to)[:, 0],
        saves_high=_own(high, to)[:, 0],
        once={name: _own(part, to)[:, 0] for name, part in parts.items()},
    )


def _tariff(options: Sequence[Option], cases: Cases, here: Int32s, guards: Guards) -> Tariff:
    """Return the rates of staying where each file lies, and of being in any other option from now on."""
    tariff = Tariff.of(options, cases.size_bytes, cases.counted_days)
    life = np.minimum(cases.life_days, guards.horizon_days)
    day = entered_day(options, tariff, cases.size_bytes, cases.reads, life)
    np.put_along_axis(day, here[:, None].astype(np.int64), _own(tariff.day, here), axis=1)
    return replace(tariff, day=day)


def _by_model(cases: Cases, here: Int32s, options: Sequence[Option], earns: Bools, pays: Bools) -> Bools:
    """
    Return what earns its move where a model knows better: within a location, only what the model wants.

    The model has weighed what is uncertain already, so that the move has to pay at the expected use only.
    """
    places = np.array([option.spot.location_id for option in options])
    wanted = np.full(len(cases), -1, np.int32) if cases.wanted is None else cases.wanted
    asked = (wanted >= 0)[:, None] & (places[None, :] == places[here][:, None])
    chosen = np.arange(len(options))[None, :] == wanted[:, None]
    found: Bools = np.where(asked, pays & chosen & (wanted != here)[:, None], earns)
    return found


def _own(values: Floats, number: Int32s) -> Any:  # noqa: ANN401 # NumPy broadcasting loses the type
    """Return each row's value in the column *number*, as a column."""
    return np.take_along_axis(values, number[:, None].astype(np.int64), axis=1)


def _fits(tariff: Tariff, cases: Cases, here: Int32s) -> Bools:
    """Return which options each file may be advised to use."""
    outlasts = tariff.minimum_days[None, :] <= cases.life_days[:, None]
    fits: Bools = cases.may_go & outlasts & tariff.instant[None, :] & (cases.may_cool[:, None] | ~_cools(tariff, here))
    return fits


def _cools(tariff: Tariff, here: Int32s) -> Any:  # noqa: ANN401 # NumPy broadcasting loses the type
    return tariff.retrieval[None, :] > tariff.retrieval[here][:, None]


def _verdicts(cases: Cases, guards: Guards, tariff: Tariff, here: Int32s, worth: Floats, found: Bools) -> Int32s:
    """Name the first reason that keeps a file where it is."""
    moved = cases.moved_days < np.maximum(guards.rest_days, tariff.minimum_days[here])
    tempting = np.isfinite(np.where(cases.may_go & tariff.instant[None, :], worth, -np.inf))
    outlasted = (tempting & (tariff.minimum_days[None, :] > cases.life_days[:, None])).any(axis=1)
    unproved = ~cases.may_cool & (tempting & _cools(tariff, here)).any(axis=1)
    verdict = np.full(len(cases), Verdict.NO_GAIN, np.int32)
    for fits, name in (
        (outlasted, Verdict.ENDS_SOON),
        (unproved, Verdict.NO_PROOF),
        (found, Verdict.MOVE),
        (moved, Verdict.TOO_SOON),
        (cases.size_bytes < guards.least_bytes, Verdict.SMALL),
        ((cases.here < 0) | ~tariff.instant[here], Verdict.UNPRICED),
    ):
        verdict[fits] = name
    return verdict
