"""What everything costs a month, in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter

from cloudflow_lib.adapters.catalogs.mongo_documents import plain
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, MongoShelves, answering
from cloudflow_lib.ports.recommendation_book import ClassCost

COSTS = TypeAdapter(tuple[ClassCost, ...])
LATEST = "monthly"


class MongoCosts(MongoShelves):
    """CostBook in one document of `costs`: some hundred groups, replaced in one write."""

    def save_costs(self, costs: Sequence[ClassCost]) -> None:
        document = {"_id": LATEST, "v": SCHEMA, "groups": plain(list(costs))}
        with answering():
            self._shelf("costs").replace_one({"_id": LATEST}, document, upsert=True)

    def costs(self, owner: str | None = None) -> Sequence[ClassCost]:
        with answering():
            document = self._shelf("costs").find_one({"_id": LATEST})
        found = COSTS.validate_python(document["groups"]) if document else ()
        return [cost for cost in found if owner in (None, cost.owner)]
