"""Locations: where files lie."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from cloudflow_lib.domain.locations import Location, LogFeed, Provider
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import StoreError
from cloudflow_lib.workflows.credentials import test_location
from cloudflow_lib.workflows.keep_locations import (
    add_location,
    change_location,
    location_of,
    remove_location,
    seen_location,
)
from cloudflow_plugin.api.callers import CallerDep, WriterDep
from cloudflow_plugin.api.context import StartRunDep
from cloudflow_plugin.api.fields import Answer, ClassName, Handle, Key, Request, Text
from cloudflow_plugin.api.rights import ActingServicesDep
from cloudflow_plugin.api.routes.credentials import NO_BODY, Bucket, Check, KnownProvider

router = APIRouter(prefix="/locations", tags=["places"])

SCAN = "scan_locations"
Dialect = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,32}$")]


class Feed(Request):
    """Where access logs arrive."""

    dialect: Dialect = Field(examples=["s3"])
    place: Key = Field(examples=["s3-logs:access/"])


class LocationBody(Request):
    """A location, apart from its name."""

    provider: KnownProvider = Field(examples=["s3"])
    bucket: Bucket = Field(description="Bucket or container.", examples=["acme-data"])
    prefix: Key = Field("", description="Only what begins with it.", examples=["reports/"])
    credential_id: Handle = Field(description="What opens it.", examples=["s3-main"])
    owner: Handle | None = Field(None, description="Who owns the files there; for administrators. Null: as it is.")
    owners: dict[Key, Handle] | None = Field(
        None, max_length=1000, description="Prefix to user, who owns that part; for administrators. Null: as it is."
    )
    classes: dict[Tier, ClassName] = Field(
        default_factory=dict, description="The storage class of a tier, where it is not the provider's usual one."
    )
    log_feeds: list[Feed] | None = Field(None, max_length=10, description="For administrators. Null: as it is.")
    single_class: bool = Field(default=False, description="A store without storage classes.")

    def as_location(self, location_id: str, caller: str, known: Location | None = None) -> Location:
        """Return it as the domain's value; what is left out is as with *known*."""
        feeds = [LogFeed(dialect=feed.dialect, place=feed.place) for feed in self.log_feeds or ()]
        owner, owners, known_feeds = (known.owner, known.owners, known.log_feeds) if known else (caller, {}, ())
        return Location(
            location_id=location_id,
            provider=Provider(self.provider),
            bucket=self.bucket,
            prefix=self.prefix,
            credential_id=self.credential_id,
            owner=self.owner or owner,
            owners=owners if self.owners is None else self.owners,
            classes=self.classes,
            log_feeds=known_feeds if self.log_feeds is None else tuple(feeds),
            single_class=self.single_class,
        )


class NewLocation(LocationBody):
    """A location under a name that nobody has."""

    location_id: Handle = Field(examples=["s3-main"])


class LogFeedOut(Answer):
    """Where access logs arrive."""

    dialect: str
    place: str


class LocationOut(Answer):
    """Where files lie."""

    location_id: str = Field(examples=["s3-main"])
    provider: Provider
    bucket: str = Field(examples=["acme-data"])
    prefix: str
    credential_id: str
    owner: str = Field(examples=["team-docs"])
    owners: dict[str, str] = Field(description="Prefix to user; of others than the caller only to who may change it.")
    classes: dict[Tier, Text] = Field(description="The storage class that each tier means here.")
    single_class: bool
    log_feeds: list[LogFeedOut] = Field(description="Empty for who may not change the location.")
    may_change: bool = Field(description="Whether the caller may change, test and remove it.")


class Locations(Answer):
    """The locations where the caller may own files, in the order of their names."""

    locations: list[LocationOut]


class Scan(Answer):
    """A scan that was started."""

    run_id: str
    run_url: str = Field(description="Its page in the Airflow UI.")


def _told(location: Location, user: str, *, may_change: bool) -> LocationOut:
    shown = {prefix: owner for prefix, owner in location.owners.items() if may_change or owner == user}
    feeds = location.log_feeds if may_change else ()
    return LocationOut(
        location_id=location.location_id,
        provider=location.provider,
        bucket=location.bucket,
        prefix=location.prefix,
        credential_id=location.credential_id,
        owner=location.owner,
        owners=shown,
        classes={tier: location.class_for(tier) for tier in Tier},
        single_class=location.single_class,
        log_feeds=[LogFeedOut(dialect=feed.dialect, place=feed.place) for feed in feeds],
        may_change=may_change,
    )


@router.get("")
def list_locations(caller: CallerDep, services: ActingServicesDep) -> Locations:
    """List the locations where the caller may own files; administrators see all."""
    found = [place for place in services.catalog.locations() if services.may_own_at(caller.user, place)]
    return Locations(
        locations=[_told(one, caller.user, may_change=caller.can_write and caller.may_see(one.owner)) for one in found]
    )


@router.get("/{location_id}")
def one_location(location_id: Handle, caller: CallerDep, services: ActingServicesDep) -> LocationOut:
    """Look at one location."""
    found = seen_location(location_id, caller.user, services)
    return _told(found, caller.user, may_change=caller.can_write and caller.may_see(found.owner))


@router.post("", status_code=201)
def add(body: NewLocation, caller: WriterDep, services: ActingServicesDep) -> LocationOut:
    """Keep a new location; its files are found by a scan."""
    location = body.as_location(body.location_id, caller.user)
    return _told(add_location(location, services, by=caller.user), caller.user, may_change=True)


@router.put("/{location_id}")
def change(location_id: Handle, body: LocationBody, caller: WriterDep, services: ActingServicesDep) -> LocationOut:
    """Change a location, which keeps its provider and its bucket: its files are known by them."""
    known = location_of(location_id, caller.user, services)
    location = body.as_location(location_id, caller.user, known)
    return _told(change_location(location, services, by=caller.user), caller.user, may_change=True)


@router.delete("/{location_id}", status_code=NO_BODY)
def remove(location_id: Handle, caller: WriterDep, services: ActingServicesDep) -> None:
    """Forget a location of which no file is known; nothing in its bucket is touched."""
    remove_location(location_id, services, by=caller.user)


@router.post("/{location_id}/test")
def try_one(location_id: Handle, caller: WriterDep, services: ActingServicesDep) -> Check:
    """Open the location with its credential and list one page."""
    place = location_of(location_id, caller.user, services)
    try:
        test_location(place, services)
    except StoreError as error:
        return Check(ok=False, detail=str(error))
    return Check(ok=True, detail=None)


@router.post("/{location_id}/scan", status_code=202)
def scan(location_id: Handle, caller: WriterDep, services: ActingServicesDep, start_run: StartRunDep) -> Scan:
    """Start a run of `scan_locations`, which brings the catalogue up to date with what lies there."""
    place = seen_location(location_id, caller.user, services)
    run = start_run(SCAN, {"location_id": place.location_id}, user=caller.user)
    return Scan(run_id=run.run_id, run_url=run.url)
