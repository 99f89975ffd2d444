"""What we ask of the catalogue about locations and what opens them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cloudflow_lib.domain.locations import Credential, Location


class PlaceBook(Protocol):
    """Locations and their credentials."""

    def save_credential(self, credential: Credential) -> None:
        """Store it whatever was there: for the command line, which is its owner's word."""
        ...

    def put_credential(self, credential: Credential, *, instead_of: Credential | None) -> bool:
        """
        Store it in one step and return whether that happened.

        It does while nobody has its name (*instead_of* None), or while what is stored is *instead_of*.
        """
        ...

    def remove_credential(self, credential: Credential) -> bool:
        """Forget it, if it still is as given; return whether that happened."""
        ...

    def credential(self, credential_id: str) -> Credential:
        """Return it, or raise NotFoundError."""
        ...

    def credentials(self) -> Sequence[Credential]: ...

    def save_location(self, location: Location) -> None:
        """Store it whatever was there, as `save_credential` does."""
        ...

    def put_location(self, location: Location, *, instead_of: Location | None) -> bool:
        """Store it in one step, as `put_credential` does."""
        ...

    def remove_location(self, location: Location) -> bool:
        """Forget it, if it still is as given; return whether that happened. Its files are not touched."""
        ...

    def location(self, location_id: str) -> Location:
        """Return it, or raise NotFoundError."""
        ...

    def locations(self) -> Sequence[Location]: ...
