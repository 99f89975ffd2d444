"""Living through the uses of objects day by day, learning habits from them, and saying what is to be decided about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.timelines import Bools, Floats, Int8s, Int32s
from ml.placement.hazards import Counts, counted
from ml.placement.judge import Judge
from ml.placement.ledger import Ledger
from ml.placement.regime import Regime
from ml.placement.states import UNKNOWN, State, bucket
from ml.placement.usage import Usage, Uses

LEARNS_DAYS = 7
"""It learns anew after so many days, as often as the DAG that trains runs."""
GROUPS = 48
FEWEST = 20
"""A prefix with fewer objects has no habits of its own."""
UNSURE_DAYS = 75
"""For so long little is known of how often objects were used that had been there before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where objects lie on a morning, a row each."""

    lies: Int8s
    """Numbers of classes."""
    entered: Int32s
    """The day each came to its class."""
    touched: Int32s
    """The last day of a read, a write or a change of class."""
    expires: Int32s
    """The day each is due to be deleted; a very large one where it is not."""


@dataclass(slots=True)
class Learner:
    """
    Objects are numbers in the order of their creation; days are whole numbers.

    For each day: `meet` who was created, `happen` with the uses; then, on mornings: `learn` when
    `is_due`, and ask the `judge` about the `state` of any objects.
    """

    book: PriceBook
    classes: tuple[str, ...]
    """Warmest first; what numbers of classes mean."""
    first_day: int = 0
    """When the log begins: objects created before have an unknown past."""
    judge: Judge = field(init=False)
    usage: Usage = field(init=False, default_factory=Usage)
    scanned: bool = field(init=False, default=False)
    """Whether the last day was a scan, which says nothing."""
    _prefix: Int32s = field(init=False, default_factory=lambda: np.empty(0, np.int32))
    _of_prefix: Int32s = field(init=False, default_factory=lambda: np.empty(0, np.int32))
    _group: Int32s = field(init=False, default_factory=lambda: np.empty(0, np.int32))
    _regime: Regime = field(init=False, default_factory=lambda: Regime(0))
    _learned: int | None = field(init=False, default=None)
    _counts: Counts = field(init=False)
    _doubt: Floats = field(init=False)
    _adopted: bool = field(init=False, default=False)

    def meet(self, created: Int32s, prefix: Int32s) -> None:
        """Meet further objects; prefixes are numbers."""
        self.usage.appear(created, self.first_day)
        self._prefix = np.concatenate([self._prefix, prefix.astype(np.int32)])
        self._group = np.concatenate([self._group, self._group_of(prefix)])

    def happen(self, day: int, uses: Uses, alive: Bools) -> None:
        """Let a day happen; *alive* in it are those of the objects known that morning that were there already."""
        rows = np.flatnonzero(alive).astype(np.int32)
        used = np.zeros(len(self.usage), bool)
        used[uses.object] = True
        idle = self.usage.idle(day)[rows]
        self.scanned = scan = self._regime.is_scan(day, idle, used[rows])
        if self._learned is not None:
            expected = self.judge.hazards.use[self._group[rows], self.usage.kind[rows], bucket(idle)]
            self._regime.watch(self._group[rows], idle, used[rows] & (not scan), expected)
        if not scan:
            self.usage.happen(day, uses)

    def is_due(self, day: int) -> bool:
        """Return whether it is time to learn again."""
        if self._adopted:
            return False
        return self._learned is None or day - self._learned >= LEARNS_DAYS

    def learn(self, day: int, deleted: Int32s, expires: Int32s, ledger: Ledger | None = None) -> None:
        """
        Learn from all that was before the morning of *day*; *deleted* is later than it for who is still there.

        A *ledger* of what former decisions brought makes it believe less where they brought little.
        """
        self._choose_groups()
        spells = self.usage.spells(day, deleted, deleted < expires)
        stranger = (self.usage.created[spells.object] < self.first_day) & spells.used & (spells.kind != UNKNOWN)
        unsure = min(UNSURE_DAYS, (day - self.first_day) // 4)
        ignored = stranger & (spells.end < self.first_day + unsure)
        groups = int(self._of_prefix.max(initial=-1)) + 1
        self._counts = counted(spells, self._group, groups, day, ignored)
        self._doubt = ledger.doubt(self._group, groups) if ledger else np.ones(groups + 1)
        self._fit(day, None if self._learned is None else self.judge)

    def adopt(self, day: int, counts: Counts, doubt: Floats, group_of_prefix: Int32s) -> None:
        """Take over what another one learned, and learn no more; prefixes that it did not know have no group."""
        self._of_prefix, self._counts, self._doubt, self._adopted = group_of_prefix, counts, doubt, True
        self._group = self._group_of(self._prefix)
        self._fit(day, None)

    def knowledge(self) -> tuple[Counts, Floats, Int32s]:
        """Return what another one can adopt: counts, doubts, and the group of each prefix."""
        return self._counts, self._doubt, self._of_prefix

    def _fit(self, day: int, before: Judge | None) -> None:
        self.judge = Judge.fitted(self._counts, self.book, self.classes, self._doubt, before)
        groups = len(self._counts.days) - 1
        if self._regime.groups != groups:
            self._regime = Regime(groups)
        self._learned = day

    def groups_of(self) -> Int32s:
        """Return the group of each object, -1 for none in particular."""
        return self._group

    def state(self, day: int, rows: Any, places: Places) -> State:  # noqa: ANN401 # NumPy's own index type
        """Return what there is to know of some objects on the morning of a day."""
        group = self._group[rows]
        busy = np.append(self._regime.busy(), np.int8(0))  # nobody's group is the last
        return State(
            group=group,
            kind=self.usage.kind[rows],
            idle_days=self.usage.idle(day)[rows],
            age_days=np.maximum(day - self.usage.created[rows], 0).astype(np.int32),
            left_days=places.expires - day,
            lies=places.lies,
            held_days=day - places.entered,
            untouched_days=day - places.touched,
            busy=busy[group],
        )

    def _choose_groups(self) -> None:
        """Give the prefixes with the most objects habits of their own; who had them keeps the number."""
        sizes = np.bincount(self._prefix)
        kept = len(self._of_prefix)
        self._of_prefix = np.concatenate([self._of_prefix, np.full(len(sizes) - kept, -1, np.int32)])
        taken = int(self._of_prefix.max(initial=-1)) + 1
        largest = np.argsort(-sizes, kind="stable")
        new = largest[(sizes[largest] >= FEWEST) & (self._of_prefix[largest] < 0)][: GROUPS - taken]
        self._of_prefix[new] = np.arange(taken, taken + len(new))
        self._group = self._group_of(self._prefix)

    def _group_of(self, prefix: Int32s) -> Int32s:
        known = np.minimum(prefix, len(self._of_prefix) - 1)
        found = self._of_prefix[known] if len(self._of_prefix) else np.full(len(prefix), -1, np.int32)
        group: Int32s = np.where(prefix < len(self._of_prefix), found, -1).astype(np.int32)
        return group
