"""
What bets on silence have brought, and what they have cost: groups whose habits deceive are believed less.

A bet is an object in a class that charges for reads. It gains what storage costs less than the managed
class would have, and loses what reads and the way back cost. When losses come near the gains, whatever
the reason, uses are feared more from then on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.rates import RateCard
from cloudflow_lib.domain.timelines import Floats, Int8s, Int32s
from ml.placement.states import State
from ml.placement.usage import Uses

FADES_IN_DAYS = 120
FAIR = 0.6
"""Losses of this part of the gains are nothing to worry about."""
MOST = 4.0
CYCLES = 2.0
"""So many whole silences, with what they gain, a group must have lived through to be judged as much by itself."""
BETS = 2.0
"""So many objects, were they all as large, an account must have bet on to be judged as much by itself."""
SILENCE_DAYS = 90
"""How long a silence lasts where no managed class says so."""


@dataclass(slots=True)
class Ledger:
    """Gains and losses of each object, by its number, fading."""

    since: int
    """The day that bets began: the managed class would have counted idle days from here at most."""
    _gain: Floats = field(default_factory=lambda: np.empty(0))
    _loss: Floats = field(default_factory=lambda: np.empty(0))
    _cycle: Floats = field(default_factory=lambda: np.empty(0))
    """What one silence would gain, of those that are there: gains come day by day, losses all at once."""

    def pay(self, uses: Uses, lies: Int8s, card: RateCard) -> None:
        """Take in what a day's uses cost more where objects lay than in the warmest class; a row per use."""
        self._grow(len(lies))
        where, size = lies[uses.object], card.size_bytes[uses.object]
        extra = uses.reads * (card.read[where] - card.read[0]) + uses.bytes_part * size * card.retrieval[where]
        self._loss[uses.object] += np.where(card.retrieval[where] > 0, extra, 0.0)

    def store(self, day: int, rows: Any, state: State, wanted: Int8s, card: RateCard) -> None:  # noqa: ANN401 # NumPy's own index type
        """Take in where objects will lie today, and what leaving costs."""
        self._grow(int(rows.max(initial=-1)) + 1)
        self._gain *= 0.5 ** (1 / FADES_IN_DAYS)
        self._loss *= 0.5 ** (1 / FADES_IN_DAYS)
        cold = card.retrieval[wanted] > 0
        saved = self._managed(day, rows, state, card) - card.day[rows, wanted]
        self._gain[rows] += np.where(cold, np.maximum(saved, 0.0), 0.0)
        self._cycle[:] = 0.0
        self._cycle[rows] = self._silence(rows, card)
        held = state.age_days if card.from_creation else state.held_days
        missing = np.maximum(card.minimum_days[state.lies] - held, 0)
        ends = np.where(card.ends_minimum[state.lies, wanted], missing * card.rest_day[rows, state.lies], 0.0)
        leaves = (card.retrieval[state.lies] > 0) & ~cold
        self._loss[rows] += np.where(leaves, card.move[rows, state.lies, wanted] + ends, 0.0)

    def since_day(self, day: int) -> Ledger:
        """Return the same accounts for bets that begin on a day."""
        return Ledger(day, self._gain, self._loss, self._cycle)

    def doubt(self, group: Int32s, groups: int) -> Floats:
        """Return by how much more uses are to be feared in each group; *group* is of each object, -1 for none."""
        self._grow(len(group))
        account = self._account()
        gain, loss, cycle = (
            np.bincount(group[group >= 0], one[: len(group)][group >= 0], groups)
            for one in (self._gain, self._loss, self._cycle)
        )
        own = CYCLES * cycle + 1e-12
        ratio = np.append((loss + own * account) / (gain + own), account)
        doubt: Floats = np.clip(ratio / FAIR, 1.0, MOST)
        return doubt

    def _account(self) -> float:
        """Return losses as part of the gains of all, drawn to what is fair where few objects made them."""
        gain, loss = float(self._gain.sum()), float(self._loss.sum())
        bets = gain**2 / max(float((self._gain**2).sum()), 1e-24)
        return (bets * loss / max(gain, 1e-12) + BETS * FAIR) / (bets + BETS)

    def _managed(self, day: int, rows: Any, state: State, card: RateCard) -> Floats:  # noqa: ANN401 # as above
        number = _managed_number(card)
        if number is None:
            hot: Floats = card.day[rows, 0]
            return hot
        idle = np.minimum(state.idle_days, day - self.since)
        step = np.searchsorted(card.step_days[number], idle, side="right") - 1
        cost: Floats = card.steps[number][rows, step]
        return cost

    def _silence(self, rows: Any, card: RateCard) -> Floats:  # noqa: ANN401 # as above
        """Return what each object gains by lying in the coldest class until the managed one has cooled down too."""
        number, coldest = _managed_number(card), int(np.flatnonzero(card.retrieval > 0)[-1])
        cold = card.day[rows, coldest]
        if number is None:
            whole: Floats = SILENCE_DAYS * np.maximum(card.day[rows, 0] - cold, 0.0)
            return whole
        lasts = np.diff(card.step_days[number])
        saved: Floats = (np.maximum(card.steps[number][rows, :-1] - cold[:, None], 0.0) * lasts).sum(axis=1)
        return saved

    def _grow(self, objects: int) -> None:
        if objects > len(self._gain):
            more = np.zeros(objects - len(self._gain))
            self._gain, self._loss, self._cycle = (
                np.concatenate([one, more]) for one in (self._gain, self._loss, self._cycle)
            )


def _managed_number(card: RateCard) -> int | None:
    """Return the provider's own managed class, else a foreign one to compare with, else none."""
    native = [k for k in card.steps if card.classes[k].native]
    return native[-1] if native else min(card.steps, default=None)
