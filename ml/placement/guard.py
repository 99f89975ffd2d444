"""
A bound on what a wrong expectation may cost: who pays too much for reads comes back, whatever the tables say.

As in ski rental: once the reads paid for in a cold class have cost so many times what leaving costs, the
object leaves, and goes down again only after a while of silence. Old payments fade.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cloudflow_lib.domain.rates import RateCard
from cloudflow_lib.domain.timelines import Floats, Int8s, Int32s
from ml.placement.model import Verdict
from ml.placement.states import State
from ml.placement.usage import Uses

FADES_IN_DAYS = 10
PATIENCE = 2.0
"""How many times the way back may be paid: a scan or a restore may read twice and is gone."""
SILENT_DAYS = 10
REMEMBERED_DAYS = 120
"""For so long after coming back an object has to be silent before it goes down."""
LONG_AGO = -100_000


@dataclass(slots=True)
class Guard:
    """What each object has paid lately for being read where it lies."""

    _paid: Floats = field(default_factory=lambda: np.empty(0))
    _back: Int32s = field(default_factory=lambda: np.empty(0, np.int32))

    def pay(self, uses: Uses, lies: Int8s, came_yesterday: Int32s, card: RateCard) -> None:
        """Take in a day's uses of objects that lay in *lies*; a new stay begins at 0."""
        more = len(lies) - len(self._paid)
        self._paid = np.concatenate([self._paid * 0.5 ** (1 / FADES_IN_DAYS), np.zeros(more)])
        self._back = np.concatenate([self._back, np.full(more, LONG_AGO, np.int32)])
        self._paid[came_yesterday] = 0.0
        where, size = lies[uses.object], card.size_bytes[uses.object]
        extra = uses.reads * (card.read[where] - card.read[0]) + uses.bytes_part * size * card.retrieval[where]
        self._paid[uses.object] += np.where(card.retrieval[where] > 0, extra, 0.0)

    def held(self, day: int, rows: Int32s, state: State, verdict: Verdict, card: RateCard) -> Int8s:
        """Return where objects shall lie: as the verdict says, or back where reads cost nothing."""
        more = max(int(rows.max(initial=-1)) + 1 - len(self._paid), 0)
        self._paid = np.concatenate([self._paid, np.zeros(more)])
        self._back = np.concatenate([self._back, np.full(more, LONG_AGO, np.int32)])
        free = np.flatnonzero(card.retrieval == 0)
        best = free[verdict.saving[:, free].argmax(axis=1)]
        held = state.age_days if card.from_creation else state.held_days
        missing = np.maximum(card.minimum_days[state.lies] - held, 0)
        leaving = card.move[rows, state.lies, best] + missing * card.rest_day[rows, state.lies]
        cold = card.retrieval[state.lies] > 0
        returns = cold & (self._paid[rows] > PATIENCE * leaving) & np.isfinite(verdict.saving.max(axis=1))
        self._back[rows[returns]] = day
        burnt = (day - self._back[rows] < REMEMBERED_DAYS) & (state.idle_days < SILENT_DAYS)
        stays = burnt & ~cold & (card.retrieval[verdict.wanted] > 0)
        wanted: Int8s = np.where(returns, best, np.where(stays, state.lies, verdict.wanted)).astype(np.int8)
        return wanted
