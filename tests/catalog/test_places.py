"""What the catalogue promises about locations and credentials."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudflow_lib.domain.locations import Credential, Location, Provider
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import NotFoundError

CREDENTIAL = Credential(
    credential_id="s3-key",
    provider=Provider.S3,
    owner="team-docs",
    endpoint_url="http://127.0.0.1:9000",
    region="us-east-1",
    account="AKIA",
    sealed=b"\x00\xff sealed",
)
LOCATION = Location(
    location_id="s3-main",
    provider=Provider.S3,
    bucket="docs",
    prefix="data/",
    credential_id="s3-key",
    owner="team-docs",
    owners={"data/v1.0/$special.": "team-b", "data/": "team-c"},
    classes={Tier.COLD: "DEEP_ARCHIVE"},
)


def test_places_come_back_as_they_were_saved(catalog):
    catalog.save_credential(CREDENTIAL)
    catalog.save_location(LOCATION)

    assert CREDENTIAL == catalog.credential("s3-key")
    assert LOCATION == catalog.location("s3-main")
    assert [CREDENTIAL] == catalog.credentials()
    assert [LOCATION] == catalog.locations()


def test_saving_again_replaces(catalog):
    catalog.save_location(LOCATION)
    catalog.save_location(
        Location(location_id="s3-main", provider=Provider.GCS, bucket="b", credential_id="c", owner="o")
    )

    assert "b" == catalog.location("s3-main").bucket
    assert {} == catalog.location("s3-main").owners


def test_unknown_places_are_said_to_be_unknown(catalog):
    with pytest.raises(NotFoundError, match="no location 'x'"):
        catalog.location("x")
    with pytest.raises(NotFoundError, match="no credential 'x'"):
        catalog.credential("x")


def test_a_free_name_is_taken_once(catalog):
    assert catalog.put_credential(CREDENTIAL, instead_of=None)
    assert not catalog.put_credential(replace(CREDENTIAL, owner="team-b"), instead_of=None)
    assert catalog.put_location(LOCATION, instead_of=None)
    assert not catalog.put_location(replace(LOCATION, owner="team-b"), instead_of=None)

    assert CREDENTIAL == catalog.credential("s3-key")
    assert LOCATION == catalog.location("s3-main")


def test_a_place_is_replaced_only_as_it_was_read(catalog):
    catalog.save_credential(CREDENTIAL)
    catalog.save_location(LOCATION)
    newer, moved = replace(CREDENTIAL, sealed=b"newer", region=None), replace(LOCATION, owners={}, prefix="")
    assert catalog.put_credential(newer, instead_of=CREDENTIAL)
    assert not catalog.put_credential(replace(CREDENTIAL, sealed=b"late"), instead_of=CREDENTIAL)
    assert catalog.put_location(moved, instead_of=LOCATION)
    assert not catalog.put_location(replace(LOCATION, bucket="late"), instead_of=LOCATION)

    assert newer == catalog.credential("s3-key")
    assert moved == catalog.location("s3-main")


def test_a_place_is_removed_only_as_it_was_read(catalog):
    catalog.save_credential(CREDENTIAL)
    catalog.save_location(LOCATION)
    assert not catalog.remove_credential(replace(CREDENTIAL, sealed=b"another"))
    assert not catalog.remove_location(replace(LOCATION, bucket="another"))
    assert catalog.remove_credential(CREDENTIAL)
    assert catalog.remove_location(LOCATION)
    assert not catalog.remove_credential(CREDENTIAL)

    assert [] == list(catalog.credentials())
    assert [] == list(catalog.locations())
