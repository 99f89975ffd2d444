"""The overview: how many files and bytes there are, of which class, and where."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.tiers import Tier
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer

router = APIRouter(tags=["overview"])


class Total(Answer):
    """Files of one class in one storage class of one location under one owner."""

    location_id: str = Field(examples=["s3-main"])
    provider: Provider | None = Field(description="Null for a location that was taken out.")
    owner: str
    tier: Tier
    storage_class: str
    files: int
    size_bytes: int


class Totals(Answer):
    """Sums of everything the caller sees, in the smallest groups: add them up as you like."""

    files: int
    size_bytes: int
    totals: list[Total]


@router.get("/totals")
def totals(caller: CallerDep, services: ServicesDep) -> Totals:
    """Sum up files and bytes by location, owner, class and storage class."""
    providers = {location.location_id: location.provider for location in services.catalog.locations()}
    found = [
        Total(
            location_id=total.location_id,
            provider=providers.get(total.location_id),
            owner=total.owner,
            tier=total.tier,
            storage_class=total.storage_class,
            files=total.files,
            size_bytes=total.size_bytes,
        )
        for total in services.catalog.sum_files(caller.sees_owner)
    ]
    return Totals(
        files=sum(total.files for total in found),
        size_bytes=sum(total.size_bytes for total in found),
        totals=found,
    )
