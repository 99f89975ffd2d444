"""
Reading the files of one location in the order of their names, a bounded piece at a time.

Servers that do not stop at a limit read all that lies behind the first name for each page, and an index over places
tells nobody where to cut. So a scan leaves signposts: names with about a page of files between each two. Where they are
old or missing a piece is larger; what is read is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloudflow_lib.adapters.catalogs.mongo_documents import file_of
from cloudflow_lib.adapters.catalogs.mongo_shelves import SCHEMA, Document, MongoShelves, answering
from cloudflow_lib.adapters.catalogs.mongo_walks import LAST_CHARACTER, present
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.tiers import Tier

MOST_SIGNPOSTS = 5000
"""Of one location: names have a kilobyte at most, and a document may have sixteen thousand."""


class MongoSignposts(MongoShelves):
    """The part of FileBook that reads by name; `signposts` has one document for each location."""

    def set_signposts(self, location_id: str, keys: Sequence[str]) -> None:
        every = max(-(-len(keys) // MOST_SIGNPOSTS), 1)
        posts = list(keys[every - 1 :: every])
        if posts != self._signposts(location_id):
            with answering():
                document = {"_id": location_id, "v": SCHEMA, "keys": posts}
                self._shelf("signposts").replace_one({"_id": location_id}, document, upsert=True)

    def _signposts(self, location_id: str) -> list[str]:
        with answering():
            document = self._shelf("signposts").find_one({"_id": location_id})
        return document["keys"] if document else []

    def files_under(
        self, location_id: str, prefix: str = "", *, owner: str | None = None, tier: Tier | None = None
    ) -> Iterator[Sequence[CatalogFile]]:
        wanted = present(tier=tier)
        if owner is not None:
            wanted["owner"] = owner
        for span in _spans(prefix, self._signposts(location_id)):
            steps = [{"$match": {"location_id": location_id, "key": span}}, {"$match": wanted}]
            with answering():
                found = [file_of(document) for document in self._shelf("files").aggregate(steps)]
            if found:
                yield sorted(found, key=lambda file: file.key)


def _spans(prefix: str, posts: Sequence[str]) -> Iterator[Document]:
    """Yield the ranges between the *posts* below *prefix*: together they hold every name that begins so, once."""
    end = prefix + LAST_CHARACTER
    span: Document = {"$gte": prefix}
    for post in posts:
        if prefix <= post < end:
            yield {**span, "$lte": post}
            span = {"$gt": post}
    yield {**span, "$lt": end} if prefix else span
