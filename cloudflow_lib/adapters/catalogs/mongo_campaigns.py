"""Campaigns in MongoDB: `campaigns`, and one document of `bundles` for each bundle with all its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter
from pymongo.errors import BulkWriteError, DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups, plain, waiting
from cloudflow_lib.adapters.catalogs.mongo_migrations import MongoMigrations, source_document
from cloudflow_lib.adapters.catalogs.mongo_moves import MongoMoves
from cloudflow_lib.adapters.catalogs.mongo_shelves import FEW_IDS, SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import duplicates
from cloudflow_lib.domain.campaigns import ENDED, Bundle, Campaign, CampaignState, Outcome, Progress, Tally
from cloudflow_lib.domain.events import Event
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.campaign_book import MOST_PROBLEMS, require_reachable, sum_up
from cloudflow_lib.ports.migration_book import QuarantinedSource

CAMPAIGN = TypeAdapter(Campaign)
BUNDLE = TypeAdapter(Bundle)
TALLY = TypeAdapter(Tally)

OUTCOMES = TypeAdapter(dict[str, Outcome])

WITHOUT_FILES = {"files": 0, "outcomes": 0, "outbox": 0}


class MongoCampaigns(MongoMigrations, MongoMoves):
    """CampaignBook."""

    def save_bundle(self, bundle: Bundle) -> None:
        with answering():
            self._shelf("bundles").replace_one({"_id": bundle.bundle_id}, _bundle_document(bundle), upsert=True)

    def open_campaign(self, campaign: Campaign) -> Campaign:
        document = plain(campaign)
        del document["campaign_id"]
        with answering():
            try:
                self._shelf("campaigns").insert_one({"_id": campaign.campaign_id, "v": SCHEMA, **document})
            except DuplicateKeyError:
                return self.campaign(campaign.campaign_id)
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

    def set_campaign_state(self, campaign_id: str, state: CampaignState) -> Campaign:
        while (campaign := self.campaign(campaign_id)).state is not state:
            require_reachable(campaign, state)
            change = {"state": state.value, "ended_at": self._now() if state in ENDED else None}
            with answering():
                as_read = {"_id": campaign_id, "state": campaign.state.value}
                self._shelf("campaigns").update_one(as_read, {"$set": change})
        return campaign

    def bundle(self, bundle_id: str) -> Bundle:
        with answering():
            document = self._shelf("bundles").find_one({"_id": bundle_id}, {"outbox": 0})
        if document is None:
            raise NotFoundError(f"there is no bundle {bundle_id!r}")
        return BUNDLE.validate_python({**document, "bundle_id": document["_id"]})

    def waiting_bundles(self, campaign_id: str) -> Sequence[str]:
        waiting = {"campaign_id": campaign_id, "waiting": {"$gt": 0}}
        with answering():
            return [document["_id"] for document in self._shelf("bundles").find(waiting, {"_id": 1}).sort("_id", 1)]

    def note_outcomes(
        self, bundle_id: str, outcomes: Mapping[str, Outcome], events: Mapping[str, Event] | None = None
    ) -> None:
        if not outcomes:
            return
        told = events or {}
        self._announce("bundles", [(bundle_id, event.id) for event in told.values()])
        while not self._note(bundle_id, outcomes, told):
            pass  # another worker wrote meanwhile: look again what is left to say

    def _note(self, bundle_id: str, outcomes: Mapping[str, Outcome], events: Mapping[str, Event]) -> bool:
        """Write what is new in one update; return whether the bundle still was as it was read."""
        with answering():
            document = self._shelf("bundles").find_one({"_id": bundle_id}, {"outcomes": 1, "waiting": 1})
        if document is None:
            raise NotFoundError(f"there is no bundle {bundle_id!r}")
        known = OUTCOMES.validate_python(document["outcomes"])
        new = {file_id: outcome for file_id, outcome in outcomes.items() if file_id not in known}
        waits = document["waiting"]
        written = {f"outcomes.{file_id}": plain(outcome) for file_id, outcome in new.items()}
        sums = {"waiting": waits - len(new), **plain(sum_up([{**known, **new}]))}
        told = [waiting(event) for file_id, event in events.items() if file_id in new]
        change = {"$set": {**written, **sums}, "$push": {"outbox": {"$each": told}}}
        with answering():
            # Outcomes are only ever added, so the count of those who wait tells whether any was.
            return self._shelf("bundles").update_one({"_id": bundle_id, "waiting": waits}, change).matched_count == 1

    def campaign_progress(self, campaign_id: str) -> Progress:
        moved = failed = Tally()
        problems: list[str] = []
        with answering():
            documents = list(self._shelf("bundles").find({"campaign_id": campaign_id}, WITHOUT_FILES))
        for document in sorted(documents, key=lambda one: str(one["_id"])):
            moved += TALLY.validate_python(document["moved"])
            failed += TALLY.validate_python(document["failed"])
            problems += document["problems"]
        return Progress(moved=moved, failed=failed, problems=tuple(problems[:MOST_PROBLEMS]))

    def quarantine_many(self, sources: Sequence[QuarantinedSource]) -> None:
        if sources:
            with answering():
                try:
                    self._shelf("quarantine").insert_many(
                        [{"_id": one.migration_id, **source_document(one)} for one in sources], ordered=False
                    )
                except BulkWriteError as error:
                    duplicates(error)  # written before a restart: the same version of the same object

    def forget_quarantines(self, migration_ids: Sequence[str]) -> None:
        for few in in_groups(migration_ids, FEW_IDS):
            with answering():
                self._shelf("quarantine").delete_many({"_id": {"$in": list(few)}})


def _campaign_of(document: Document) -> Campaign:
    return CAMPAIGN.validate_python({**document, "campaign_id": document["_id"]})


def _bundle_document(bundle: Bundle) -> Document:
    document = plain(bundle)
    del document["bundle_id"]
    sums = {"waiting": len(bundle.waiting), **plain(sum_up([bundle.outcomes]))}
    return {"_id": bundle.bundle_id, "v": SCHEMA, **document, **sums}
