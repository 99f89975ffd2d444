"""Start a campaign, or let one carry on: looked at first, then as a run of `migrate_campaign`."""

from __future__ import annotations

from collections.abc import Mapping

from cloudflow_lib.errors import NotFoundError, WrongInputError
from cloudflow_lib.ports.runs import StartedRun, StartRun
from cloudflow_lib.workflows.open_campaign import CampaignRequest, hand_over_campaign
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
    if not is_campaign(key, services):  # sent again, it may have moved all that matched
        _require_a_start(Planner(request, user, services))
    return start_run(DAG, values, user=user, run_id=_campaign_id(key))


def is_campaign(key: str, services: Services) -> bool:
    """Return whether the request of this name was sent before and has its campaign, whatever became of that."""
    try:
        services.catalog.campaign(_campaign_id(key))
    except NotFoundError:
        return False
    return True


def _campaign_id(key: str) -> str:
    return f"campaign__{key}"


def _require_a_start(planner: Planner) -> None:
    planner.require_destination()
    first = next(planner.matching(), None)
    if first is None:
        raise planner.nothing_matches()
    planner.destination(first)


def carry_on(campaign_id: str, user: str, services: Services, start_run: StartRun, key: str) -> StartedRun:
    """
    Let a campaign that was paused or broke off carry on in a new run; nothing is listed or copied again.

    Raises:
        NotFoundError: There is no such campaign among those that *user* may steer.
        WrongStateError: It has ended, or another run has carried it on since the one of this *key*.
    """
    run_id = f"resume__{key}"
    # Before it is queued: who pauses the campaign while the run waits for its turn has the last word.
    hand_over_campaign(campaign_id, run_id, user, services)
    return start_run(DAG, {"campaign_id": campaign_id}, user=user, run_id=run_id)
