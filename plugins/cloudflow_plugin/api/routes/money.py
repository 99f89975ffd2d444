"""Money: what everything costs a month, and one file's price in each class."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from cloudflow_lib.bootstrap import advice_rules
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.workflows.price_classes import price_classes
from cloudflow_lib.workflows.read_file import visible_file
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep, SettingsDep
from cloudflow_plugin.api.fields import Answer, FileId
from cloudflow_plugin.api.routes.totals import Total

router = APIRouter(tags=["overview"])


class GroupCost(Total):
    """What the files of one class in one storage class of one location under one owner cost a month, in dollars."""

    storage_usd: float
    use_usd: float = Field(description="Requests and retrieval, if the files are read as in the last 30 days.")


class Costs(Answer):
    """What everything the caller sees costs a month, in the smallest groups: add them up as you like."""

    usd_per_month: float | None = Field(description="Null as long as nothing was priced.")
    priced_at: AwareDatetime | None
    costs: list[GroupCost]


class ClassPriceOut(Answer):
    """One class as it would be for one file, in dollars."""

    location_id: str
    storage_class: str = Field(examples=["STANDARD_IA"])
    tier: Tier
    is_here: bool = Field(description="The file lies there now.")
    storage_usd: float = Field(description="A month without reads.")
    use_usd: float = Field(description="Requests and retrieval of a month, read as it is expected to be.")
    once_usd: float = Field(description="Of moving it there.")
    minimum_days: int = Field(description="Left sooner, the rest of them is paid all the same.")
    is_instant: bool = Field(description="Whether it can be read at once.")


class ClassPrices(Answer):
    """A file's price in each class where it may lie; empty where nothing has a price."""

    file_id: FileId
    prices: list[ClassPriceOut]


@router.get("/totals/costs")
def costs(caller: CallerDep, services: ServicesDep) -> Costs:
    """See the monthly cost by location, owner, class and storage class, as it was last worked out."""
    providers = {location.location_id: location.provider for location in services.catalog.locations()}
    found = services.catalog.costs(caller.sees_owner)
    return Costs(
        usd_per_month=sum(one.usd_per_month for one in found) if found else None,
        priced_at=max((one.priced_at for one in found), default=None),
        costs=[
            GroupCost(
                location_id=one.location_id,
                provider=providers.get(one.location_id),
                owner=one.owner,
                tier=one.tier,
                storage_class=one.storage_class,
                files=one.files,
                size_bytes=one.size_bytes,
                storage_usd=one.storage_usd,
                use_usd=one.use_usd,
            )
            for one in found
        ],
    )


@router.get("/files/{file_id}/prices")
def prices_of_file(file_id: FileId, caller: CallerDep, services: ServicesDep, settings: SettingsDep) -> ClassPrices:
    """See what the file costs a month in each class, read as it is expected to be."""
    file = visible_file(file_id, caller.sees_owner, services)
    [found] = price_classes([file], services, settings.classification.thresholds(), advice_rules(settings))
    return ClassPrices(
        file_id=file_id,
        prices=[
            ClassPriceOut(
                location_id=one.spot.location_id,
                storage_class=one.spot.storage_class,
                tier=one.spot.tier,
                is_here=one.is_here,
                storage_usd=one.storage_usd,
                use_usd=one.use_usd,
                once_usd=one.once_usd,
                minimum_days=one.minimum_days,
                is_instant=one.is_instant,
            )
            for one in found
        ],
    )
