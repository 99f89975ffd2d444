"""The tables that decide, made of counts for one price book, and asked with objects in any state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.prices import PriceBook
from cloudflow_lib.domain.rates import RateCard, rate_card
from cloudflow_lib.domain.timelines import Floats, Int8s, Int32s
from ml.placement.hazards import Hazards
from ml.placement.passes import GB, PHASE_FROM
from ml.placement.regime import AWAKE, AWAKE_DAYS
from ml.placement.states import KINDS, State, bucket
from ml.placement.values import Layer, Solver

SIZES = np.array([3 << 16, 1 << 20, 1 << 22, 1 << 24, 1 << 29], np.int64)
"""A table each: the smaller an object, the more its fees count beside its bytes."""
SIZE_EDGES = np.sqrt(SIZES[1:].astype(float) * SIZES[:-1])
SMALL_BYTES = 128 * 1024
"""Smaller objects stay where they are: cold classes charge them as this large, and managed ones not at all."""
LIVES = (7, 14, 30, 60, 90, 135)
"""Layers of days left, up to the last; who has more left is treated as living on."""
LEAST_AWAKE = 20
"""With fewer days left, that counts more than that the group is awake."""
WORTH_PER_GB = 0.0001
"""What a move has to save at least, for the objects' size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do with each object, and why."""

    wanted: Int8s
    """The class to lie in, by the caller's numbers; its own where staying is best."""
    saving: Floats
    """Objects x classes: dollars that being moved there saves against staying; negative: it costs more."""


def usable_classes(book: PriceBook, classes: Sequence[str]) -> list[int]:
    """Return the numbers of the classes that may be chosen: those that answer at once, and the provider's managed."""
    own = {c.name for c in book.classes if c.managed and c.native} | set(book.instant_classes)
    return [number for number, name in enumerate(classes) if name in own]


