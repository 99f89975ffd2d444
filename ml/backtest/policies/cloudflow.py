"""The policy `cloudflow`: habits of use learned per prefix, and for each object the class that is worth most."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cloudflow_lib.domain.timelines import Int8s
from ml.backtest.replay import Ground, Morning, Past, Replay
from ml.backtest.traces import Log, Trace
from ml.placement.guard import Guard
from ml.placement.learner import Learner, Places
from ml.placement.ledger import Ledger
from ml.placement.states import State
from ml.placement.usage import Uses

REHEARSED_FROM = 60
"""With fewer days of history there is nothing to rehearse on."""


@dataclass(slots=True)
class CloudFlow:
    """
    Lives through the log as it comes; all it knows is in its learner.

    It rehearses on the second half of the history first: had it been at work already, what would its bets
    have brought? Where little, it believes its habits less from the first billed day on.
    """

    rehearses: bool = True
    _ground: Ground = field(init=False)
    _learner: Learner = field(init=False)
    _ledger: Ledger = field(init=False)
    _guard: Guard = field(init=False, default_factory=Guard)

    def begin(self, ground: Ground) -> None:
        """Live through the history and learn from it."""
        self._ground = ground
        past = ground.past(ground.history_days)
        if self.rehearses and ground.history_days >= REHEARSED_FROM:
            self._rehearse(past)
            self._happen(past, past.day - 1, _rows(past, past.day - 1))
        else:
            self._start()
            self._live(past, 0, past.day)
        self._meet(past, past.day)
        self._learner.learn(past.day, past.objects.deleted, past.objects.expires, self._ledger)

    def _start(self) -> None:
        self._ledger = Ledger(self._ground.history_days)
        self._learner = Learner(self._ground.book, self._ground.classes)

    def _live(self, past: Past, first: int, last: int) -> None:
        for day in range(first, last):
            self._meet(past, day)
            self._happen(past, day, _rows(past, day))

    def _rehearse(self, past: Past) -> None:
        """Be at work on the second half of the past, and keep what was learned and what bets brought."""
        ground = self._ground
        trace = Trace(
            name="rehearsal",
            days=past.day,
            history_days=past.day // 2,
            source="",
            licence="",
            objects=past.objects,
            log=past.log,
        )
        Replay(trace, ground.book, ground.classes, ground.card).run(earlier := CloudFlow(rehearses=False))
        self._learner, self._ledger = earlier.learned(ground.history_days)

    def learned(self, day: int) -> tuple[Learner, Ledger]:
        """Return what it knows, for bets that begin anew on a day."""
        return self._learner, self._ledger.since_day(day)

    def place(self, morning: Morning) -> Int8s:
        """Return where each newborn is worth most."""
        state = self._state(morning, morning.newborn)
        return self._learner.judge.place(state, self._ground.card, morning.newborn)

    def decide(self, morning: Morning) -> Int8s:
        """Take in yesterday, perhaps learn anew, and judge every object."""
        past = self._ground.past(morning.day)
        if morning.day > self._ground.history_days:
            self._happen(past, morning.day - 1, morning.yesterday)
            came = np.flatnonzero(morning.entered == morning.day - 1).astype(np.int32)
            # A scan is no reason to come back, and no bet was lost on it.
            log = morning.yesterday.picked(slice(0)) if self._learner.scanned else morning.yesterday
            uses, card = _uses(past, log), self._ground.card
            self._guard.pay(uses, morning.lies, came, card)
            self._ledger.pay(uses, morning.lies, card)
            self._meet(past, morning.day)
            if self._learner.is_due(morning.day):
                self._learner.learn(morning.day, past.objects.deleted, past.objects.expires, self._ledger)
        wanted = np.full(len(morning.lies), -1, np.int8)
        rows = np.flatnonzero(morning.alive).astype(np.int32)
        if len(rows):
            state = self._state(morning, rows)
            verdict = self._learner.judge.verdict(state, self._ground.card, rows)
            held = self._guard.held(morning.day, rows, state, verdict, self._ground.card)
            wanted[rows] = state.lies if self._learner.scanned else held  # a scan may go on: nobody moves meanwhile
            self._ledger.store(morning.day, rows, state, wanted[rows], self._ground.card)
        return wanted

    def _meet(self, past: Past, day: int) -> None:
        known, before = int(np.searchsorted(past.objects.created, day, side="right")), len(self._learner.usage)
        self._learner.meet(past.objects.created[before:known], past.objects.prefix.codes[before:known])

    def _happen(self, past: Past, day: int, log: Log) -> None:
        objects = past.objects
        older = int(np.searchsorted(objects.created, day, side="left"))
        self._learner.happen(day, _uses(past, log), objects.deleted[:older] > day)

    def _state(self, morning: Morning, rows: Any) -> State:  # noqa: ANN401 # NumPy's own index type
        places = Places(
            lies=morning.lies[rows],
            entered=morning.entered[rows],
            touched=morning.touched[rows],
            expires=self._ground.past(morning.day).objects.expires[rows],
        )
        return self._learner.state(morning.day, rows, places)


def _rows(past: Past, day: int) -> Log:
    low, high = np.searchsorted(past.log.day, [day, day + 1])
    return past.log.picked(slice(low, high))


def _uses(past: Past, log: Log) -> Uses:
    return Uses(
        object=log.object,
        reads=log.reads.astype(float),
        bytes_part=log.bytes_read / np.maximum(past.objects.size_bytes[log.object], 1),
        writes=log.writes.astype(float),
    )
