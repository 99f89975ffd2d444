"""Policies in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from cloudflow_lib.adapters.catalogs.memory_policies import POLICY_CHANGED, UNDECIDED
from cloudflow_lib.adapters.catalogs.mongo_documents import plain, waiting
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.policies import Limits, Policy, PolicyKind
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import LostRaceError, NotFoundError
from cloudflow_lib.ports.policy_book import PlannedMove, PolicyRun, PolicyRunState


class MongoPolicies(MongoWaiting):
    """PolicyBook in `policies` and `policy_runs`."""

    def save_policy(self, policy: Policy) -> None:
        document = plain(policy)
        spans = {"idle": policy.idle.total_seconds(), "pays_back_within": policy.pays_back_within.total_seconds()}
        name, fence = document.pop("policy_id"), policy.fence + 1
        whole = {"_id": name, "v": SCHEMA, **document, **spans, "fence": fence}
        with answering():
            try:
                as_read = {"_id": name, "fence": policy.fence}
                done = self._shelf("policies").replace_one(as_read, whole, upsert=policy.fence == 0)
            except DuplicateKeyError:
                raise LostRaceError(POLICY_CHANGED) from None
        if not done.modified_count and not done.upserted_id:
            raise LostRaceError(POLICY_CHANGED)

    def delete_policy(self, policy_id: str) -> None:
        with answering():
            self._shelf("policies").delete_one({"_id": policy_id})

    def policy(self, policy_id: str) -> Policy:
        with answering():
            document = self._shelf("policies").find_one({"_id": policy_id})
        if document is None:
            raise NotFoundError(f"there is no policy {policy_id!r}")
        return _policy(document)

    def policies(self, owner: str | None = None) -> Sequence[Policy]:
        with answering():
            documents = list(self._shelf("policies").find({} if owner is None else {"owner": owner}))
        return sorted(map(_policy, documents), key=lambda one: (one.name, one.policy_id))

    def open_policy_run(self, run: PolicyRun, events: Sequence[Event]) -> PolicyRun:
        self._announce("policy_runs", [(run.run_id, event.id) for event in events])
        document = plain(run)
        name = document.pop("run_id")
        whole = {"_id": name, "v": SCHEMA, **document, "outbox": [waiting(event) for event in events]}
        with answering():
            try:
                self._shelf("policy_runs").insert_one(whole)
            except DuplicateKeyError:
                return self.policy_run(run.run_id)
        return self.policy_run(run.run_id)

    def policy_run(self, run_id: str) -> PolicyRun:
        with answering():
            document = self._shelf("policy_runs").find_one({"_id": run_id}, {"outbox": 0})
        if document is None:
            raise NotFoundError(f"there is no run {run_id!r} of a policy")
        return _run(document)

    def end_policy_run(self, run: PolicyRun, state: PolicyRunState, at: datetime, events: Sequence[Event]) -> PolicyRun:
        self._announce("policy_runs", [(run.run_id, event.id) for event in events])
        undecided = {"_id": run.run_id, "state": {"$in": sorted(UNDECIDED)}}
        update: Document = {"$set": {"state": state.value, "decided_at": at}}
        if events:
            update["$push"] = {"outbox": {"$each": [waiting(event) for event in events]}}
        with answering():
            self._shelf("policy_runs").update_one(undecided, update)
        return self.policy_run(run.run_id)

    def policy_runs(self, policy_id: str, *, limit: int = 20) -> Sequence[PolicyRun]:
        with answering():
            found = self._shelf("policy_runs").find({"policy_id": policy_id}, {"outbox": 0})
            return [_run(document) for document in found.sort([("made_at", -1), ("_id", -1)]).limit(limit)]


def _policy(document: Document) -> Policy:
    known = {field.name: document[field.name] for field in fields(Policy) if field.name in document}
    return Policy(
        **known
        | {
            "policy_id": document["_id"],
            "kind": PolicyKind(document["kind"]),
            "destination_tier": Tier(document["destination_tier"]),
            "idle": timedelta(seconds=document["idle"]),
            "pays_back_within": timedelta(seconds=document["pays_back_within"]),
            "limits": Limits(**document["limits"]),
        }
    )


def _run(document: Document) -> PolicyRun:
    known = {field.name: document[field.name] for field in fields(PolicyRun) if field.name in document}
    moves = tuple(
        PlannedMove(
            file_ids=tuple(one["file_ids"]),
            recommendation_ids=tuple(one["recommendation_ids"]),
            destination_location=one["destination_location"],
            storage_class=one["storage_class"],
        )
        for one in document["moves"]
    )
    more = {"run_id": document["_id"], "state": PolicyRunState(document["state"]), "moves": moves}
    return PolicyRun(**known | more | {"beyond": tuple(document["beyond"])})
