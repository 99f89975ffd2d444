"""Recommendations by prefix: where millions of files have the same to do, it is told and done as one thing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.recommendation_book import PrefixMove, PrefixSum
from cloudflow_lib.workflows.apply_recommendations import largest_of
from cloudflow_lib.workflows.start_moves import request_key
from cloudflow_plugin.api.applying import Applying, limits_of
from cloudflow_plugin.api.callers import CallerDep, WriterDep
from cloudflow_plugin.api.context import ServicesDep, SettingsDep, StartRunDep
from cloudflow_plugin.api.fields import Answer, ClassName, Handle, Key, Limit, Request, Text
from cloudflow_plugin.api.moves import Starting
from cloudflow_plugin.api.replays import SentKey
from cloudflow_plugin.api.rights import ActingServicesDep

router = APIRouter(prefix="/recommendations/prefixes", tags=["recommendations"])


class PrefixesQuery(Request):
    """Which prefixes."""

    location_id: Handle | None = Field(None, description="Where the files lie.", examples=["s3-main"])
    limit: Limit = 100


class PrefixRecommendation(Answer):
    """The same move for all files of one owner below a prefix, added up; dollars per month of 365/12 days."""

    owner: str = Field(examples=["team-docs"])
    location_id: str = Field(description="Where the files lie.", examples=["s3-main"])
    prefix: str = Field(description="Their first two folders; empty for what lies in none.", examples=["reports/2019/"])
    from_tier: Tier
    from_class: str = Field(examples=["STANDARD"])
    to_location_id: str = Field(description="Where they should lie; often the same.")
    to_tier: Tier
    to_class: str = Field(examples=["GLACIER_IR"])
    count: int = Field(description="So many files.")
    size_bytes: int
    saves_per_month: float
    saves_low: float = Field(description="If each file is used as much as nine times out of ten at most.")
    saves_high: float
    once: float = Field(description="What the moves cost.")
    pays_back_days: float
    worst_per_month: float = Field(description="What they save if all are read as in their busiest month.")
    read_tomorrow: float = Field(description="What one whole read of all of them there costs beyond one here.")
    confidence: float = Field(description="How likely the least sure of them saves money at all, from 0 to 1.")
    expires_at: AwareDatetime = Field(description="When the first of them does.")


class PrefixRecommendations(Answer):
    """Prefixes, the greatest saving first."""

    prefixes: list[PrefixRecommendation]


class PrefixToApply(Request):
    """Which move is to be done."""

    owner: Text = Field(examples=["team-docs"])
    location_id: Handle = Field(examples=["s3-main"])
    prefix: Key = Field(examples=["reports/2019/"])
    from_class: ClassName = Field(examples=["STANDARD"])
    to_location_id: Handle = Field(examples=["s3-main"])
    to_class: ClassName = Field(examples=["GLACIER_IR"])
    quarantine_days: float = Field(
        7.0, ge=0, le=365, description="How long a source at another location stays to roll back to."
    )

    def move(self) -> PrefixMove:
        """Return it as the domain's value."""
        return PrefixMove(**self.model_dump(exclude={"quarantine_days"}))


@router.get("")
def find_prefixes(
    query: Annotated[PrefixesQuery, Query()], caller: CallerDep, services: ServicesDep
) -> PrefixRecommendations:
    """Look through the open recommendations added up by prefix and move; administrators see all."""
    sums = services.catalog.sum_by_prefix(caller.sees_owner, location_id=query.location_id, limit=query.limit)
    return PrefixRecommendations(prefixes=[_out(one) for one in sums])


@router.post("/apply", status_code=202)
def apply_prefix(
    body: PrefixToApply,
    caller: WriterDep,
    services: ActingServicesDep,
    settings: SettingsDep,
    start_run: StartRunDep,
    key: SentKey = None,
) -> Starting:
    """Do it for as many of the files as one request may, the greatest saving first; ask again for the rest."""
    limits = limits_of(settings)
    chosen = largest_of(body.move(), caller.user, services, limits)
    applying = Applying(
        user=caller.user,
        services=services,
        limits=limits,
        start_run=start_run,
        # After the files as well: sent again when the first of them are on their way, it is about the next ones.
        named=request_key(caller.user, key, " ".join(chosen)),
    )
    return applying.apply(chosen, body.quarantine_days)


def _out(one: PrefixSum) -> PrefixRecommendation:
    of_move = {name: getattr(one.move, name) for name in PrefixMove.__dataclass_fields__}
    rest = {name: getattr(one, name) for name in PrefixRecommendation.model_fields if name not in of_move}
    return PrefixRecommendation.model_validate({**of_move, **rest})
