"""Campaigns in MongoDB: `campaigns`, and what follows each of their copies."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_bundles import MongoBundles
from cloudflow_lib.adapters.catalogs.mongo_documents import plain
from cloudflow_lib.adapters.catalogs.mongo_migrations import MongoMigrations
from cloudflow_lib.adapters.catalogs.mongo_moves import MongoMoves
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, answering
from cloudflow_lib.domain.campaigns import ENDED, Campaign, CampaignState
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.campaign_book import require_free_for, require_reachable

CAMPAIGN = TypeAdapter(Campaign)


class MongoCampaigns(MongoMigrations, MongoMoves, MongoBundles):
    """CampaignBook."""

    def open_campaign(self, campaign: Campaign) -> Campaign:
        document = plain(campaign)
        del document["campaign_id"]
        with answering():
            try:
                self._shelf("campaigns").insert_one({"_id": campaign.campaign_id, "v": SCHEMA, **document})
            except DuplicateKeyError:
                campaign = self.campaign(campaign.campaign_id)
        self._forget_other_plans(campaign)
        return campaign

    def _campaign_document(self, campaign_id: str) -> Document | None:
        with answering():
            return self._shelf("campaigns").find_one({"_id": campaign_id})

    def campaign(self, campaign_id: str) -> Campaign:
        document = self._campaign_document(campaign_id)
        if document is None:
            raise NotFoundError(f"there is no campaign {campaign_id!r}")
        return _campaign_of(document)

    def recent_campaigns(self, *, requested_by: str | None = None, limit: int = 50) -> Sequence[Campaign]:
        whose = {} if requested_by is None else {"requested_by": requested_by}
        with answering():
            return [
                _campaign_of(document)
                for document in self._shelf("campaigns").find(whose).sort("opened_at", -1).limit(limit)
            ]

    def campaigns_into(self, location_id: str) -> Sequence[Campaign]:
        going_on = {"destination_location": location_id, "state": {"$nin": [state.value for state in ENDED]}}
        with answering():
            return [_campaign_of(document) for document in self._shelf("campaigns").find(going_on)]

    def set_campaign_state(self, campaign_id: str, state: CampaignState) -> Campaign:
        while (campaign := self.campaign(campaign_id)).state is not state:
            require_reachable(campaign, state)
            change = {"state": state.value, "ended_at": self._now() if state in ENDED else None}
            with answering():
                as_read = {"_id": campaign_id, "state": campaign.state.value}
                self._shelf("campaigns").update_one(as_read, {"$set": change})
        return campaign

    def carry_campaign(self, campaign_id: str, run_id: str) -> Campaign:
        while (campaign := self.campaign(campaign_id)).carried_by != run_id:
            require_free_for(run_id, campaign)
            as_read = {"_id": campaign_id, "state": campaign.state.value, "runs": {"$ne": run_id}}
            change = {"$set": {"state": CampaignState.RUNNING.value}, "$push": {"runs": run_id}}
            with answering():
                self._shelf("campaigns").update_one(as_read, change)
        return campaign


def _campaign_of(document: Document) -> Campaign:
    return CAMPAIGN.validate_python({**document, "campaign_id": document["_id"]})
