"""Facts about what a day cost."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from cloudflow_lib.domain.cost_days import CostDay, CostLine, MeterCharge
from cloudflow_lib.domain.events.facts import Fact
from cloudflow_lib.domain.prices import Meter, Part
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.domain.topics import Topic


class ChargeData(BaseModel):
    """What one meter counted, in its smallest units, and what that costs."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    part: Part
    storage_class: str
    meter: Meter
    option: str
    quantity: int
    nanodollars: int


class CostLineData(BaseModel):
    """The files of one class in one location below one prefix."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    location_id: str
    tier: Tier
    storage_class: str
    prefix: str
    files: int
    size_bytes: int
    charges: tuple[ChargeData, ...]


class CostDayData(BaseModel):
    """The whole day: it replaces what was told of the same day before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    worked_out_at: AwareDatetime
    nanodollars: int
    before: int | None
    """What was told of the same day before, None if nothing was."""
    lines: tuple[CostLineData, ...]


class CostsChanged(Fact):
    """What a day cost its owner was worked out, or came out differently than before."""

    topic: ClassVar[Topic] = Topic.COSTS
    type: Literal["io.cloudflow.costs.changed.v1"] = "io.cloudflow.costs.changed.v1"
    data: CostDayData


def costs_changed(day: CostDay, before: CostDay | None) -> CostsChanged:
    """Return the fact that *day* is what it cost, in place of *before*."""
    return CostsChanged(
        subject=day.day.isoformat(),
        user=day.owner,
        time=day.worked_out_at,
        data=CostDayData(
            day=day.day,
            worked_out_at=day.worked_out_at,
            nanodollars=day.nanodollars,
            before=before.nanodollars if before else None,
            lines=tuple(CostLineData.model_validate(line) for line in day.lines),
        ),
    )


def day_told(event: CostsChanged) -> CostDay:
    """Return the day that *event* tells of."""
    return CostDay(
        owner=event.user,
        day=event.data.day,
        worked_out_at=event.data.worked_out_at,
        lines=tuple(
            CostLine(**{**dict(line), "charges": tuple(MeterCharge(**dict(charge)) for charge in line.charges)})
            for line in event.data.lines
        ),
    )
