"""
How many requests may be in flight to one side of a copy, and when a refused one is tried again.

`Pace` is pure: it hears of every answer and holds the number. `Gate` is its asyncio side. A store whose
answers get slower without more of them arriving gains nothing by more requests, so growth follows goodput.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

WINDOW_SECONDS = 0.2
STEADY_SECONDS = 2.0
PROBE_SECONDS = 30.0
HOLD_SECONDS = 30.0
GAIN, SMALL_GAIN = 1.2, 1.05
"""By how much goodput must rise for a doubled, and for a slightly raised limit to be kept."""
PROBE_GROWTH, RECOVERY_GROWTH = 1.25, 1.25
EASE, EASE_STEPS, EASE_SECONDS = 0.7, 3, 0.5
QUIET_SHARE = 0.02
DEAF_SHARE, DEAF_BELOW = 0.8, 0.5
BYTES_PER_REQUEST = 256 * 1024
"""Goodput counts requests and bytes as one: a request costs about as much as moving so many bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceLimits:
    """Between which bounds the number of requests in flight may move."""

    start: int = 32
    least: int = 4
    most: int = 256


class Phase(StrEnum):
    """What the limit does while the store refuses nothing."""

    DOUBLING = "doubling"
    STEADY = "steady"
    PROBING = "probing"


@dataclass(frozen=True, slots=True)
class _Before:
    """What held before the limit was changed, to compare with and to return to."""

    limit: int
    goodput: float
    refused_share: float = 0.0


class Pace:
    """
    The number of requests that may be in flight: more while goodput grows, fewer while the store refuses.

    Every answer is told by `done` or `refused`. A store that refuses the same share of requests however few
    it gets is not slowed down by us: after three steps down that changed nothing, the limit returns and holds.
    """

    def __init__(self, limits: PaceLimits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits or PaceLimits()
        self._clock = clock
        self.limit = self._limits.start
        self._closed_until = 0.0
        self._phase = Phase.DOUBLING
        self._before: _Before | None = None
        self._eased: _Before | None = None
        self._ease_steps = 0
        now = clock()
        self._hold_until = now
        self._next_probe = now + PROBE_SECONDS
        self._eased_at = now - EASE_SECONDS
        self._open_window(now)

    def done(self, size_bytes: int, *, is_full: bool) -> None:
        """Hear of a success; *is_full* tells whether others wait for a place, so that more might help."""
        self._work += 1 + size_bytes / BYTES_PER_REQUEST
        self._answers += 1
        self._was_full |= is_full
        self._turn()

    def refused(self, retry_after: float | None = None) -> None:
        """Hear that the store was busy or did not answer in time."""
        self._answers += 1
        self._refusals += 1
        if retry_after:
            self._closed_until = max(self._closed_until, self._clock() + retry_after)
        self._turn()

    def closed_for(self) -> float:
        """Return for how many seconds the store wants no request: it said so by Retry-After."""
        return self._closed_until - self._clock()

    def _open_window(self, now: float) -> None:
        self._opened = now
        self._work = 0.0
        self._answers = self._refusals = 0
        self._was_full = False

    def _turn(self) -> None:
        now = self._clock()
        elapsed = now - self._opened
        shortest = WINDOW_SECONDS if self._phase is Phase.DOUBLING else STEADY_SECONDS
        if self._refusals:
            shortest = EASE_SECONDS if now - self._eased_at < EASE_SECONDS else WINDOW_SECONDS
        if elapsed < shortest or (self._answers < self.limit and elapsed < STEADY_SECONDS):
            return
        goodput, share = self._work / elapsed, self._refusals / self._answers
        if share > QUIET_SHARE:
            self._ease(now, goodput, share)
        else:
            self._grow(now, goodput)
        self._open_window(now)

    def _ease(self, now: float, goodput: float, share: float) -> None:
        self._phase, self._before = Phase.STEADY, None
        if now < self._hold_until:
            return
        self._eased_at = now
        if self._eased is None:
            self._eased, self._ease_steps = _Before(self.limit, goodput, share), 0
        elif self._ease_steps >= EASE_STEPS and DEAF_SHARE * self._eased.refused_share <= share < DEAF_BELOW:
            self.limit, self._eased = self._eased.limit, None
            self._hold_until = now + HOLD_SECONDS
            return
        self._ease_steps += 1
        self.limit = max(self._limits.least, int(self.limit * EASE))

    def _grow(self, now: float, goodput: float) -> None:
        if self._eased is not None:  # the store is quiet again: back to where it was not, step by step
            self.limit = min(self._eased.limit, self._raised(RECOVERY_GROWTH))
            if self.limit == self._eased.limit:
                self._eased = None
            return
        if not self._was_full:
            return
        if self._phase is Phase.DOUBLING:
            self._double(goodput)
        elif self._phase is Phase.PROBING:
            self._judge_probe(now, goodput)
        elif now >= self._next_probe:
            self._probe(goodput)

    def _double(self, goodput: float) -> None:
        before = self._before
        if before is not None and goodput < before.goodput * GAIN:
            self.limit, self._phase, self._before = before.limit, Phase.STEADY, None
            return
        self._before = _Before(self.limit, goodput)
        self.limit = self._raised(2.0)
        if self.limit == self._before.limit:
            self._phase, self._before = Phase.STEADY, None

    def _probe(self, goodput: float) -> None:
        self._before, self._phase = _Before(self.limit, goodput), Phase.PROBING
        self.limit = self._raised(PROBE_GROWTH)

    def _judge_probe(self, now: float, goodput: float) -> None:
        before = self._before
        if before is not None and goodput >= before.goodput * SMALL_GAIN:
            self._probe(goodput)
            return
        self.limit = before.limit if before else self.limit
        self._phase, self._before, self._next_probe = Phase.STEADY, None, now + PROBE_SECONDS

    def _raised(self, factor: float) -> int:
        return min(self._limits.most, max(self.limit + 1, int(self.limit * factor)))


class RetryQuota:
    """
    How many repetitions are free: as AWS's SDKs have it, so that an outage gets no storm.

    A repetition costs tokens. Each success gives back as many, so that they are never short while most requests
    succeed; the SDKs give a fifth for a first attempt, which three refusals in ten use up. When everything
    fails, a hundred repetitions use them up, and one a second remains.
    """

    CAPACITY, COST, PER_SECOND = 500.0, 5.0, 5.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tokens = self.CAPACITY
        self._counted_at = clock()

    @property
    def is_plenty(self) -> bool:
        """Whether more than half is left: fewer fail than succeed."""
        return self._tokens > self.CAPACITY / 2

    def take(self) -> bool:
        """Pay for a repetition, or return False: not yet."""
        now = self._clock()
        self._add((now - self._counted_at) * self.PER_SECOND)
        self._counted_at = now
        if self._tokens < self.COST:
            return False
        self._tokens -= self.COST
        return True

    def succeeded(self) -> None:
        """Hear of a success."""
        self._add(self.COST)

    def _add(self, tokens: float) -> None:
        self._tokens = min(self.CAPACITY, self._tokens + tokens)
