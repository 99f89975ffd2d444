"""Start a campaign, or let one carry on: looked at first, then as a run of `migrate_campaign`."""

from __future__ import annotations

from collections.abc import Mapping

from cloudflow_lib.domain.campaigns import CampaignState
from cloudflow_lib.errors import WrongInputError
from cloudflow_lib.ports.runs import StartedRun, StartRun
from cloudflow_lib.workflows.open_campaign import CampaignRequest, steer_campaign
from cloudflow_lib.workflows.plan_moves import Planner, parse
from cloudflow_lib.workflows.services import Services

DAG = "migrate_campaign"


def start_campaign(
    wish: Mapping[str, object], user: str, services: Services, start_run: StartRun, key: str
) -> StartedRun:
    """
    Start the campaign that *wish* (the fields of `CampaignRequest`) asks for; its first task lists the files.

    The run's id is the campaign's, and *key* names it: asked twice with the same one, it is started once.

    Raises:
        WrongInputError, NotAllowedError, NotFoundError: The request is refused; nothing was started.
    """
    values = {name: value for name, value in wish.items() if value is not None}
    request = parse(CampaignRequest, values)
    if request.source_location == request.destination_location:
        raise WrongInputError("a campaign moves files to another location: to change a class start a migration")
    planner = Planner(request, user, services)
    planner.require_destination()
    first = next(planner.matching(), None)
    if first is None:
        raise planner.nothing_matches()
    planner.destination(first)
    return start_run(DAG, values, user=user, run_id=f"campaign__{key}")


def carry_on(campaign_id: str, user: str, services: Services, start_run: StartRun, key: str) -> StartedRun:
    """
    Let a campaign that was paused or broke off carry on in a new run; nothing is listed or copied again.

    Raises:
        NotFoundError: There is no such campaign among those that *user* may steer.
        WrongStateError: It has ended.
    """
    steer_campaign(campaign_id, user, CampaignState.RUNNING, services)
    return start_run(DAG, {"campaign_id": campaign_id}, user=user, run_id=f"resume__{key}")
