"""
Habits of use as a file: what placement learned of an account, ready to be adopted elsewhere.

They hold for every price book: counts of days and uses, and how far bets on them are to be doubted. The
file holds numbers and names only and is loaded without running anything.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.prices_derived import with_rules
from cloudflow_lib.domain.rates import rate_card
from cloudflow_lib.domain.timelines import Floats, Int32s
from cloudflow_lib.errors import CloudFlowError
from ml.backtest.policies.cloudflow import CloudFlow
from ml.backtest.replay import Ground, past_of
from ml.backtest.traces import Labels, Trace
from ml.placement.hazards import Counts

HABITS_FILE = "habits.npz"
WATCHED_DAYS = 15
"""The last days, which are lived through knowing the habits: they tell who has woken up."""


class HabitsError(CloudFlowError):
    """Habits cannot be used: the file is missing or is not the one that was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What was learned of an account."""

    counts: Counts
    doubt: Floats
    prefixes: tuple[str, ...]
    """The name of each group."""

    def groups_of(self, prefix: Labels) -> Int32s:
        """Return the group of each prefix by its number; -1 where it was not known then."""
        number = {name: group for group, name in enumerate(self.prefixes)}
        return np.array([number.get(name, -1) for name in prefix.names], np.int32)


def ground_of(trace: Trace, book: PriceBook) -> Ground:
    """Return the whole trace as the past of a policy that begins on the morning after it."""
    known = with_rules(book).of_tiers
    names = tuple(c.name for c in known.classes if c.managed or c.name in known.instant_classes)
    return Ground(
        book=known,
        classes=names,
        card=rate_card(known, names, trace.objects.size_bytes),
        history_days=trace.days,
        past=lambda day: past_of(trace, day),
    )


def learn_habits(trace: Trace, book: PriceBook) -> Habits:
    """Learn from all days of a trace, with a rehearsal on its second half."""
    policy = CloudFlow()
    policy.begin(ground_of(trace, book))
    learner, _ = policy.learned(trace.days)
    counts, doubt, of_prefix = learner.knowledge()
    names: dict[int, str] = {
        int(group): name
        for group, name in zip(of_prefix, trace.objects.prefix.names[: len(of_prefix)], strict=True)
        if group >= 0
    }
    return Habits(counts=counts, doubt=doubt, prefixes=tuple(names[group] for group in range(len(names))))


@dataclass(slots=True)
class Adopted(CloudFlow):
    """The policy with habits that another one learned; it learns no more itself."""

    habits: Habits = field(kw_only=True)

    def begin(self, ground: Ground) -> None:
        """Live through the history to know each object's state."""
        self._ground = ground
        past = ground.past(ground.history_days)
        between = max(past.day - WATCHED_DAYS, 0)
        self._start()
        self._live(past, 0, between)
        self._meet(past, between)
        self._learner.adopt(between, self.habits.counts, self.habits.doubt, self.habits.groups_of(past.objects.prefix))
        self._live(past, between, past.day)
        self._meet(past, past.day)


def write_habits(folder: Path, habits: Habits) -> str:
    """Write habits and return the digest of their file; a reader never sees half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{HABITS_FILE}.{os.getpid()}"
    arrays = {one.name: getattr(habits.counts, one.name) for one in fields(Counts)}
    with fresh.open("wb") as file:
        np.savez_compressed(file, doubt=habits.doubt, prefixes=np.array(habits.prefixes, np.str_), **arrays)
    digest = hashlib.sha256(fresh.read_bytes()).hexdigest()
    fresh.replace(folder / HABITS_FILE)
    return digest


def read_habits(folder: Path, sha256: str) -> Habits:
    """Return habits; HabitsError if the file is not the one with this digest."""
    path = folder / HABITS_FILE
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            raise HabitsError(f"{path} is not the file that its card speaks of: it is not loaded")
        with np.load(path, allow_pickle=False) as found:
            return Habits(
                counts=Counts(**{one.name: found[one.name] for one in fields(Counts)}),
                doubt=found["doubt"],
                prefixes=tuple(str(name) for name in found["prefixes"]),
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise HabitsError(f"habits cannot be read from {path}: {error}") from error