@dataclass(slots=True)
class Tables:
    """Values of all classes in all states."""

    book: PriceBook
    classes: tuple[str, ...]
    hazards: Hazards
    groups: int
    numbers: list[int]
    _solver: Solver = field(init=False)
    _layers: dict[int, Layer] = field(default_factory=dict)
    _before: Mapping[int, Layer] = field(default_factory=dict)

    @classmethod
    def fitted(cls, expected: Hazards, book: PriceBook, classes: tuple[str, ...], like: Tables | None = None) -> Tables:
        """Return tables for what is *expected*; earlier ones that they are *like* make it quicker."""
        tables = cls(
            book=book,
            classes=classes,
            hazards=expected,
            groups=len(expected.fear) - 1,
            numbers=usable_classes(book, classes),
        )
        card = rate_card(book, [classes[n] for n in tables.numbers], SIZES)
        tables._solver = Solver(tables.hazards, card)
        tables._before = like._layers if like else {}  # noqa: SLF001 # of the same kind
        return tables

    @property
    def _card(self) -> RateCard:
        return self._solver.card

    def _layer(self, number: int) -> Layer:
        """Return a layer, solved when it is first asked for: 0, levels of waking, then lives from the shortest."""
        if number not in self._layers:
            like, first_life = self._before.get(number), 1 + len(AWAKE)
            if number == 0:
                layer = self._solver.solve(like=like)
            elif number < first_life:
                turns = 1 / AWAKE_DAYS
                layer = self._solver.solve(extra_use=AWAKE[number - 1], turns=turns, into=self._layer(0), like=like)
            else:
                shorter = self._layer(number - 1) if number > first_life else None
                turns = 1 / (LIVES[number - first_life] - (0, *LIVES)[number - first_life])
                layer = self._solver.solve(turns=turns, into=shorter, like=like)
            self._layers[number] = layer
        return self._layers[number]

    def expected_use(self, state: State) -> Floats:
        """Return how likely each object is used on the coming day, by habit."""
        chance: Floats = self.hazards.use[state.group, state.kind, bucket(state.idle_days)]
        return chance

    def judge(self, state: State, card: RateCard, rows: Any) -> Verdict:  # noqa: ANN401 # NumPy's own index type
        """Return what to do with objects; *card* has rates by the caller's numbers, *rows* says which are theirs."""
        own = np.full(len(self.classes), -1)
        own[self.numbers] = np.arange(len(self.numbers))
        lies = own[state.lies]
        size = card.size_bytes[rows] / GB
        stay, enter = self._values(state, card.size_bytes[rows], lies)
        missing = np.maximum(card.minimum_days[state.lies] - self._held(state), 0)
        rest = missing * card.rest_day[rows, state.lies]
        cost = np.empty((len(state), len(self.numbers)))
        for j, number in enumerate(self.numbers):
            ends = np.where(card.ends_minimum[state.lies, number], rest, 0.0)
            cost[:, j] = enter[:, j] * size + card.move[rows, state.lies, number] + ends
        saving = stay[:, None] * size[:, None] - cost
        known = np.flatnonzero(lies >= 0)
        saving[known, lies[known]] = 0.0
        best = saving.argmax(axis=1)
        gain = saving[np.arange(len(state)), best]
        moves = (gain > WORTH_PER_GB * size) & (card.size_bytes[rows] >= SMALL_BYTES) & (lies >= 0)
        wanted = np.where(moves, np.array(self.numbers)[best], state.lies).astype(np.int8)
        whole = np.full((len(state), len(self.classes)), -np.inf)
        whole[:, self.numbers] = saving
        return Verdict(wanted=wanted, saving=whole)

    def place(self, state: State, card: RateCard, rows: Any) -> Int8s:  # noqa: ANN401 # as above
        """Return the class to create each newborn in."""
        _, enter = self._values(state, card.size_bytes[rows], np.zeros(len(state), np.int64))
        cost = enter * (card.size_bytes[rows] / GB)[:, None] + card.write[self.numbers][None, :]
        best = np.array(self.numbers)[cost.argmin(axis=1)]
        return np.where(card.size_bytes[rows] >= SMALL_BYTES, best, 0).astype(np.int8)

    def _held(self, state: State) -> Int32s:
        return state.age_days if self._card.from_creation else state.held_days

    def _values(self, state: State, size_bytes: Any, lies: Any) -> tuple[Floats, Floats]:  # noqa: ANN401 # NumPy arrays
        """Return per GB what staying costs and what being in each class costs from now on."""
        count = len(self.numbers)
        stay, enter = np.zeros(len(state)), np.zeros((len(state), count))
        minimum = np.maximum(self._card.minimum_days, 1)
        own = np.searchsorted(PHASE_FROM, self._held(state) / minimum[lies], side="right") - 1
        size = np.searchsorted(SIZE_EDGES, size_bytes, side="right")
        cell = state.group % (self.groups + 1) * KINDS + state.kind
        r = bucket(state.idle_days)
        for layer, rows in self._by_layer(state):
            at = (r[rows], cell[rows], size[rows])
            stay[rows] = layer.stay[(lies[rows], own[rows], *at)]
            late = self._lateness(state, lies, rows)
            begun = stay[rows] + late * layer.fresh[(lies[rows], *at)]
            # Whose counter has begun anew lies as in the warmest class, and may leave as from there.
            stay[rows] = np.where(late > 0, np.minimum(begun, layer.stay[(0, 0, *at)]), begun)
            for j in range(count):
                age = state.age_days[rows] if self._card.from_creation else np.zeros(len(rows))
                phase = np.searchsorted(PHASE_FROM, age / minimum[j], side="right") - 1
                enter[rows, j] = layer.stay[(j, phase, *at)] + layer.fresh[(j, *at)]
        return stay, enter

    def _lateness(self, state: State, lies: Any, rows: Any) -> Floats:  # noqa: ANN401 # as above
        """Return which part of a fresh counter's cost is still to come for who lies in a managed class already."""
        steps = self._card.step_days
        last = np.array([steps[k][-1] if k in steps else 1 for k in range(len(self.numbers))])
        behind = np.clip(state.idle_days[rows] - state.untouched_days[rows], 0, None) > 0
        to_come: Floats = np.where(behind, np.clip(1 - state.untouched_days[rows] / last[lies[rows]], 0, 1), 0.0)
        return to_come

    def _by_layer(self, state: State) -> Iterator[tuple[Layer, Any]]:
        short = (state.left_days < LIVES[-1]) & ((state.busy == 0) | (state.left_days < LEAST_AWAKE))
        life = np.searchsorted(LIVES, state.left_days, side="right")
        which = np.where(short, 1 + len(AWAKE) + life, state.busy)
        for number in np.unique(which):
            yield self._layer(int(number)), np.flatnonzero(which == number)
