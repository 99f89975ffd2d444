"""Keep the places where files lie: each opened by a credential of its owner, each with files of its own."""

from __future__ import annotations

import logging
from dataclasses import replace

from cloudflow_lib.domain.locations import Location
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import (
    LostRaceError,
    NameTakenError,
    NotAllowedError,
    NotFoundError,
    WrongInputError,
    WrongStateError,
)
from cloudflow_lib.workflows.keep_credentials import credential_of
from cloudflow_lib.workflows.services import Services

log = logging.getLogger(__name__)


def add_location(location: Location, services: Services, *, by: str) -> Location:
    """
    Keep a new location.

    Raises:
        WrongInputError: Something of it is not as it should be, or its name is taken.
        NotAllowedError: It says what only an administrator may say.
    """
    _check(location, None, services, by)
    if not services.catalog.put_location(location, instead_of=None):
        raise NameTakenError(f"there is a location named {location.location_id!r} already: choose another name")
    _require_credential(location, services, by)
    log.info("location.added location=%s owner=%s", location.location_id, location.owner)
    return location


def keep_location(location: Location, services: Services, *, by: str) -> Location:
    """Keep a new location, or one in place of that with its name; raises as `add_location` and `change_location`."""
    known = [one.location_id for one in services.catalog.locations()]
    keep = change_location if location.location_id in known else add_location
    return keep(location, services, by=by)


def change_location(location: Location, services: Services, *, by: str) -> Location:
    """
    Keep *location* in place of the one with its name. Where its files lie cannot change.

    Raises:
        NotFoundError: There is none among those that *by* may touch.
        WrongInputError, NotAllowedError: As `add_location`.
        LostRaceError: Somebody else changed it in the same moment.
    """
    known = location_of(location.location_id, by, services)
    if (known.provider, known.bucket) != (location.provider, location.bucket):
        raise WrongInputError("a location keeps its provider and its bucket: add another location")
    _check(location, known, services, by)
    if not services.catalog.put_location(location, instead_of=known):
        raise LostRaceError("this location was changed by somebody else: look at it again")
    _require_credential(location, services, by, before=known)
    log.info("location.changed location=%s by=%s", location.location_id, by)
    return location


def remove_location(location_id: str, services: Services, *, by: str) -> None:
    """
    Forget a location without files; nothing in its bucket is touched.

    Raises:
        NotFoundError: There is none among those that *by* may touch.
        WrongStateError: The catalogue knows files there.
    """
    known = location_of(location_id, by, services)
    if services.catalog.files_between(location_id, None, None, limit=1):
        raise WrongStateError("the catalogue knows files there, and their history with them: the location stays")
    if not services.catalog.remove_location(known):
        raise LostRaceError("this location was changed by somebody else: look at it again")
    log.info("location.removed location=%s by=%s", location_id, by)


def location_of(location_id: str, user: str, services: Services) -> Location:
    """Return a location that *user* may change, or raise NotFoundError, in the same words for one of others."""
    location = services.catalog.location(location_id)
    if not services.may_touch(user, location.owner):
        raise NotFoundError(f"there is no location {location_id!r}")
    return location


def seen_location(location_id: str, user: str, services: Services) -> Location:
    """Return a location where *user* may own files, or raise NotFoundError, in the same words for any other."""
    location = services.catalog.location(location_id)
    if not services.may_own_at(user, location):
        raise NotFoundError(f"there is no location {location_id!r}")
    return location


def _check(location: Location, known: Location | None, services: Services, by: str) -> None:
    try:
        credential = credential_of(location.credential_id, by, services)
    except NotFoundError as error:
        raise WrongInputError(str(error)) from None
    if credential.provider is not location.provider:
        raise WrongInputError(f"{credential.credential_id} opens {credential.provider}, not {location.provider}")
    if by not in services.admins:
        _require_own(location, known, by)
    if location.single_class and location.classes:
        raise WrongInputError("a store without storage classes has none to name")
    ranked = [location.class_for(tier) for tier in Tier]
    if not location.single_class and len(set(ranked)) != len(ranked):
        raise WrongInputError("hot, warm and cold need three different storage classes; else say single_class")


def _require_own(location: Location, known: Location | None, by: str) -> None:
    """Others' files, and which logs of this machine are read, are for administrators to say."""
    own = known or replace(location, owner=by, owners={}, log_feeds=())
    said = (location.owner, location.owners, location.log_feeds)
    if said != (own.owner, own.owners, own.log_feeds):
        raise NotAllowedError("only an administrator says who owns what, and where access logs are")


def _require_credential(location: Location, services: Services, by: str, *, before: Location | None = None) -> None:
    """Take *location* back if its credential was removed in the same moment; the remover looks for us, too."""
    try:
        credential_of(location.credential_id, by, services)
    except NotFoundError as error:
        if before is None:
            services.catalog.remove_location(location)
        else:
            services.catalog.put_location(before, instead_of=location)
        raise WrongInputError(str(error)) from None
