"""Locations and credentials in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from cloudflow_lib.adapters.catalogs.mongo_documents import (
    credential_document,
    credential_of,
    location_document,
    location_of,
)
from cloudflow_lib.adapters.catalogs.mongo_shelves import Document, MongoShelves, answering
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.errors import NotFoundError


class MongoPlaces(MongoShelves):
    """PlaceBook in the collections `locations` and `credentials`."""

    def save_credential(self, credential: Credential) -> None:
        self._save("credentials", credential_document(credential))

    def put_credential(self, credential: Credential, *, instead_of: Credential | None) -> bool:
        return self._put_place("credentials", credential_document(credential), _document(instead_of))

    def remove_credential(self, credential: Credential) -> bool:
        return self._remove_place("credentials", credential_document(credential))

    def credential(self, credential_id: str) -> Credential:
        return credential_of(self._one("credentials", credential_id, "credential"))

    def credentials(self) -> Sequence[Credential]:
        return [credential_of(document) for document in self._all("credentials")]

    def save_location(self, location: Location) -> None:
        self._save("locations", location_document(location))

    def put_location(self, location: Location, *, instead_of: Location | None) -> bool:
        return self._put_place("locations", location_document(location), _document(instead_of))

    def remove_location(self, location: Location) -> bool:
        return self._remove_place("locations", location_document(location))

    def location(self, location_id: str) -> Location:
        return location_of(self._one("locations", location_id, "location"))

    def locations(self) -> Sequence[Location]:
        return [location_of(document) for document in self._all("locations")]

    def _save(self, shelf: str, document: Document) -> None:
        with answering():
            self._shelf(shelf).replace_one({"_id": document["_id"]}, document, upsert=True)

    def _put_place(self, shelf: str, document: Document, before: Document | None) -> bool:
        with answering():
            if before is not None:
                return self._shelf(shelf).replace_one(before, document).matched_count == 1
            try:
                self._shelf(shelf).insert_one(document)
            except DuplicateKeyError:
                return False
            return True

    def _remove_place(self, shelf: str, document: Document) -> bool:
        with answering():
            return self._shelf(shelf).delete_one(document).deleted_count == 1

    def _one(self, shelf: str, name: str, what: str) -> Document:
        with answering():
            document = self._shelf(shelf).find_one({"_id": name})
        if document is None:
            raise NotFoundError(f"there is no {what} {name!r}")
        return document

    def _all(self, shelf: str) -> Sequence[Document]:
        with answering():
            return sorted(self._shelf(shelf).find(), key=lambda document: str(document["_id"]))


def _document(place: Credential | Location | None) -> Document | None:
    match place:
        case Credential():
            return credential_document(place)
        case Location():
            return location_document(place)
        case None:
            return None
