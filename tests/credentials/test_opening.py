"""A long-lived process opens what is kept now, not what was kept when it started."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.adapters.stores.opening import FRESH_SECONDS, MOST_OPEN, OpenStores
from cloudflow_lib.bootstrap import endpoint_guard
from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.errors import NotFoundError, WrongInputError
from cloudflow_lib.settings import Settings
from cloudflow_lib.settings.servers import NetworkSettings

KEYS = Credential(credential_id="keys", provider=Provider.S3, owner="team-docs", sealed=b"1")
PLACE = Location(location_id="main", provider=Provider.S3, bucket="b", credential_id="keys", owner="team-docs")


@pytest.fixture
def world():
    catalog, opened, now = MemoryCatalog(), [], [0.0]
    catalog.save_credential(KEYS)
    catalog.save_location(PLACE)

    def open_one(location, credential):
        opened.append((location.location_id, credential.sealed))
        return MemoryStore(f"{location.bucket}-{len(opened)}")

    return catalog, OpenStores(catalog, open_one, lambda: now[0]), opened, now


def test_a_store_stays_open_as_long_as_nothing_changes(world):
    _, stores, opened, now = world
    first = stores("main")
    now[0] += FRESH_SECONDS

    assert first is stores("main")
    assert [("main", b"1")] == opened


def test_a_replaced_credential_opens_within_seconds(world):
    catalog, stores, opened, now = world
    first = stores("main")
    catalog.save_credential(replace(KEYS, sealed=b"2"))
    assert first is stores("main")
    now[0] += FRESH_SECONDS

    assert first is not stores("main")
    catalog.remove_location(PLACE)
    now[0] += FRESH_SECONDS
    with pytest.raises(NotFoundError):
        stores("main")
    assert [("main", b"1"), ("main", b"2")] == opened


def test_only_so_many_stores_stay_open(world):
    catalog, stores, opened, _ = world
    for number in range(MOST_OPEN + 1):
        catalog.save_location(replace(PLACE, location_id=f"p{number}"))
        stores(f"p{number}")
    stores("p1")
    assert MOST_OPEN + 1 == len(opened)
    stores("p0")
    assert MOST_OPEN + 2 == len(opened)


@pytest.mark.parametrize(
    ("url", "owner", "allowed", "is_refused"),
    [
        ("http://127.0.0.1:9000", "team-docs", (), True),
        ("http://127.0.0.1:9000", "team-docs", ("127.0.0.0/8",), False),
        ("http://127.0.0.1:9000", "admin", (), False),
        ("http://169.254.169.254", "team-docs", ("127.0.0.0/8",), True),
        (None, "team-docs", (), False),
    ],
)
def test_an_endpoint_is_looked_at_again_whenever_it_is_opened(url, owner, allowed, is_refused):
    guard = endpoint_guard(Settings(network=NetworkSettings(allowed=allowed)), {"admin"})
    credential = replace(KEYS, endpoint_url=url, owner=owner)
    if is_refused:
        with pytest.raises(WrongInputError, match="own network"):
            guard(credential)
    else:
        guard(credential)
