"""Where the files of the catalogue are worth most, by the habits that the champion was judged with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.prices import PriceBook, book_hash
from cloudflow_lib.domain.rates import rate_card
from cloudflow_lib.domain.timelines import Floats, Int32s
from cloudflow_lib.ports.forecasts import Placement
from ml.backtest.traces import NEVER, Trace
from ml.learning.habits import Adopted, Habits, ground_of
from ml.placement.expected import expected_reads
from ml.placement.judge import Judge
from ml.placement.learner import Learner, Places
from ml.placement.states import bucket


@dataclass(slots=True)
class CataloguePlacer:
    """One look at the whole catalogue; judges are made once for each price book and choice of classes."""

    habits: Habits
    trace: Trace
    """The catalogue up to this morning."""
    today: date
    place_of: Mapping[str, int]
    """File id -> row of the trace."""
    _learner: Learner | None = field(init=False, default=None)
    _reads: Floats = field(init=False)
    _judges: dict[tuple[str, tuple[str, ...]], Judge] = field(init=False, default_factory=dict)

    def _lived(self, book: PriceBook) -> Learner:
        """Return who has lived through the catalogue's past, which is the same under every price book."""
        if self._learner is None:
            policy = Adopted(habits=self.habits)
            policy.begin(ground_of(self.trace, book))
            self._learner, _ = policy.learned(self.trace.days)
            self._reads = expected_reads(self._learner.judge.hazards)
        return self._learner

    def place(self, book: PriceBook, classes: Sequence[str], files: Sequence[CatalogFile]) -> Mapping[str, Placement]:
        """Return the best of *classes* for each file that lies in a class of the book."""
        names = tuple(one.name for one in book.classes)
        usable = {*book.instant_classes, *(one.name for one in book.classes if one.managed and one.native)}
        known = [file for file in files if file.file_id in self.place_of and file.storage_class in usable]
        if not known:
            return {}
        judge = self._judge_for(book, tuple(one for one in names if one in {*classes, *_lying(known)}))
        rows = np.array([self.place_of[file.file_id] for file in known], np.int32)
        learner = self._lived(book)
        state = learner.state(self.trace.days, rows, self._places(learner, known, rows, judge.classes))
        card = rate_card(book, judge.classes, np.array([file.size_bytes for file in known], np.int64))
        verdict = judge.verdict(state, card, np.arange(len(known)))
        allowed = np.array([name in classes for name in judge.classes])
        saving = np.where(allowed[None, :], verdict.saving, -np.inf)
        moves = (verdict.wanted != state.lies) & (saving.max(axis=1) > 0)
        wanted = np.where(moves, saving.argmax(axis=1), state.lies)
        reads = self._reads[state.group, state.kind, bucket(state.idle_days)]
        return {
            file.file_id: Placement(
                storage_class=judge.classes[int(wanted[number])],
                saves_usd=float(verdict.saving[number, wanted[number]]),
                reads_per_day=float(reads[number]),
            )
            for number, file in enumerate(known)
        }

    def _judge_for(self, book: PriceBook, classes: tuple[str, ...]) -> Judge:
        key = (book_hash(book), classes)
        if key not in self._judges:
            self._judges[key] = Judge.fitted(self.habits.counts, book, classes, self.habits.doubt)
        return self._judges[key]

    def _places(self, learner: Learner, files: Sequence[CatalogFile], rows: Int32s, classes: tuple[str, ...]) -> Places:
        start = self.today - timedelta(days=self.trace.days)
        created = self.trace.objects.created[rows]
        placed = [(file.placed_at.date() - start).days if file.placed_at else None for file in files]
        entered = np.array([day if at is None else at for at, day in zip(placed, created, strict=True)], np.int32)
        used = learner.usage.since[rows] - 1  # idle days are counted from the day after a use
        return Places(
            lies=np.array([classes.index(file.storage_class) for file in files], np.int8),
            entered=entered,
            touched=np.maximum(entered, used).astype(np.int32),
            expires=np.full(len(files), NEVER, np.int32),
        )


def _lying(files: Sequence[CatalogFile]) -> set[str]:
    return {file.storage_class for file in files}
