"""Tells the platform about the places of the demonstration: locations, and sealed credentials."""

from __future__ import annotations

from cloudflow_cli.demo.world import OWNERS, REGION, Place, World
from cloudflow_lib.domain.locations import Credential, Location, LogFeed
from cloudflow_lib.errors import NotFoundError, SecretError
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.ports.secrets import Keyring

ADMIN = "admin"


def save_places(world: World, catalog: Catalog, keyring: Keyring) -> int:
    """Save what is new or different and return how many that were; doing it again changes nothing."""
    changed = 0
    for place in world.places().values():
        if not _is_sealed(place, catalog, keyring):
            catalog.save_credential(_credential(place, keyring))
            changed += 1
        location = _location(place, world)
        if location not in catalog.locations():
            catalog.save_location(location)
            changed += 1
    return changed


def _location(place: Place, world: World) -> Location:
    feeds = [LogFeed(dialect=place.dialect, place=f"{world.history_folder(place.location_id)}/**/*")]
    if place.location_id == "s3-main":
        feeds.insert(0, LogFeed(dialect="versitygw", place=str(world.s3_access_log)))
    return Location(
        location_id=place.location_id,
        provider=place.provider,
        bucket=place.bucket,
        credential_id=place.location_id,
        owner=ADMIN,
        owners=OWNERS,
        log_feeds=tuple(feeds),
        single_class=place.single_class,
    )


def _credential(place: Place, keyring: Keyring) -> Credential:
    return Credential(
        credential_id=place.location_id,
        provider=place.provider,
        owner=ADMIN,
        endpoint_url=place.endpoint_url,
        region=REGION,
        account=place.account,
        sealed=keyring.seal(place.secret, bound_to=place.location_id),
    )


def _is_sealed(place: Place, catalog: Catalog, keyring: Keyring) -> bool:
    try:
        known = catalog.credential(place.location_id)
        secret = keyring.open(known.sealed, bound_to=place.location_id)
    except (NotFoundError, SecretError):
        return False
    return (known.endpoint_url, known.account, secret) == (place.endpoint_url, place.account, dict(place.secret))
