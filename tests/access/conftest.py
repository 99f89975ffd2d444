"""A catalogue, a stopped clock and one location per provider."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudflow_lib.adapters.catalogs.memory import MemoryCatalog
from cloudflow_lib.domain.locations import Location, Provider

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIXTURES = Path(__file__).parent.parent / "fixtures" / "access_logs"


def location(location_id, provider, bucket, prefix=""):
    return Location(
        location_id=location_id,
        provider=provider,
        bucket=bucket,
        prefix=prefix,
        credential_id="c",
        owner="team-docs",
    )


@pytest.fixture
def locations():
    return [
        location("s3-main", Provider.S3, "acme-docs"),
        location("az-main", Provider.AZURE, "media"),
        location("gcs-main", Provider.GCS, "acme-lake"),
    ]


@pytest.fixture
def catalog(locations):
    memory = MemoryCatalog()
    for place in locations:
        memory.save_location(place)
    return memory


@pytest.fixture
def clock():
    return lambda: NOW


@pytest.fixture
def fixtures():
    return FIXTURES
