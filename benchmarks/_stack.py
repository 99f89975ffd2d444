"""The stack that `cloudflow up` started, as a benchmark uses it: places of its own, and the witnesses' addresses."""

from __future__ import annotations

from cloudflow_cli.demo.clouds import open_door
from cloudflow_cli.demo.world import REGION, Place, World
from cloudflow_cli.stack.layout import current_layout
from cloudflow_cli.stack.supervisor import Supervisor
from cloudflow_lib.bootstrap import build_keyring, services, settings
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.errors import CloudFlowError


def running_world() -> World:
    """Return the world of the stack that runs, or raise CloudFlowError."""
    layout = current_layout()
    if not Supervisor(layout).is_alive():
        raise CloudFlowError("the stack is down: `cloudflow up` starts it")
    return World.of(layout)


def add_place(place: Place) -> None:
    """Make the bucket, and tell the catalogue of it."""
    open_door(place).make_bucket()
    catalog, keyring = services().catalog, build_keyring(settings())
    catalog.save_credential(
        Credential(
            credential_id=place.location_id,
            provider=place.provider,
            owner="admin",
            endpoint_url=place.endpoint_url,
            region=REGION,
            account=place.account,
            sealed=keyring.seal(place.secret, bound_to=place.location_id),
        ),
    )
    catalog.save_location(
        Location(
            location_id=place.location_id,
            provider=place.provider,
            bucket=place.bucket,
            credential_id=place.location_id,
            owner="admin",
            single_class=place.single_class,
        ),
    )
