"""What each day cost, in MongoDB: a document per owner and day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_documents import plain, waiting
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting
from cloudflow_lib.domain.cost_days import CostDay
from cloudflow_lib.domain.events import Event

DAY = TypeAdapter(CostDay)


class MongoCostDays(MongoWaiting):
    """CostDayBook in `costs`, beside what everything costs a month."""

    def put_cost_day(self, day: CostDay, event: Event | None) -> bool:
        name = f"{day.day.isoformat()}/{day.owner}"
        update: Document = {
            "$set": {
                "v": SCHEMA,
                "owner": day.owner,
                "day": day.day.isoformat(),
                "worked_out_at": day.worked_out_at,
                "lines": plain(day.lines),
            }
        }
        if event is not None:
            self._announce("costs", [(name, event.id)])
            update["$push"] = {"outbox": waiting(event)}
        older = {"_id": name, "worked_out_at": {"$lt": day.worked_out_at}}
        with answering():
            try:
                done = self._shelf("costs").update_one(older, update, upsert=True)
            except DuplicateKeyError:  # it is there, and not older
                return False
        return bool(done.modified_count or done.upserted_id)

    def cost_days(self, since: date, until: date, *, owner: str | None = None) -> Sequence[CostDay]:
        wanted: Document = {"day": {"$gte": since.isoformat(), "$lte": until.isoformat()}}
        if owner is not None:
            wanted["owner"] = owner
        with answering():
            found = list(self._shelf("costs").find(wanted, {"_id": 0, "v": 0, "outbox": 0}))
        days = [DAY.validate_python(document) for document in found]
        return sorted(days, key=lambda one: (one.day, one.owner))

    def cost_owners(self, since: date, until: date) -> Sequence[str]:
        wanted = {"day": {"$gte": since.isoformat(), "$lte": until.isoformat()}}
        with answering():
            return sorted(self._shelf("costs").distinct("owner", wanted))
