"""Following what happens to objects, day by day: their present state, and every spell between two uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.timelines import Floats, Int8s, Int32s
from ml.placement.states import HALF_LIFE_DAYS, UNKNOWN, UNUSED, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """One day's use: a row for each object used. Bytes are parts of the object's size."""

    object: Int32s
    reads: Floats
    bytes_part: Floats
    writes: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Spells:
    """Stretches of days without use, ended by a use or, the last of each object, not ended yet."""

    object: Int32s
    kind: Int8s
    idle_days: Int32s
    end: Int32s
    used: Any
    """Whether a use ended it."""
    gone: Any
    """Whether the object's deletion ended it, not at its known expiry."""
    reads: Floats
    bytes_part: Floats
    writes: Floats


@dataclass(slots=True)
class Usage:
    """All that decisions remember of objects; numbers of objects grow as they appear."""

    kind: Int8s = field(default_factory=lambda: np.empty(0, np.int8))
    since: Int32s = field(default_factory=lambda: np.empty(0, np.int32))
    """The day that idle days are counted from."""
    created: Int32s = field(default_factory=lambda: np.empty(0, np.int32))
    _count: Floats = field(default_factory=lambda: np.empty(0))
    _rows: list[tuple[Any, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.kind)

    def appear(self, created: Int32s, first_day: int) -> None:
        """Meet further objects; those created before *first_day*, when the log begins, have an unknown past."""
        before = created < first_day
        self.kind = np.concatenate([self.kind, np.where(before, UNKNOWN, UNUSED).astype(np.int8)])
        self.since = np.concatenate([self.since, np.maximum(created, first_day).astype(np.int32)])
        self.created = np.concatenate([self.created, created.astype(np.int32)])
        self._count = np.concatenate([self._count, np.zeros(len(created))])

    def idle(self, day: int) -> Int32s:
        """Return for how many whole days nobody has used each object, on the morning of a day."""
        return np.maximum(day - self.since, 0).astype(np.int32)

    def happen(self, day: int, uses: Uses) -> None:
        """Let a day's use happen."""
        who = uses.object
        idle = np.maximum(day - self.since[who], 0)
        self._rows.append((who, self.kind[who], idle, day, uses.reads, uses.bytes_part, uses.writes))
        self._count[who] = self._count[who] * 0.5 ** ((idle + 1) / HALF_LIFE_DAYS) + 1
        self.kind[who] = kind_of(self._count[who], day - self.created[who])
        self.since[who] = day + 1

    def spells(self, day: int, ended: Int32s, unforeseen: Any) -> Spells:  # noqa: ANN401 # NumPy's own index type
        """Return all spells known on the morning of *day*; *ended* is when objects were deleted, or later."""
        rows = self._rows
        count = len(self)
        until = np.minimum(ended[:count], day)
        gone = (ended[:count] < day) & unforeseen[:count]

        def joined(i: int, open_ones: Any, kind: Any) -> Any:  # noqa: ANN401 # columns of any kind
            return np.concatenate([*(row[i].astype(kind) for row in rows), open_ones.astype(kind)])

        days = [np.full(len(row[0]), row[3], np.int32) for row in rows]
        used = sum(len(row[0]) for row in rows)
        none = np.zeros(count)
        return Spells(
            object=joined(0, np.arange(count), np.int32),
            kind=joined(1, self.kind, np.int8),
            idle_days=joined(2, np.maximum(until - self.since, 0), np.int32),
            end=np.concatenate([*days, until.astype(np.int32)]),
            used=np.arange(used + count) < used,
            gone=np.concatenate([np.zeros(used, bool), gone]),
            reads=joined(4, none, np.float64),
            bytes_part=joined(5, none, np.float64),
            writes=joined(6, none, np.float64),
        )
