"""Campaigns: many files on their way in bundles, to be started, watched, paused, carried on and ended."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from cloudflow_lib.domain import campaigns
from cloudflow_lib.domain.campaigns import CampaignState
from cloudflow_lib.errors import CampaignRefusedError, NotFoundError
from cloudflow_lib.workflows.open_campaign import steer_campaign
from cloudflow_lib.workflows.start_campaign import DAG, carry_on, start_campaign
from cloudflow_lib.workflows.start_moves import request_key
from cloudflow_plugin.api.callers import Caller, CallerDep, WriterDep
from cloudflow_plugin.api.context import RunUrlDep, ServicesDep, StartRunDep
from cloudflow_plugin.api.fields import Answer, Handle, Limit
from cloudflow_plugin.api.replays import SentKey
from cloudflow_plugin.api.rights import ActingServicesDep
from cloudflow_plugin.api.routes.move_forms import CampaignBody

router = APIRouter(prefix="/campaigns", tags=["migrations"])


class Tally(Answer):
    """Files, and how many bytes they have together."""

    files: int
    size_bytes: int


class Campaign(Answer):
    """What was asked for, and where it stands."""

    campaign_id: Handle = Field(description="Also the id of its first run.", examples=["campaign__8f3b0a5d1c2e4f60"])
    requested_by: str = Field(examples=["team-docs"])
    source_location: str
    destination_location: str
    state: CampaignState
    planned: Tally
    left_out: Tally = Field(description="What fits the filter, but not the caps.")
    bundles: int
    quarantine_days: float
    opened_at: AwareDatetime
    ended_at: AwareDatetime | None
    run_url: str = Field(description="The page of its first run in the Airflow UI.")


class CampaignProgress(Campaign):
    """A campaign, and how far it is."""

    moved: Tally
    failed: Tally
    waiting_bundles: int = Field(description="Those with files that are still to move.")
    problems: list[str] = Field(description="Why files did not arrive: the first of them, one line each.")


class Campaigns(Answer):
    """Campaigns, the newest first."""

    campaigns: list[Campaign]


class CampaignRun(Answer):
    """The run that was started; what it does is seen at the campaign once its first task has listed the files."""

    campaign_id: Handle
    run_id: str
    run_url: str


@router.get("")
def list_campaigns(
    caller: CallerDep, services: ServicesDep, run_url: RunUrlDep, limit: Annotated[Limit, Query()] = 50
) -> Campaigns:
    """List the campaigns that the caller started, newest first; administrators see all."""
    found = services.catalog.recent_campaigns(requested_by=caller.sees_owner, limit=limit)
    return Campaigns(campaigns=[Campaign(**_fields(one, run_url(DAG, one.campaign_id))) for one in found])


@router.post("", status_code=202)
def start(
    body: CampaignBody, caller: WriterDep, services: ActingServicesDep, start_run: StartRunDep, key: SentKey = None
) -> CampaignRun:
    """Start moving up to a million files to another location, in bundles; a refusal has started nothing."""
    named = request_key(caller.user, key, body.model_dump_json())
    run = start_campaign(body.as_wish(), caller.user, services, start_run, named)
    return CampaignRun(campaign_id=run.run_id, run_id=run.run_id, run_url=run.url)


@router.get("/{campaign_id}")
def one_campaign(campaign_id: Handle, caller: CallerDep, services: ServicesDep, run_url: RunUrlDep) -> CampaignProgress:
    """Look at one campaign: what was planned, what arrived, what did not and why."""
    found = _visible(campaign_id, caller, services)
    progress = services.catalog.campaign_progress(campaign_id)
    return CampaignProgress(
        **_fields(found, run_url(DAG, campaign_id)),
        moved=_tally(progress.moved),
        failed=_tally(progress.failed),
        waiting_bundles=len(services.catalog.waiting_bundles(campaign_id)),
        problems=list(progress.problems),
    )


@router.post("/{campaign_id}/pause")
def pause(campaign_id: Handle, caller: WriterDep, services: ActingServicesDep, run_url: RunUrlDep) -> Campaign:
    """Let the campaign stand: its workers stop after the files in flight. Pausing twice is once."""
    found = steer_campaign(campaign_id, caller.user, CampaignState.PAUSED, services)
    return Campaign(**_fields(found, run_url(DAG, campaign_id)))


@router.post("/{campaign_id}/resume", status_code=202)
def resume(
    campaign_id: Handle,
    caller: WriterDep,
    services: ActingServicesDep,
    start_run: StartRunDep,
    key: SentKey = None,
) -> CampaignRun:
    """Carry on a campaign that was paused or broke off, in a new run: nothing is listed or copied again."""
    run = carry_on(campaign_id, caller.user, services, start_run, request_key(caller.user, key, campaign_id))
    return CampaignRun(campaign_id=campaign_id, run_id=run.run_id, run_url=run.url)


@router.post("/{campaign_id}/cancel")
def cancel(campaign_id: Handle, caller: WriterDep, services: ActingServicesDep, run_url: RunUrlDep) -> Campaign:
    """End the campaign for good; what arrived stays where it arrived. Cancelling twice is once."""
    found = steer_campaign(campaign_id, caller.user, CampaignState.CANCELLED, services)
    return Campaign(**_fields(found, run_url(DAG, campaign_id)))


def _visible(campaign_id: str, caller: Caller, services: ServicesDep) -> campaigns.Campaign:
    """
    Return a campaign that the caller may see.

    Raises:
        NotFoundError: There is none, or not yet.
        CampaignRefusedError: There is none, because it was refused; it says why.
    """
    unknown = f"there is no campaign {campaign_id!r}"
    try:
        found = services.catalog.campaign(campaign_id)
    except NotFoundError:
        refusal = services.catalog.refusal(campaign_id)
        if refusal is None or not caller.may_see(refusal.requested_by):
            raise
        raise CampaignRefusedError(f"{unknown}: it was refused, because {refusal.reason}") from None
    if not caller.may_see(found.requested_by):
        raise NotFoundError(unknown)
    return found


def _fields(one: campaigns.Campaign, run_url: str) -> dict[str, object]:
    same = ("campaign_id", "requested_by", "source_location", "destination_location", "state", "bundles")
    return {
        **{name: getattr(one, name) for name in (*same, "quarantine_days", "opened_at", "ended_at")},
        "planned": _tally(one.planned),
        "left_out": _tally(one.left_out),
        "run_url": run_url,
    }


def _tally(tally: campaigns.Tally) -> Tally:
    return Tally(files=tally.files, size_bytes=tally.size_bytes)
