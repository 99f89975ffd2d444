"""How stores are opened, and whose endpoints are looked at first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from cloudflow_lib.domain.endpoints import host_of, require_outside
from cloudflow_lib.domain.locations import Credential, Location
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.ports.catalogs import Catalog
from cloudflow_lib.ports.resolver import system_resolver
from cloudflow_lib.ports.secrets import Keyring
from cloudflow_lib.ports.stores import ObjectStore, StoreOpener
from cloudflow_lib.settings import Settings
from cloudflow_lib.transfer.bulk_items import BulkEnd
from cloudflow_lib.workflows.services import EndOpener, StoreBuilder

Guard = Callable[[Credential], None]
"""Raises WrongInputError for a credential that must not be used."""

Way = Callable[[Credential, Mapping[str, str]], str | None]
"""Returns the proxy that the clients of a credential, with this open secret, connect through; None: straight."""

GOOGLE = ".googleapis.com"
GOOGLES_TOKENS = "https://oauth2.googleapis.com/token"
"""What a key file without an address for tokens means."""

CONNECTIONS = 256
"""To one store, of one bulk copy: as many requests may be in flight."""


def trust(_credential: Credential) -> None:
    """Ask any endpoint."""


def straight(_credential: Credential, _secret: Mapping[str, str]) -> None:
    """Let every client connect by itself."""


def endpoint_guard(config: Settings, admins: AbstractSet[str]) -> Guard:
    """
    Return what refuses a credential whose endpoint leads inside our network by now: names change hands.

    Those of administrators are trusted: the command line takes any.
    """

    def require_reachable(credential: Credential) -> None:
        if credential.endpoint_url is not None and credential.owner not in admins:
            require_outside(system_resolver(*host_of(credential.endpoint_url)), config.network.allowed)

    return require_reachable


def way_out(config: Settings, admins: AbstractSet[str]) -> Way:
    """Return what sends the clients of users' own endpoints through the process's outlet, and all others straight."""
    from cloudflow_lib.adapters.stores.outlet import Outlet

    outlet = Outlet(system_resolver, lambda: config.network.allowed)

    def way(credential: Credential, secret: Mapping[str, str]) -> str | None:
        if credential.owner in admins or not _leads_anywhere(credential, secret):
            return None
        return outlet.url

    return way


def _leads_anywhere(credential: Credential, secret: Mapping[str, str]) -> bool:
    """Return whether a user said whom to ask: for a store, or in a key file for tokens."""
    if credential.endpoint_url is not None:
        return True
    key = secret.get("service_account_json")
    if key is None:
        return False
    try:
        host, _ = host_of(str(json.loads(key).get("token_uri") or GOOGLES_TOKENS))
    except (ValueError, AttributeError, WrongInputError):
        return True  # no key file: the store says so
    return not host.endswith(GOOGLE)


def once_builder(way: Way = straight) -> StoreBuilder:
    """Return what builds the store of a location that is only tried out."""

    def build_once(location: Location, credential: Credential, secret: Mapping[str, str]) -> ObjectStore:
        from cloudflow_lib.adapters.stores.build import build_store

        return build_store(location, credential, secret, attempts=1, proxy=way(credential, secret))

    return build_once


def store_opener(
    catalog: Catalog, keyring: Keyring, attempts: int, require_reachable: Guard = trust, way: Way = straight
) -> StoreOpener:
    """Return a function that opens the store of a location, keeping the most recent ones open."""
    from cloudflow_lib.adapters.stores.opening import OpenStores

    def open_one(location: Location, credential: Credential) -> ObjectStore:
        from cloudflow_lib.adapters.stores.build import build_store

        require_reachable(credential)
        secret = keyring.open(credential.sealed, bound_to=credential.credential_id)
        return build_store(location, credential, secret, attempts=attempts, proxy=way(credential, secret))

    return OpenStores(catalog, open_one)


def end_opener(
    catalog: Catalog, keyring: Keyring, attempts: int, require_reachable: Guard = trust, way: Way = straight
) -> EndOpener:
    """Return a function that opens a location for one bulk copy, with a store of its own beside the fast path."""

    def open_end(location_id: str) -> BulkEnd:
        from cloudflow_lib.adapters.stores.build import build_bulk_store, build_store

        location = catalog.location(location_id)
        credential = catalog.credential(location.credential_id)
        require_reachable(credential)
        secret = keyring.open(credential.sealed, bound_to=credential.credential_id)
        proxy = way(credential, secret)

        def open_store() -> ObjectStore:
            return build_store(location, credential, secret, attempts=attempts, proxy=proxy)

        fast = build_bulk_store(
            location, credential, secret, connections=CONNECTIONS, open_store=open_store, proxy=proxy
        )
        return BulkEnd(fast=fast, open_store=open_store)

    return open_end
