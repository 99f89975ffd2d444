"""Answers to writes, in memory."""

from __future__ import annotations

from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.errors import LostRaceError, WrongInputError
from cloudflow_lib.ports.answer_book import OTHER_REQUEST, KeptAnswer

IN_PROGRESS = "the same request is being worked on right now; ask again in a moment"


class MemoryAnswers(Shelves):
    """AnswerBook on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: dict[str, tuple[str, datetime, KeptAnswer | None]] = {}

    def claim_answer(self, key: str, digest: str, *, until: datetime) -> KeptAnswer | None:
        with self._lock:
            now = self._now()
            self._answers = {name: kept for name, kept in self._answers.items() if kept[1] > now}
            if key not in self._answers:
                self._answers[key] = (digest, until, None)
                return None
            known, _, answer = self._answers[key]
        if known != digest:
            raise WrongInputError(OTHER_REQUEST)
        if answer is None:
            raise LostRaceError(IN_PROGRESS)
        return answer

    def renew_claim(self, key: str, *, until: datetime) -> None:
        with self._lock:
            if key in self._answers and self._answers[key][2] is None:
                self._answers[key] = (self._answers[key][0], until, None)

    def keep_answer(self, key: str, answer: KeptAnswer, *, until: datetime) -> None:
        with self._lock:
            if key in self._answers:
                self._answers[key] = (self._answers[key][0], until, answer)

    def release_answer(self, key: str) -> None:
        with self._lock:
            if key in self._answers and self._answers[key][2] is None:
                del self._answers[key]
