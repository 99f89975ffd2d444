"""People in MongoDB."""

from __future__ import annotations

from dataclasses import fields

from pydantic import TypeAdapter

from cloudflow_lib.adapters.catalogs.mongo_documents import plain
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, MongoShelves, answering
from cloudflow_lib.domain.people import Preferences

PREFERENCES = TypeAdapter(Preferences)
KNOWN = frozenset(field.name for field in fields(Preferences))


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
