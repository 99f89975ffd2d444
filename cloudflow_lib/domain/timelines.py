"""
What happened to objects, as the biller reads it: where each one lay from day to day, and how it was used.

Everything is a NumPy array; objects are numbers 0..N-1, days are whole numbers. A day runs in this
order: a move, then the day's storage, reads and writes in the class the object lies in after the move.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from cloudflow_lib.errors import WrongInputError

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Int8s = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """Objects and the part of their lives that is billed: days `start` to `end` - 1."""

    size_bytes: Int64s
    created: Int32s
    start: Int32s
    """The day of creation, or the first billed day of objects that were there before."""
    end: Int32s

    def __len__(self) -> int:
        return len(self.size_bytes)

    def __post_init__(self) -> None:
        if len(self.size_bytes) and (self.size_bytes.min() < 0 or bool((self.end < self.start).any())):
            raise WrongInputError("objects have a size of 0 or more and do not end before they start")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accesses:
    """Reads and writes of objects, one row per object and day, sorted by object, then day."""

    object: Int32s
    day: Int32s
    reads: Int64s
    bytes_read: Int64s
    writes: Int64s
    """Overwrites: each one ends a version of the object and begins the next."""

    def __len__(self) -> int:
        return len(self.object)


class Entry(IntEnum):
    """How an object came to lie where it lies."""

    FOUND = 0
    """It was there when billing began: free of charge."""
    BORN = 1
    MOVED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Stretches of days in one class, sorted by object, then start; each object's stays follow without gaps."""

    object: Int32s
    storage_class: Int8s
    """Numbers of classes, in the order that the biller was given."""
    start: Int32s
    end: Int32s
    entry: Int8s

    def __len__(self) -> int:
        return len(self.object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Changes of class, in any order; at most one per object and day."""

    object: Int32s
    day: Int32s
    to: Int8s


def no_moves() -> Moves:
    """Return nothing."""
    return Moves(object=np.empty(0, np.int32), day=np.empty(0, np.int32), to=np.empty(0, np.int8))


def stays_of(objects: Objects, first: Int8s, moves: Moves) -> Stays:
    """
    Return where each object lay, from the class it began in and its moves.

    A move on an object's first day counts as one (an adopted object that leaves at once); a move to
    the class that the object lies in already, and one outside of its life, is no move.
    """
    count = len(objects)
    alive = (moves.day >= objects.start[moves.object]) & (moves.day < objects.end[moves.object])
    owner = np.concatenate([np.arange(count, dtype=np.int32), moves.object[alive]])
    day = np.concatenate([objects.start, moves.day[alive]])
    lies = np.concatenate([first, moves.to[alive]])
    moved = np.concatenate([np.zeros(count, np.int8), np.ones(int(alive.sum()), np.int8)])

    order = np.lexsort((moved, day, owner))
    owner, day, lies, moved = owner[order], day[order], lies[order], moved[order]
    news = np.ones(len(owner), bool)
    news[1:] = (owner[1:] != owner[:-1]) | (lies[1:] != lies[:-1])
    owner, day, lies, moved = owner[news], day[news], lies[news], moved[news]

    end = objects.end[owner].copy()
    same = owner[1:] == owner[:-1]
    end[:-1][same] = day[1:][same]
    born = np.where(objects.created[owner] == objects.start[owner], Entry.BORN, Entry.FOUND)
    entry = np.where(moved == 1, Entry.MOVED, born).astype(np.int8)
    return Stays(object=owner, storage_class=lies, start=day, end=end, entry=entry)
