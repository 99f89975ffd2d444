"""
What to do with each object, by two tables of the same habits: one that fears uses, and one that does not.

Uses are feared where losses or thin evidence taught to. That keeps objects out of classes that charge for reads, and
drives none out: the way back is paid for at once and for certain, as a read is. Who lies there leaves where that is
right by what is expected alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.rates import RateCard
from cloudflow_lib.domain.timelines import Floats, Int8s
from ml.placement.hazards import Counts, Hazards, hazards
from ml.placement.model import Tables, Verdict
from ml.placement.states import State


@dataclass(frozen=True, slots=True)
class Judge:
    """Two tables of the same habits."""

    fearful: Tables
    calm: Tables
    """By what the counts say, with neither fear nor caution."""

    @classmethod
    def fitted(
        cls, counts: Counts, book: PriceBook, classes: tuple[str, ...], doubt: Floats, like: Judge | None = None
    ) -> Judge:
        """
        Return who judges by these counts; *doubt* says for each group how much more uses are feared.

        An earlier one that it is *like* makes it quicker.
        """
        feared, expected = hazards(counts, doubt), hazards(counts, np.ones_like(doubt), caution=0.0)
        return cls(
            Tables.fitted(feared, book, classes, like.fearful if like else None),
            Tables.fitted(expected, book, classes, like.calm if like else None),
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """What numbers of classes mean."""
        return self.fearful.classes

    @property
    def hazards(self) -> Hazards:
        """How likely a use is taken to be."""
        return self.fearful.hazards

    def expected_use(self, state: State) -> Floats:
        """Return how likely each object is used on the coming day, by habit."""
        return self.fearful.expected_use(state)

    def verdict(self, state: State, card: RateCard, rows: Any) -> Verdict:  # noqa: ANN401 # NumPy's own index type
        """Return what to do with objects; *card* has rates by the caller's numbers, *rows* says which are theirs."""
        first = self.fearful.judge(state, card, rows)
        cold = card.retrieval > 0
        leaves = np.flatnonzero(cold[state.lies] & ~cold[first.wanted])
        if not len(leaves):
            return first
        calm = self.calm.judge(state.picked(leaves), card, rows[leaves])
        wanted, saving = first.wanted.copy(), first.saving.copy()
        wanted[leaves] = np.where(cold[calm.wanted], state.lies[leaves], calm.wanted)
        saving[leaves] = calm.saving
        return Verdict(wanted=wanted, saving=saving)

    def place(self, state: State, card: RateCard, rows: Any) -> Int8s:  # noqa: ANN401 # as above
        """Return the class to create each newborn in."""
        return self.fearful.place(state, card, rows)
