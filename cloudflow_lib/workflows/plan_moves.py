"""What a person asked for, checked, and what it means for each file: the same for runs and for campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.domain.migrations import Address
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import NotAllowedError, WrongInputError
from cloudflow_lib.workflows.keep_locations import seen_location
from cloudflow_lib.workflows.services import Services


class MoveRequest(BaseModel):
    """Which files of a location should move where: given by a form, the API, or the command line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_location: str | None = None
    prefix: str = ""
    include: tuple[str, ...] = ()
    """Only keys that match one of these patterns (`*.parquet`, `*/raw/*`); empty: all."""
    exclude: tuple[str, ...] = ()
    """No keys that match one of these patterns."""
    source_tier: Tier | None = None
    destination_location: str | None = None
    """None: the files stay where they are and change their storage class."""
    destination_prefix: str = ""
    destination_tier: Tier | None = None
    """None: each file's own class decides."""
    storage_class: str | None = None
    """A provider's own class name; goes before the tier."""
    quarantine_days: float = Field(default=7.0, ge=0, le=365)


Request = TypeVar("Request", bound=MoveRequest)


def parse(kind: type[Request], values: object) -> Request:
    """
    Check *values* and return the request; what is None (an empty field of a form) counts as not given.

    Raises:
        WrongInputError: One line that names the field and what is wrong with it.
    """
    if isinstance(values, Mapping):
        values = {name: value for name, value in values.items() if value is not None}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "request"
        raise WrongInputError(f"{field}: {first['msg'].lower()}") from error


class Planner:
    """One request of one user; reads each location once, however many files there are."""

    def __init__(self, request: MoveRequest, user: str, services: Services) -> None:
        self._request = request
        self.user = user
        self.services = services
        self._known: dict[str, Location] = {}
        self._opened_by: dict[str, Credential] = {}

    def location(self, location_id: str) -> Location:
        """Return the location, or raise NotFoundError."""
        if location_id not in self._known:
            self._known[location_id] = self.services.catalog.location(location_id)
        return self._known[location_id]

    def matching(self) -> Iterator[CatalogFile]:
        """
        Yield the present files that fit the filter and are not yet where they should be.

        None of a location that is not there, as of one where others alone have files: which is which is not told.
        """
        request, services = self._request, self.services
        if request.source_location is None:
            raise WrongInputError("say which files: file_ids, or source_location with an optional prefix")
        owner = None if self.user in services.admins else self.user
        pages = services.catalog.files_under(
            request.source_location, request.prefix, owner=owner, tier=request.source_tier
        )
        for page in pages:
            yield from filter(self._is_wanted, page)

    def nothing_matches(self) -> WrongInputError:
        """Return the refusal of a request whose filter chooses no file."""
        if (place := self._request.source_location) is None:
            return WrongInputError("no file matches: those that were named are gone; run a scan first")
        return WrongInputError(f"no file matches in {place!r}: check that name, widen the filter, or run a scan first")

    def _is_wanted(self, file: CatalogFile) -> bool:
        request = self._request
        if file.state is not FileState.PRESENT or self.is_there(file):
            return False
        if any(fnmatchcase(file.key, pattern) for pattern in request.exclude):
            return False
        return not request.include or any(fnmatchcase(file.key, pattern) for pattern in request.include)

    def is_there(self, file: CatalogFile) -> bool:
        """Return whether *file* already lies where the request wants it: nothing to do, so nothing to start."""
        if self._request.destination_location not in (None, file.location_id):
            return False
        return file.storage_class == self._wanted_class(file, self.location(file.location_id))

    def _wanted_class(self, file: CatalogFile, destination: Location) -> str:
        return self._request.storage_class or destination.class_for(self._request.destination_tier or file.tier)

    def require_destination(self) -> None:
        """Raise NotFoundError if *destination_location* is none where the user may own files."""
        if (wanted := self._request.destination_location) is not None:
            seen_location(wanted, self.user, self.services)

    def destination(self, file: CatalogFile) -> Address:
        """
        Return where *file* should go.

        Raises:
            NotAllowedError: The user may not put files there.
            WrongInputError: It lies there already, in that class.
        """
        source = self.location(file.location_id)
        destination = self.location(self._request.destination_location or file.location_id)
        storage_class = self._wanted_class(file, destination)
        key = file.key
        if source.location_id != destination.location_id:
            self._require_access(destination)
            key = destination.prefix + self._request.destination_prefix + file.key.removeprefix(source.prefix)
            if key == file.key and self._is_one_bucket(source, destination):
                raise WrongInputError(
                    f"{source.location_id} and {destination.location_id} are one bucket: {key!r} would be copied onto "
                    "itself; choose a destination_prefix, or change its class where it lies"
                )
        elif storage_class == file.storage_class:
            raise WrongInputError(f"{file.key!r} already has the class {storage_class} in {source.location_id}")
        return Address(location_id=destination.location_id, key=key, version=None, storage_class=storage_class)

    def _is_one_bucket(self, source: Location, destination: Location) -> bool:
        """Return whether two locations are seen to be one bucket: the same name on the same server."""
        if (source.provider, source.bucket) != (destination.provider, destination.bucket):
            return False
        one, other = (self._credential(location.credential_id) for location in (source, destination))
        # An account is a name space of its own in Azure alone; elsewhere it is who asks.
        is_one_account = source.provider is not Provider.AZURE or one.account == other.account
        return is_one_account and one.endpoint_url == other.endpoint_url

    def _credential(self, credential_id: str) -> Credential:
        if credential_id not in self._opened_by:
            self._opened_by[credential_id] = self.services.catalog.credential(credential_id)
        return self._opened_by[credential_id]

    def _require_access(self, destination: Location) -> None:
        if not self.services.may_own_at(self.user, destination):
            where = destination.location_id
            raise NotAllowedError(f"{self.user} may not put files into {where}: ask {destination.owner}")
