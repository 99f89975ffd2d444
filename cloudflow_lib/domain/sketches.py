"""
Durations as mergeable sketches: every percentile within half a percent, whatever was added in whatever order.

The bins are those of DDSketch (a published algorithm with a library): each is one percent wide, so that
two sketches merge by adding their counts. Counts are whole numbers, so no sum depends on its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from ddsketch.mapping import LogarithmicMapping

ACCURACY = 0.005
SHORTEST, LONGEST = 1e-6, 1e7
"""Seconds; what lies outside counts as one of them, so that a sketch has at most three thousand bins."""
MICROS = 1_000_000

_BINS = LogarithmicMapping(ACCURACY)
_KEYS, _COUNTS = np.dtype("<i2"), np.dtype("<u4")


def bin_of(seconds: float) -> int:
    """Return the number of the bin that holds this duration."""
    return int(_BINS.key(min(max(seconds, SHORTEST), LONGEST)))


def seconds_of(number: int) -> float:
    """Return the duration that a bin stands for."""
    return float(_BINS.value(number))


@dataclass(slots=True)
class Sketch:
    """How many durations fell into each bin."""

    counts: dict[int, int] = field(default_factory=dict)

    def add(self, seconds: float) -> None:
        """Count one duration."""
        number = bin_of(seconds)
        self.counts[number] = self.counts.get(number, 0) + 1

    def merge(self, other: Sketch) -> None:
        """Count all that *other* counted, too."""
        counts = self.counts
        for number, count in other.counts.items():
            counts[number] = counts.get(number, 0) + count

    @property
    def count(self) -> int:
        """How many durations there are."""
        return sum(self.counts.values())

    def quantiles(self, shares: Iterable[float]) -> tuple[float | None, ...]:
        """Return the duration in seconds below which each share (0 to 1) of all lies; None when there are none."""
        numbers = sorted(self.counts)
        if not numbers:
            return tuple(None for _ in shares)
        reached = np.cumsum([self.counts[number] for number in numbers])
        ranks = [share * (int(reached[-1]) - 1) for share in shares]
        return tuple(seconds_of(numbers[int(place)]) for place in np.searchsorted(reached, ranks, side="right"))

    def pack(self) -> bytes:
        """Return it in few bytes; the same sketch gives the same ones."""
        numbers = sorted(self.counts)
        counts = np.array([self.counts[number] for number in numbers], _COUNTS)
        return np.array(numbers, _KEYS).tobytes() + counts.tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Sketch:
        """Return what `pack` made the bytes of."""
        size = len(packed) // (_KEYS.itemsize + _COUNTS.itemsize)
        numbers = np.frombuffer(packed, _KEYS, size)
        counts = np.frombuffer(packed, _COUNTS, size, offset=size * _KEYS.itemsize)
        return cls(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))

    @classmethod
    def told(cls, counts: Mapping[int, int], accuracy: float) -> Sketch:
        """Return what somebody else counted, perhaps in bins of another width."""
        if accuracy == ACCURACY:
            return cls(dict(counts))
        theirs, sketch = LogarithmicMapping(accuracy), cls()
        for number, count in counts.items():
            mine = bin_of(theirs.value(number))
            sketch.counts[mine] = sketch.counts.get(mine, 0) + count
        return sketch
