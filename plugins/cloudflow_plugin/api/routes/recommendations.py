"""Recommendations: what should move where, why, what that saves; doing it, or not hearing of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from cloudflow_lib.domain.recommendations import RecommendationState
from cloudflow_lib.ports.recommendation_book import RecommendationQuery
from cloudflow_lib.workflows.apply_recommendations import visible_recommendations
from cloudflow_lib.workflows.dismiss_recommendation import dismiss_recommendations, restore_recommendations
from cloudflow_lib.workflows.sum_savings import sum_savings
from cloudflow_plugin.api.advice import (
    Explained,
    Recommendation,
    RecommendationId,
    Sums,
    explained_out,
    recommendation_out,
    sums_out,
)
from cloudflow_plugin.api.applying import ApplyingDep, WithQuarantine
from cloudflow_plugin.api.callers import CallerDep, WriterDep
from cloudflow_plugin.api.context import RunUrlDep, ServicesDep
from cloudflow_plugin.api.fields import Answer, Cursor, Handle, Limit, Request
from cloudflow_plugin.api.moves import Starting
from cloudflow_plugin.api.rights import ActingServicesDep

router = APIRouter(prefix="/recommendations", tags=["recommendations"])

MOST_IDS = 5000
"""As many fit into a body; how many one request applies, the settings say."""


class RecommendationsQuery(Request):
    """Which recommendations."""

    state: RecommendationState = RecommendationState.OPEN
    location_id: Handle | None = Field(None, description="Where the file lies.", examples=["s3-main"])
    cursor: Cursor | None = None
    limit: Limit = 100


class RecommendationPage(Answer):
    """One page of recommendations, the greatest saving first."""

    recommendations: list[Recommendation]
    next_cursor: Cursor | None = Field(description="Give it back as `cursor` for the page behind; null at the end.")


class Chosen(Request):
    """Which recommendations."""

    recommendation_ids: list[RecommendationId] = Field(min_length=1, max_length=MOST_IDS)


class ToApply(Chosen, WithQuarantine):
    """Which recommendations are to be done."""


class Changed(Answer):
    """Recommendations as they stand now."""

    recommendations: list[Recommendation]


@router.get("")
def find_recommendations(
    query: Annotated[RecommendationsQuery, Query()], caller: CallerDep, services: ServicesDep, run_url: RunUrlDep
) -> RecommendationPage:
    """Look through the recommendations for one's own files, the greatest saving first; administrators see all."""
    wanted = RecommendationQuery(owner=caller.sees_owner, state=query.state, location_id=query.location_id)
    page = services.catalog.find_recommendations(wanted, cursor=query.cursor or None, limit=query.limit)
    told = [recommendation_out(one, run_url) for one in page.recommendations]
    return RecommendationPage(recommendations=told, next_cursor=page.next_cursor)


@router.get("/summary")
def summary(caller: CallerDep, services: ServicesDep) -> Sums:
    """Sum up what could be saved, what was promised, and what was really saved."""
    return sums_out(sum_savings(caller.sees_owner, services))


@router.post("/apply", status_code=202)
def apply(body: ToApply, applying: ApplyingDep) -> Starting:
    """Do what is recommended: runs of `migrate_files`, up to 200 files with one destination in each."""
    return applying.apply(body.recommendation_ids, body.quarantine_days, about=body.model_dump_json())


@router.post("/dismiss")
def dismiss(body: Chosen, caller: WriterDep, services: ActingServicesDep, run_url: RunUrlDep) -> Changed:
    """Hear nothing of these files for 90 days. Dismissing one again changes nothing."""
    found = dismiss_recommendations(body.recommendation_ids, caller.user, services)
    return Changed(recommendations=[recommendation_out(one, run_url) for one in found])


@router.post("/restore")
def restore(body: Chosen, caller: WriterDep, services: ActingServicesDep, run_url: RunUrlDep) -> Changed:
    """Bring dismissed ones back; one that lost its reasons meanwhile is `expired`, and its file is looked at anew."""
    found = restore_recommendations(body.recommendation_ids, caller.user, services)
    return Changed(recommendations=[recommendation_out(one, run_url) for one in found])


@router.get("/{recommendation_id}")
def one_recommendation(
    recommendation_id: RecommendationId, caller: CallerDep, services: ActingServicesDep, run_url: RunUrlDep
) -> Explained:
    """See everything that led to a recommendation: reasons, prices, and each part of what it costs."""
    (one,) = visible_recommendations([recommendation_id], caller.user, services)
    return explained_out(one, run_url)
