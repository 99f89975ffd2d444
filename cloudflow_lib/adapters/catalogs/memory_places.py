"""Locations and credentials in memory."""

from __future__ import annotations

from collections.abc import Sequence

from cloudflow_lib.adapters.catalogs.memory_shelves import Shelves
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.errors import NotFoundError


class MemoryPlaces(Shelves):
    """PlaceBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._credentials: dict[str, Credential] = {}
        self._locations: dict[str, Location] = {}

    def save_credential(self, credential: Credential) -> None:
        with self._lock:
            self._credentials[credential.credential_id] = credential

    def put_credential(self, credential: Credential, *, instead_of: Credential | None) -> bool:
        with self._lock:
            if self._credentials.get(credential.credential_id) != instead_of:
                return False
            self._credentials[credential.credential_id] = credential
            return True

    def remove_credential(self, credential: Credential) -> bool:
        with self._lock:
            if self._credentials.get(credential.credential_id) != credential:
                return False
            del self._credentials[credential.credential_id]
            return True

    def credential(self, credential_id: str) -> Credential:
        with self._lock:
            if credential_id not in self._credentials:
                raise NotFoundError(f"there is no credential {credential_id!r}")
            return self._credentials[credential_id]

    def credentials(self) -> Sequence[Credential]:
        with self._lock:
            return [self._credentials[name] for name in sorted(self._credentials)]

    def save_location(self, location: Location) -> None:
        with self._lock:
            self._locations[location.location_id] = location

    def put_location(self, location: Location, *, instead_of: Location | None) -> bool:
        with self._lock:
            if self._locations.get(location.location_id) != instead_of:
                return False
            self._locations[location.location_id] = location
            return True

    def remove_location(self, location: Location) -> bool:
        with self._lock:
            if self._locations.get(location.location_id) != location:
                return False
            del self._locations[location.location_id]
            return True

    def location(self, location_id: str) -> Location:
        with self._lock:
            if location_id not in self._locations:
                raise NotFoundError(f"there is no location {location_id!r}")
            return self._locations[location_id]

    def locations(self) -> Sequence[Location]:
        with self._lock:
            return [self._locations[name] for name in sorted(self._locations)]
