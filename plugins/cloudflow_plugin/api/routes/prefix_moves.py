"""Recommendations by prefix: where millions of files have the same to do, it is told and done as one thing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from cloudflow_lib.ports.recommendation_book import PrefixMove, PrefixSum
from cloudflow_lib.workflows.apply_recommendations import largest_of
from cloudflow_plugin.api.advice import Advised
from cloudflow_plugin.api.applying import ApplyingDep, WithQuarantine
from cloudflow_plugin.api.callers import CallerDep
from cloudflow_plugin.api.context import ServicesDep
from cloudflow_plugin.api.fields import Answer, ClassName, Handle, Key, Limit, Request, Text
from cloudflow_plugin.api.moves import Starting

router = APIRouter(prefix="/recommendations/prefixes", tags=["recommendations"])


class PrefixesQuery(Request):
    """Which prefixes."""

    location_id: Handle | None = Field(None, description="Where the files lie.", examples=["s3-main"])
    limit: Limit = 100


class PrefixRecommendation(Advised):
    """The same move for all files of one owner below a prefix, added up; dollars per month of 365/12 days."""

    prefix: str = Field(description="Their first two folders; empty for what lies in none.", examples=["reports/2019/"])
    count: int = Field(description="So many files.")
    saves_low: float = Field(description="If each file is used as much as nine times out of ten at most.")
    confidence: float = Field(description="How likely the least sure of them saves money at all, from 0 to 1.")
    expires_at: AwareDatetime = Field(description="When the first of them does.")


class PrefixRecommendations(Answer):
    """Prefixes, the greatest saving first."""

    prefixes: list[PrefixRecommendation]


class PrefixToApply(WithQuarantine):
    """Which move is to be done."""

    owner: Text = Field(examples=["team-docs"])
    location_id: Handle = Field(examples=["s3-main"])
    prefix: Key = Field(examples=["reports/2019/"])
    from_class: ClassName = Field(examples=["STANDARD"])
    to_location_id: Handle = Field(examples=["s3-main"])
    to_class: ClassName = Field(examples=["GLACIER_IR"])

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
def apply_prefix(body: PrefixToApply, applying: ApplyingDep) -> Starting:
    """Do it for as many of the files as one request may, the greatest saving first; ask again for the rest."""
    chosen = largest_of(body.move(), applying.user, applying.services, applying.limits)
    # About the files as well: sent again when the first of them are on their way, it is about the next ones.
    return applying.apply(chosen, body.quarantine_days, about=" ".join(chosen))


def _out(one: PrefixSum) -> PrefixRecommendation:
    of_move = {name: getattr(one.move, name) for name in PrefixMove.__dataclass_fields__}
    rest = {name: getattr(one, name) for name in PrefixRecommendation.model_fields if name not in of_move}
    return PrefixRecommendation.model_validate({**of_move, **rest})
