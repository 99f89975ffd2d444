"""Recommendations in MongoDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from pymongo.errors import BulkWriteError

from cloudflow_lib.adapters.catalogs.memory_recommendations import STILL_COUNT, page_of, place_behind, unknown
from cloudflow_lib.adapters.catalogs.mongo_changes import Change, change_requests
from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups, plain, waiting
from cloudflow_lib.adapters.catalogs.mongo_prefixes import matching_move, prefix_stages, prefix_sums
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting, duplicates
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.recommendations import Recommendation, RecommendationState, prefix_of_key
from cloudflow_lib.ports.recommendation_book import (
    PrefixSum,
    RecommendationChange,
    RecommendationPage,
    RecommendationQuery,
    RecommendationSum,
)

RECOMMENDATION = TypeAdapter(Recommendation)
SHELF = "recommendations"
MANY = 1000
NOT_OURS = frozenset({"_id", "v", "slot", "once_usd", "prefix", "outbox"})
"""Fields that follow from others, or are the shelf's own."""


class MongoRecommendations(MongoWaiting):
    """
    RecommendationBook in the collection `recommendations`.

    `slot` is the file's id while the recommendation is open and its own id afterwards: a unique index
    on it keeps two open ones of a file apart, whoever writes them.
    """

    def recommendation(self, recommendation_id: str) -> Recommendation:
        with answering():
            document = self._shelf(SHELF).find_one({"_id": recommendation_id})
        if document is None:
            raise unknown(recommendation_id)
        return _recommendation(document)

    def recommendations_by_id(self, recommendation_ids: Sequence[str]) -> Sequence[Recommendation]:
        wanted = list(dict.fromkeys(recommendation_ids))
        found: dict[str, Recommendation] = {}
        for few in in_groups(wanted, FEW_IDS):
            found |= {one.recommendation_id: one for one in self._found({"_id": {"$in": few}})}
        return [found[name] for name in wanted if name in found]

    def recommendations_of(self, file_ids: Sequence[str]) -> Mapping[str, Sequence[Recommendation]]:
        wanted = sorted(set(file_ids))
        spans: list[Document] = [{"$in": few} for few in in_groups(wanted, FEW_IDS)]
        if len(wanted) > FEW_IDS:  # a page of the catalogue: its ids lie close together
            spans = [{"$gte": wanted[0], "$lte": wanted[-1]}]
        among = frozenset(wanted)
        found: dict[str, list[Recommendation]] = {}
        for span in spans:
            for one in self._found({"file_id": span, "state": {"$in": [state.value for state in STILL_COUNT]}}):
                if one.file_id in among:
                    found.setdefault(one.file_id, []).append(one)
        return found

    def _found(self, matching: Document) -> list[Recommendation]:
        with answering():
            return [_recommendation(document) for document in self._shelf(SHELF).find(matching)]

    def make_recommendations(self, made: Sequence[tuple[Recommendation, Event]]) -> int:
        kept = 0
        for some in in_groups(made, MANY):
            self._announce(SHELF, [(one.recommendation_id, event.id) for one, event in some])
            documents = [
                {"_id": one.recommendation_id, **_document(one), "outbox": [waiting(event)]} for one, event in some
            ]
            with answering():
                try:
                    self._shelf(SHELF).insert_many(documents, ordered=False)
                    kept += len(some)
                except BulkWriteError as error:
                    kept += len(some) - len(duplicates(error))
        return kept

    def change_recommendations(self, changes: Sequence[RecommendationChange]) -> int:
        requests = change_requests([_as_change(change) for change in changes])
        if not requests:
            return 0
        told = [(change.before.recommendation_id, change.event.id) for change in changes if change.event]
        self._announce(SHELF, told)
        with answering():
            return self._shelf(SHELF).bulk_write(requests).modified_count

    def find_recommendations(
        self, query: RecommendationQuery, *, cursor: str | None = None, limit: int = 100
    ) -> RecommendationPage:
        matching: Document = {"state": query.state.value}
        if query.owner is not None:
            matching["owner"] = query.owner
        if query.location_id is not None:
            matching["source.location_id"] = query.location_id
        if query.move is not None:
            matching |= matching_move(query.move)
        if cursor is not None:
            saving, name = place_behind(cursor)
            matching["$or"] = [
                {"saves_per_month": {"$lt": saving}},
                {"saves_per_month": saving, "_id": {"$gt": name}},
            ]
        with answering():
            found = self._shelf(SHELF).find(matching)
            documents = list(found.sort([("saves_per_month", -1), ("_id", 1)]).limit(limit + 1))
        return page_of([_recommendation(document) for document in documents], limit)

    def iter_recommendations(self, state: RecommendationState) -> Iterator[Sequence[Recommendation]]:
        last = ""
        while True:
            with answering():
                found = self._shelf(SHELF).find({"state": state.value, "_id": {"$gt": last}})
                page = [_recommendation(document) for document in found.sort("_id", 1).limit(MANY)]
            if page:
                yield page
            if len(page) < MANY:
                return
            last = page[-1].recommendation_id

    def sum_recommendations(self, owner: str | None = None) -> Sequence[RecommendationSum]:
        measured = {"$ne": [{"$ifNull": ["$realised", None]}, None]}
        stages: list[Mapping[str, Any]] = [
            {"$match": {} if owner is None else {"owner": owner}},
            {
                "$group": {
                    "_id": {"owner": "$owner", "state": "$state"},
                    "count": {"$sum": 1},
                    "size_bytes": {"$sum": "$size_bytes"},
                    "saves_per_month": {"$sum": "$saves_per_month"},
                    "once": {"$sum": "$once_usd"},
                    "realised_per_month": {"$sum": {"$ifNull": ["$realised.usd_per_month", 0]}},
                    "promised_of_realised": {"$sum": {"$cond": [measured, "$saves_per_month", 0]}},
                }
            },
        ]
        with answering():
            groups = list(self._shelf(SHELF).aggregate(stages))
        sums = [
            RecommendationSum(
                owner=group["_id"]["owner"],
                state=RecommendationState(group["_id"]["state"]),
                **{name: value for name, value in group.items() if name != "_id"},
            )
            for group in groups
        ]
        return sorted(sums, key=lambda one: (one.owner, one.state))

    def sum_by_prefix(
        self, owner: str | None = None, *, location_id: str | None = None, limit: int = 500
    ) -> Sequence[PrefixSum]:
        with answering():
            return prefix_sums(self._shelf(SHELF).aggregate(prefix_stages(owner, location_id, limit)))


def _as_change(change: RecommendationChange) -> Change:
    after = replace(change.after, revision=change.before.revision + 1)
    return Change(
        document_id=change.before.recommendation_id,
        expected={"revision": change.before.revision},
        changed=_document(after),
        event=change.event,
    )


def _document(one: Recommendation) -> Document:
    """Return *one* as it is stored, without its id."""
    document = plain(one)
    del document["recommendation_id"]
    is_open = one.state is RecommendationState.OPEN
    slot = one.file_id if is_open else one.recommendation_id
    return {"v": SCHEMA, "slot": slot, "once_usd": one.once_usd, "prefix": prefix_of_key(one.key), **document}


def _recommendation(document: Document) -> Recommendation:
    """Return the recommendation that *document* stores."""
    value = {name: found for name, found in document.items() if name not in NOT_OURS}
    return RECOMMENDATION.validate_python({**value, "recommendation_id": document["_id"]})
