"""Answers to writes, in MongoDB."""

from __future__ import annotations

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from cloudflow_lib.adapters.catalogs.memory_answers import IN_PROGRESS
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.errors import LostRaceError, WrongInputError
from cloudflow_lib.ports.answer_book import OTHER_REQUEST, KeptAnswer


class MongoAnswers(MongoShelves):
    """AnswerBook in the collection `idempotency`, whose documents the server removes when their time is over."""

    def claim_answer(self, key: str, digest: str, *, until: datetime) -> KeptAnswer | None:
        claim: Document = {"_id": key, "v": SCHEMA, "digest": digest, "until": until, "answer": None}
        shelf = self._shelf("idempotency")
        with answering():
            try:
                shelf.insert_one(claim)
            except DuplicateKeyError:
                # The server removes what is over once a minute or so; what it has not removed yet is taken over.
                over = {"_id": key, "until": {"$lte": self._now()}}
                if shelf.replace_one(over, claim).modified_count == 1:
                    return None
                known = shelf.find_one({"_id": key})
            else:
                return None
        if known is None:
            raise LostRaceError(IN_PROGRESS)  # released or removed between two of our questions: the next one decides
        if known["digest"] != digest:
            raise WrongInputError(OTHER_REQUEST)
        if known["answer"] is None:
            raise LostRaceError(IN_PROGRESS)
        return KeptAnswer(**known["answer"])

    def renew_claim(self, key: str, *, until: datetime) -> None:
        with answering():
            self._shelf("idempotency").update_one({"_id": key, "answer": None}, {"$set": {"until": until}})

    def keep_answer(self, key: str, answer: KeptAnswer, *, until: datetime) -> None:
        kept = {
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": answer.body,
            "content": answer.content,
        }
        with answering():
            self._shelf("idempotency").update_one({"_id": key}, {"$set": {"answer": kept, "until": until}})

    def release_answer(self, key: str) -> None:
        with answering():
            self._shelf("idempotency").delete_one({"_id": key, "answer": None})
