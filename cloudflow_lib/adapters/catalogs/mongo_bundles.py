"""
Bundles in MongoDB: one document of `bundles` for what was planned, some of `sheets` for how the files ended.

A bundle has thousands of files, and how they ended is written down some hundred at a time, with the events that
tell of it. Servers read and write a whole document for each change of it: in one document for all, each visit
would cost more than the one before. So what never changes lies apart, and a sheet speaks of a few hundred files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from pydantic import TypeAdapter

from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups, plain, waiting
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting
from cloudflow_lib.domain.campaigns import Bundle, BundleFile, Campaign, Outcome, Progress
from cloudflow_lib.domain.events import Event
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.ports.campaign_book import sum_up

BUNDLE = TypeAdapter(Bundle)
PROGRESS = TypeAdapter(Progress)
OUTCOMES = TypeAdapter(dict[str, Outcome])

SUMS = {field.name: 1 for field in fields(Progress)}
SAID = {"outcomes": 1, "waiting": 1, **SUMS}

SHEET_FILES = 250
KEPT_BUNDLES = 4
"""Of so many bundles each process remembers which sheet speaks of which file."""


class MongoBundles(MongoWaiting):
    """The part of CampaignBook that keeps bundles."""

    def __init__(self, url: str, database: str, timeout_ms: int = 20_000) -> None:
        super().__init__(url, database, timeout_ms)
        self._sheets: dict[str, Mapping[str, str]] = {}

    def save_bundle(self, bundle: Bundle) -> None:
        sheets = list(_sheet_documents(bundle))
        document = plain(bundle)
        del document["bundle_id"], document["outcomes"]
        with answering():
            self._shelf("sheets").insert_many(sheets)
            self._shelf("bundles").insert_one({"_id": bundle.bundle_id, "v": SCHEMA, **document})
        self._remember(bundle)

    def _forget_other_plans(self, campaign: Campaign) -> None:
        others = {"campaign_id": campaign.campaign_id, "plan_id": {"$ne": campaign.plan_id}}
        with answering():
            for bundle_id in {sheet["bundle_id"] for sheet in self._shelf("sheets").find(others, {"bundle_id": 1})}:
                self._shelf("bundles").delete_one({"_id": bundle_id})
            self._shelf("sheets").delete_many(others)

    def _planned(self, campaign_id: str) -> Document:
        """Return what finds the sheets of the plan that counts; None finds those from before plans had ids."""
        with answering():
            campaign = self._shelf("campaigns").find_one({"_id": campaign_id}, {"plan_id": 1}) or {}
        return {"campaign_id": campaign_id, "plan_id": campaign.get("plan_id")}

    def bundle(self, bundle_id: str) -> Bundle:
        with answering():
            document = self._shelf("bundles").find_one({"_id": bundle_id}, {"begun": 0})
            sheets = list(self._shelf("sheets").find({"bundle_id": bundle_id}, {"outcomes": 1}))
        if document is None:
            raise NotFoundError(f"there is no bundle {bundle_id!r}")
        outcomes = {name: outcome for sheet in sheets for name, outcome in sheet["outcomes"].items()}
        bundle = BUNDLE.validate_python({**document, "bundle_id": document["_id"], "outcomes": outcomes})
        self._remember(bundle)
        return bundle

    def begin_bundle(self, bundle_id: str) -> bool:
        with answering():
            begun = self._shelf("bundles").update_one({"_id": bundle_id, "begun": None}, {"$set": {"begun": True}})
        return begun.matched_count == 1

    def _remember(self, bundle: Bundle) -> Mapping[str, str]:
        sheets = {file.file_id: sheet_id for sheet_id, some in _sheets_of(bundle) for file in some}
        others = [one for one in self._sheets.items() if one[0] != bundle.bundle_id]
        self._sheets = dict([*others, (bundle.bundle_id, sheets)][-KEPT_BUNDLES:])  # at once: threads share it
        return sheets

    def waiting_bundles(self, campaign_id: str) -> Sequence[str]:
        waiting = {**self._planned(campaign_id), "waiting": {"$gt": 0}}
        with answering():
            found = {sheet["bundle_id"] for sheet in self._shelf("sheets").find(waiting, {"bundle_id": 1})}
        return sorted(found)

    def note_outcomes(
        self, bundle_id: str, outcomes: Mapping[str, Outcome], events: Mapping[str, Event] | None = None
    ) -> None:
        if not outcomes:
            return
        sheets = self._sheets.get(bundle_id) or self._remember(self.bundle(bundle_id))
        told = events or {}
        self._announce("sheets", [(sheets[file_id], event.id) for file_id, event in told.items()])
        for sheet_id in sorted({sheets[file_id] for file_id in outcomes}):
            some = {file_id: outcome for file_id, outcome in outcomes.items() if sheets[file_id] == sheet_id}
            while not self._note(sheet_id, some, told):
                pass  # another worker wrote meanwhile: look again what is left to say

    def _note(self, sheet_id: str, outcomes: Mapping[str, Outcome], events: Mapping[str, Event]) -> bool:
        """Write what is new in one update; return whether the sheet still was as it was read."""
        with answering():
            document = self._shelf("sheets").find_one({"_id": sheet_id}, SAID)
        if document is None:
            raise NotFoundError(f"there is no sheet {sheet_id!r}")
        known = OUTCOMES.validate_python(document["outcomes"])
        new = {file_id: outcome for file_id, outcome in outcomes.items() if outcome.outweighs(known.get(file_id))}
        if not new:
            return True
        # Each write has fewer files wait or more be moved, so these two tell whether there was another. As long as
        # there was none, all outcomes may be written at once: servers compare the names of fields one by one.
        as_read = {"_id": sheet_id, "waiting": document["waiting"], "moved.files": document["moved"]["files"]}
        waits = document["waiting"] - len(new.keys() - known.keys())
        outcomes_now = {**document["outcomes"], **plain(new)}
        written = {"outcomes": outcomes_now, "waiting": waits, **plain(sum_up([{**known, **new}]))}
        told = [waiting(event) for file_id, event in events.items() if file_id in new]
        update = {"$set": written, "$push": {"outbox": {"$each": told}}}
        with answering():
            return self._shelf("sheets").update_one(as_read, update).matched_count == 1

    def bundle_progress(self, bundle_id: str) -> Progress:
        return self._progress_in({"bundle_id": bundle_id})

    def campaign_progress(self, campaign_id: str) -> Progress:
        return self._progress_in(self._planned(campaign_id))

    def _progress_in(self, wanted: Document) -> Progress:
        with answering():
            sheets = list(self._shelf("sheets").find(wanted, SUMS))
        return sum(map(_progress, sorted(sheets, key=lambda one: str(one["_id"]))), Progress())


def _progress(sheet: Document) -> Progress:
    return PROGRESS.validate_python({name: sheet[name] for name in SUMS})


def _sheets_of(bundle: Bundle) -> Iterator[tuple[str, Sequence[BundleFile]]]:
    """Yield the id of each sheet, with the files that it speaks of."""
    for number, some in enumerate(in_groups(bundle.files, SHEET_FILES)):
        yield f"{bundle.bundle_id}/{number:03d}", some


def _sheet_documents(bundle: Bundle) -> Iterator[Document]:
    for number, (sheet_id, some) in enumerate(_sheets_of(bundle)):
        known = {file.file_id: bundle.outcomes[file.file_id] for file in some if file.file_id in bundle.outcomes}
        yield {
            "_id": sheet_id,
            "v": SCHEMA,
            "campaign_id": bundle.campaign_id,
            "plan_id": bundle.plan_id,
            "bundle_id": bundle.bundle_id,
            "number": number,
            "outbox": [],
            "outcomes": plain(known),
            "waiting": len(some) - len(known),
            **plain(sum_up([known])),
        }
