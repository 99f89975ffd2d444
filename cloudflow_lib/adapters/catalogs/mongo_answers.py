"""Answers to writes, in MongoDB."""

from __future__ import annotations

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from cloudflow_lib.adapters.catalogs.memory_answers import IN_PROGRESS
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.errors import LostRaceError, WrongInputError
from cloudflow_lib.ports.answer_book import OTHER_REQUEST, AnswerClaim, KeptAnswer


class MongoAnswers(MongoShelves):
    """AnswerBook in the collection `idempotency`, whose documents the server removes when their time is over."""

    def claim_answer(self, claim: AnswerClaim, *, until: datetime) -> KeptAnswer | None:
        claimed: Document = {**_at_work(claim), "v": SCHEMA, "digest": claim.digest, "until": until}
        shelf = self._shelf("idempotency")
        with answering():
            try:
                shelf.insert_one(claimed)
            except DuplicateKeyError:
                # The server removes what is over once a minute or so; what it has not removed yet is taken over.
                over = {"_id": claim.key, "until": {"$lte": self._now()}}
                if shelf.replace_one(over, claimed).modified_count == 1:
                    return None
                known = shelf.find_one({"_id": claim.key})
            else:
                return None
        if known is None:
            raise LostRaceError(IN_PROGRESS)  # released or removed between two of our questions: the next one decides
        if known["digest"] != claim.digest:
            raise WrongInputError(OTHER_REQUEST)
        if known["answer"] is None:
            raise LostRaceError(IN_PROGRESS)
        return KeptAnswer(**known["answer"])

    def renew_claim(self, claim: AnswerClaim, *, until: datetime) -> None:
        with answering():
            self._shelf("idempotency").update_one(_at_work(claim), {"$set": {"until": until}})

    def keep_answer(self, claim: AnswerClaim, answer: KeptAnswer, *, until: datetime) -> None:
        kept = {
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": answer.body,
            "content": answer.content,
            "is_sealed": answer.is_sealed,
        }
        with answering():
            self._shelf("idempotency").update_one(_at_work(claim), {"$set": {"answer": kept, "until": until}})

    def release_answer(self, claim: AnswerClaim) -> None:
        with answering():
            self._shelf("idempotency").delete_one(_at_work(claim))


def _at_work(claim: AnswerClaim) -> Document:
    return {"_id": claim.key, "holder": claim.holder, "answer": None}
