"""Say how a run of a campaign ended: the campaign itself may go on in another run."""

from __future__ import annotations

from datetime import datetime

from cloudflow_lib.domain.campaigns import Campaign, CampaignState
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.workflows.report_batch import BatchReport, tell
from cloudflow_lib.workflows.services import Services

DAG = "migrate_campaign"


def report_campaign(
    campaign_id: str, run_id: str, began_at: datetime, services: Services, *, requested_by: str | None = None
) -> BatchReport:
    """
    Close the run with one event and one mail, and the campaign if no file of it waits any more.

    Counts are those of the whole campaign. Doing it again sends nothing twice. Who may not carry it on learns that, and
    nothing of a campaign of others.
    """
    campaign = _carried(campaign_id, run_id, requested_by, services)
    report = _sum_up(campaign, run_id, began_at, services) if campaign else _refused(run_id, requested_by, services)
    tell(report, DAG, services)
    return report


def _carried(campaign_id: str, run_id: str, requested_by: str | None, services: Services) -> Campaign | None:
    """Return the campaign that the run moved something of; None if it could not."""
    try:
        campaign = services.catalog.campaign(campaign_id)
    except NotFoundError:
        return None
    if run_id == campaign_id:  # the one that planned it; what refused its first try did not refuse the second
        return campaign
    is_theirs = services.may_touch(requested_by or "nobody", campaign.requested_by)
    return campaign if is_theirs and services.catalog.refusal(run_id) is None else None


def _sum_up(campaign: Campaign, run_id: str, began_at: datetime, services: Services) -> BatchReport:
    waits = services.catalog.waiting_bundles(campaign.campaign_id)
    if not waits and campaign.state is CampaignState.RUNNING:
        campaign = services.catalog.set_campaign_state(campaign.campaign_id, CampaignState.DONE)
    progress = services.catalog.campaign_progress(campaign.campaign_id)
    problems = list(progress.problems)
    if progress.failed.files > len(problems):
        problems.append(f"and {progress.failed.files - len(problems):,} more")
    if waits and campaign.state is CampaignState.RUNNING and not campaign.is_taken_from(run_id):
        problems.append(f"{len(waits)} bundles wait still: trigger {DAG} with campaign_id {campaign.campaign_id}")
    return BatchReport(
        batch_id=run_id,
        requested_by=campaign.requested_by,
        done=progress.moved.files,
        failed=progress.failed.files,
        cancelled=0,
        size_bytes=progress.moved.size_bytes,
        seconds=(services.clock() - began_at).total_seconds(),
        problems=tuple(problems),
    )


def _refused(run_id: str, requested_by: str | None, services: Services) -> BatchReport:
    refusal = services.catalog.refusal(run_id)
    return BatchReport(
        batch_id=run_id,
        requested_by=requested_by or (refusal.requested_by if refusal else "nobody"),
        done=0,
        failed=0,
        cancelled=0,
        size_bytes=0,
        seconds=0.0,
        problems=(refusal.reason if refusal else "the run ended before its campaign was planned",),
    )
