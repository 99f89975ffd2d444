"""Alerts in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from pymongo import ReplaceOne, ReturnDocument
from pymongo.errors import BulkWriteError, DuplicateKeyError

from cloudflow_lib.adapters.catalogs.memory_alerts import RULE_CHANGED
from cloudflow_lib.adapters.catalogs.mongo_documents import in_groups, plain, waiting
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, answering
from cloudflow_lib.adapters.catalogs.mongo_waiting import MongoWaiting, duplicates
from cloudflow_lib.domain.alert_rules import Channel, Comparison, Reading, Rule, Signal, Silence
from cloudflow_lib.domain.alerts import OPEN, Alert, AlertState
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.notifications import Level
from cloudflow_lib.errors import LostRaceError, NotFoundError
from cloudflow_lib.ports.alert_book import WebhookCall


class MongoAlerts(MongoWaiting):
    """AlertBook in `alert_rules`, `readings`, `alerts` and `webhook_calls`."""

    def add_default_rules(self, rules: Sequence[Rule]) -> None:
        with answering():
            try:
                self._shelf("alert_rules").insert_many([_rule_document(rule) for rule in rules], ordered=False)
            except BulkWriteError as error:
                duplicates(error)  # they were added before

    def save_rule(self, rule: Rule) -> None:
        document = {**_rule_document(rule), "fence": rule.fence + 1}
        with answering():
            try:
                as_read = {"_id": rule.rule_id, "fence": rule.fence, "deleted": False}
                done = self._shelf("alert_rules").replace_one(as_read, document, upsert=rule.fence == 0)
            except DuplicateKeyError:
                raise LostRaceError(RULE_CHANGED) from None
        if not done.modified_count and not done.upserted_id:
            raise LostRaceError(RULE_CHANGED)

    def delete_rule(self, rule_id: str) -> None:
        with answering():
            self._shelf("alert_rules").update_one({"_id": rule_id}, {"$set": {"deleted": True}})

    def rule(self, rule_id: str) -> Rule:
        with answering():
            document = self._shelf("alert_rules").find_one({"_id": rule_id, "deleted": False})
        if document is None:
            raise NotFoundError(f"there is no rule {rule_id!r}")
        return _rule(document)

    def rules(self, owner: str | None = None) -> Sequence[Rule]:
        whose: Document = {"deleted": False} if owner is None else {"deleted": False, "owner": owner}
        with answering():
            found = [_rule(document) for document in self._shelf("alert_rules").find(whose)]
        return sorted(found, key=lambda rule: (rule.name, rule.rule_id))

    def add_readings(self, readings: Sequence[Reading]) -> None:
        for some in in_groups(readings, 500):
            requests = []
            for one in some:
                name = f"{one.source}/{one.at.isoformat()}"
                requests.append(ReplaceOne({"_id": name}, {"_id": name, "v": SCHEMA, **plain(one)}, upsert=True))
            with answering():
                self._shelf("readings").bulk_write(requests, ordered=False)

    def readings(
        self, signal: Signal, since: datetime, *, user: str | None = None, scope: str | None = None
    ) -> Sequence[Reading]:
        wanted: Document = {"signal": signal.value, "at": {"$gte": since}}
        wanted |= {name: value for name, value in (("user", user), ("scope", scope)) if value is not None}
        with answering():
            found = [
                Reading(signal=signal, user=one["user"], scope=one["scope"], value=one["value"], at=one["at"])
                for one in self._shelf("readings").find(wanted)
            ]
        return sorted(found, key=lambda one: (one.at, one.source))

    def open_alerts(self, rule_id: str) -> Sequence[Alert]:
        is_open = {"rule_id": rule_id, "open": {"$exists": True}}
        with answering():
            return [_alert(document) for document in self._shelf("alerts").find(is_open, {"outbox": 0})]

    def put_alert(self, before: Alert | None, after: Alert, events: Sequence[Event]) -> bool:
        self._announce("alerts", [(after.alert_id, event.id) for event in events])
        new = [waiting(event) for event in events]
        document = plain(after)
        del document["alert_id"], document["fence"]
        # One open alert about a source: a unique index over a field that only open ones have.
        is_open = {"open": f"{after.rule_id}/{after.source}"} if after.state in OPEN else {}
        with answering():
            if before is None:
                whole = {"_id": after.alert_id, "v": SCHEMA, "fence": 1, **document, **is_open, "outbox": new}
                try:
                    self._shelf("alerts").insert_one(whole)
                except DuplicateKeyError:
                    return False
                return True
            update: Document = {"$set": {**document, **is_open}, "$inc": {"fence": 1}}
            if not is_open:
                update["$unset"] = {"open": 1}
            if new:
                update["$push"] = {"outbox": {"$each": new}}
            as_read = {"_id": after.alert_id, "fence": before.fence}
            return self._shelf("alerts").update_one(as_read, update).modified_count == 1

    def alert(self, alert_id: str) -> Alert:
        with answering():
            document = self._shelf("alerts").find_one({"_id": alert_id}, {"outbox": 0})
        if document is None:
            raise NotFoundError(f"there is no alert {alert_id!r}")
        return _alert(document)

    def alerts(self, owner: str | None = None, *, only_open: bool = False, limit: int = 100) -> Sequence[Alert]:
        wanted: Document = {"fired_at": {"$ne": None}}
        if owner is not None:
            wanted["owner"] = owner
        if only_open:
            wanted["open"] = {"$exists": True}
        with answering():
            found = self._shelf("alerts").find(wanted, {"outbox": 0})
            return [_alert(document) for document in found.sort([("changed_at", -1), ("_id", -1)]).limit(limit)]

    def queue_calls(self, calls: Sequence[WebhookCall]) -> None:
        documents = [{**plain(call), "_id": call.call_id, "v": SCHEMA, "waits": True} for call in calls]
        with answering():
            try:
                self._shelf("webhook_calls").insert_many(documents, ordered=False)
            except BulkWriteError as error:
                duplicates(error)  # queued before

    def claim_call(self, now: datetime, until: datetime) -> WebhookCall | None:
        free = {"waits": True, "next_try_at": {"$lte": now}}
        claim = {"$set": {"next_try_at": until}, "$inc": {"attempts": 1, "fence": 1}}
        with answering():
            document = self._shelf("webhook_calls").find_one_and_update(
                free, claim, sort=[("next_try_at", 1), ("_id", 1)], return_document=ReturnDocument.AFTER
            )
        if document is None:
            return None
        return WebhookCall(**{field.name: document[field.name] for field in fields(WebhookCall)})

    def end_call(self, call: WebhookCall) -> None:
        with answering():
            self._shelf("webhook_calls").update_one(_held(call), {"$unset": {"waits": 1}, "$set": {"reason": None}})

    def try_call_later(self, call: WebhookCall, at: datetime, reason: str) -> None:
        with answering():
            self._shelf("webhook_calls").update_one(_held(call), {"$set": {"next_try_at": at, "reason": reason}})


def _held(call: WebhookCall) -> Document:
    return {"_id": call.call_id, "fence": call.fence, "waits": True}


def _rule_document(rule: Rule) -> Document:
    document: Document = plain(rule)
    spans = {"lasts": rule.lasts, "escalate_after": rule.escalate_after}
    seconds = {name: None if span is None else span.total_seconds() for name, span in spans.items()}
    name = document.pop("rule_id")
    return {"_id": name, "v": SCHEMA, "deleted": False, **document, **seconds}


def _rule(document: Document) -> Rule:
    known = {field.name: document[field.name] for field in fields(Rule) if field.name in document}
    escalate_after = document["escalate_after"]
    return Rule(
        **known
        | {
            "rule_id": document["_id"],
            "signal": Signal(document["signal"]),
            "comparison": Comparison(document["comparison"]),
            "level": Level(document["level"]),
            "lasts": timedelta(seconds=document["lasts"]),
            "escalate_after": None if escalate_after is None else timedelta(seconds=escalate_after),
            "channels": frozenset(Channel(one) for one in document["channels"]),
            "escalate_to": tuple(document["escalate_to"]),
            "silences": tuple(Silence(**one) for one in document["silences"]),
        }
    )


def _alert(document: Document) -> Alert:
    known = {field.name: document[field.name] for field in fields(Alert) if field.name in document}
    return Alert(
        **known
        | {
            "alert_id": document["_id"],
            "signal": Signal(document["signal"]),
            "level": Level(document["level"]),
            "state": AlertState(document["state"]),
        }
    )
