"""People in MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime

from pydantic import TypeAdapter
from pymongo import UpdateMany, UpdateOne

from cloudflow_lib.adapters.catalogs.mongo_documents import plain
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.domain.people import Preferences, Standing, UserLimits

PREFERENCES = TypeAdapter(Preferences)
KNOWN = frozenset(field.name for field in fields(Preferences))
LIMITS = TypeAdapter(UserLimits)
KNOWN_LIMITS = frozenset(field.name for field in fields(UserLimits))
STANDING = {"limits": 1, "signed_out_at": 1, "seen_at": 1, "is_admin": 1}


class MongoUsers(MongoShelves):
    """UserBook in the collection `users`."""

    def preferences(self, user: str) -> Preferences:
        with answering():
            document = self._shelf("users").find_one({"_id": user}, {"preferences": 1})
        stored = (document or {}).get("preferences", {})
        # One that a newer version of the platform wrote is no reason to fail.
        return PREFERENCES.validate_python({name: value for name, value in stored.items() if name in KNOWN})

    def save_preferences(self, user: str, preferences: Preferences) -> None:
        change = {"$set": {"preferences": plain(preferences)}, "$setOnInsert": {"v": SCHEMA}}
        with answering():
            self._shelf("users").update_one({"_id": user}, change, upsert=True)

    def standing(self, user: str) -> Standing:
        with answering():
            return _standing(self._shelf("users").find_one({"_id": user}, STANDING) or {})

    def standings(self) -> Mapping[str, Standing]:
        with answering():
            return {str(document["_id"]): _standing(document) for document in self._shelf("users").find({}, STANDING)}

    def _note_standing(self, user: str, **changes: object) -> None:
        with answering():
            self._shelf("users").update_one({"_id": user}, _setting(changes), upsert=True)

    def save_limits(self, user: str, limits: UserLimits) -> None:
        self._note_standing(user, limits=plain(limits))

    def sign_out(self, user: str, at: datetime) -> None:
        self._note_standing(user, signed_out_at=at)

    def note_seen(self, user: str, at: datetime, *, is_admin: bool) -> None:
        self._note_standing(user, seen_at=at, is_admin=is_admin)

    def admins(self) -> frozenset[str]:
        with answering():
            return frozenset(document["_id"] for document in self._shelf("users").find({"is_admin": True}, {"_id": 1}))

    def save_admins(self, users: Collection[str]) -> None:
        known = self.admins()
        if not (changes := known ^ set(users)):
            return
        gone = UpdateMany({"_id": {"$in": sorted(known - set(users))}}, {"$set": {"is_admin": False}})
        new = [UpdateOne({"_id": user}, _setting({"is_admin": True}), upsert=True) for user in sorted(changes - known)]
        with answering():
            self._shelf("users").bulk_write([gone, *new])


def _setting(changes: Mapping[str, object]) -> Document:
    return {"$set": dict(changes), "$setOnInsert": {"v": SCHEMA}}


def _standing(document: Document) -> Standing:
    limits = {name: value for name, value in document.get("limits", {}).items() if name in KNOWN_LIMITS}
    return Standing(
        limits=LIMITS.validate_python(limits),
        signed_out_at=document.get("signed_out_at"),
        seen_at=document.get("seen_at"),
        is_admin=document.get("is_admin", False),
    )
