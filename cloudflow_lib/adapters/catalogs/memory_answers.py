"""Answers to writes, in memory."""

from __future__ import annotations

from datetime import datetime

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.errors import LostRaceError, WrongInputError
from cloudflow_lib.ports.answer_book import OTHER_REQUEST, AnswerClaim, KeptAnswer

IN_PROGRESS = "the same request is being worked on right now; ask again in a moment"


class MemoryAnswers(Shelves):
    """AnswerBook on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: dict[str, tuple[AnswerClaim, datetime, KeptAnswer | None]] = {}

    def claim_answer(self, claim: AnswerClaim, *, until: datetime) -> KeptAnswer | None:
        with self._lock:
            now = self._now()
            self._answers = {name: kept for name, kept in self._answers.items() if kept[1] > now}
            if claim.key not in self._answers:
                self._answers[claim.key] = (claim, until, None)
                return None
            known, _, answer = self._answers[claim.key]
        if known.digest != claim.digest:
            raise WrongInputError(OTHER_REQUEST)
        if answer is None:
            raise LostRaceError(IN_PROGRESS)
        return answer

    def renew_claim(self, claim: AnswerClaim, *, until: datetime) -> None:
        with self._lock:
            if self._is_at_work(claim):
                self._answers[claim.key] = (claim, until, None)

    def keep_answer(self, claim: AnswerClaim, answer: KeptAnswer, *, until: datetime) -> None:
        with self._lock:
            if self._is_at_work(claim):
                self._answers[claim.key] = (claim, until, answer)

    def release_answer(self, claim: AnswerClaim) -> None:
        with self._lock:
            if self._is_at_work(claim):
                del self._answers[claim.key]

    def _is_at_work(self, claim: AnswerClaim) -> bool:
        kept = self._answers.get(claim.key)
        return kept is not None and kept[0].holder == claim.holder and kept[2] is None
