"""Plan a campaign: which files go where, cut into bundles and written down once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain, islice
from secrets import token_hex

from pydantic import Field

from cloudflow_lib.domain.campaigns import (
    ENDED,
    ENOUGH_FILES,
    MOST_FILES,
    MOST_NAME_BYTES,
    Bundle,
    BundleFile,
    Campaign,
    CampaignState,
    Tally,
    bundle_id_of,
    bundle_sizes,
)
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.errors import CloudFlowError, NotAllowedError, NotFoundError, WrongInputError, WrongStateError
from cloudflow_lib.workflows.plan_moves import MoveRequest, Planner, parse
from cloudflow_lib.workflows.services import Services


class CampaignRequest(MoveRequest):
    """What a campaign moves: the files that fit the filter, up to its caps."""

    source_location: str
    destination_location: str
    """Another location: a campaign moves files, a class change in place is a request per file anyway."""
    max_files: int = Field(default=100_000, ge=1, le=MOST_FILES)
    max_bytes: int | None = Field(default=None, ge=1)
    """Files are taken while they fit; those that would go beyond are left out and counted."""


def open_campaign(campaign_id: str, user: str | None, values: object, services: Services) -> Campaign:
    """
    Plan the campaign, or return it as it was planned: carrying on lists nothing again.

    Raises:
        WrongInputError, NotAllowedError, NotFoundError: The whole request is refused; nothing was started.
    """
    try:
        return services.catalog.campaign(campaign_id)
    except NotFoundError:
        pass
    try:
        if not user:
            raise NotAllowedError("nobody is named as the one who triggered this run: trigger it as a signed-in user")
        return _plan(campaign_id, user, parse(CampaignRequest, values), services)
    except CloudFlowError as error:
        services.catalog.refuse_batch(campaign_id, user or "nobody", str(error))
        raise


def preview_campaign(user: str, request: CampaignRequest, services: Services) -> tuple[Tally, Tally]:
    """Return what the campaign would move, and what fits its filter but not its caps; nothing is written."""
    taking = _Taking(user, request, services)
    deque(taking.files(), maxlen=0)
    return taking.taken, taking.left_out


def carry_on_campaign(campaign_id: str, run_id: str, user: str | None, services: Services) -> Campaign:
    """
    Let another run carry on a campaign; what *user* may not carry on is written down as refused to that run.

    Raises:
        NotFoundError, WrongStateError: As `hand_over_campaign` does.
    """
    try:
        return hand_over_campaign(campaign_id, run_id, user or "nobody", services)
    except (NotFoundError, WrongStateError) as error:
        services.catalog.refuse_batch(run_id, user or "nobody", str(error))
        raise


def hand_over_campaign(campaign_id: str, run_id: str, user: str, services: Services) -> Campaign:
    """
    Let the run carry the campaign, in place of any other: whether that one lives, nobody can know here.

    Workers of the other one stop as if the campaign were paused. Done again for the same run, nothing changes.

    Raises:
        NotFoundError: There is no such campaign among those that *user* may steer.
        WrongStateError: It has ended, or was handed on from that run to another one.
    """
    _require_steerable(campaign_id, user, CampaignState.RUNNING, services)
    return services.catalog.carry_campaign(campaign_id, run_id)


def steer_campaign(campaign_id: str, user: str, state: CampaignState, services: Services) -> Campaign:
    """
    Pause, carry on or cancel a campaign; workers notice after the files in flight.

    Raises:
        NotFoundError: There is no such campaign among those that *user* may steer.
        WrongStateError: That state cannot be reached from where it stands.
    """
    _require_steerable(campaign_id, user, state, services)
    return services.catalog.set_campaign_state(campaign_id, state)


def _require_steerable(campaign_id: str, user: str, state: CampaignState, services: Services) -> None:
    campaign = services.catalog.campaign(campaign_id)
    if not services.may_touch(user, campaign.requested_by):
        raise NotFoundError(f"there is no campaign {campaign_id!r}")
    if campaign.state in ENDED and state is not campaign.state:
        raise WrongStateError(f"this campaign is {campaign.state}: start a new one for what is left")


def _plan(campaign_id: str, user: str, request: CampaignRequest, services: Services) -> Campaign:
    taking = _Taking(user, request, services)
    plan_id, bundles = token_hex(8), 0
    for files in taking.bundles():
        bundle_id = bundle_id_of(campaign_id, plan_id, bundles)
        services.catalog.save_bundle(
            Bundle(bundle_id=bundle_id, campaign_id=campaign_id, plan_id=plan_id, number=bundles, files=files)
        )
        bundles += 1
    if not bundles:
        raise taking.planner.nothing_matches()
    return services.catalog.open_campaign(
        Campaign(
            campaign_id=campaign_id,
            requested_by=user,
            source_location=request.source_location,
            destination_location=request.destination_location,
            quarantine_days=request.quarantine_days,
            planned=taking.taken,
            left_out=taking.left_out,
            bundles=bundles,
            opened_at=services.clock(),
            plan_id=plan_id,
            runs=(campaign_id,),  # it has the id of its first run
        )
    )


class _Taking:
    """The files of one request, taken while they fit into its caps and counted on the way."""

    def __init__(self, user: str, request: CampaignRequest, services: Services) -> None:
        if request.source_location == request.destination_location:
            raise WrongInputError("a campaign moves files to another location: to change a class use migrate_files")
        self.taken = self.left_out = Tally()
        self._request = request
        self.planner = Planner(request, user, services)

    def bundles(self) -> Iterator[tuple[BundleFile, ...]]:
        """Yield the files, some hundred to some thousand at a time."""
        files = self.files()
        first = list(islice(files, ENOUGH_FILES))
        sizes = bundle_sizes(len(first))
        size = next(sizes)
        some: list[BundleFile] = []
        name_bytes = 0
        for file in chain(first, files):
            if len(some) == size or name_bytes + file.name_bytes > MOST_NAME_BYTES:
                yield tuple(some)
                some, name_bytes, size = [], 0, next(sizes)
            some.append(file)
            name_bytes += file.name_bytes
        if some:
            yield tuple(some)

    def files(self) -> Iterator[BundleFile]:
        """Yield the files one by one."""
        for file in self.planner.matching():
            one = Tally(files=1, size_bytes=file.size_bytes)
            if self._fits(self.taken + one):
                self.taken += one
                yield self._bundled(file)
            else:
                self.left_out += one

    def _fits(self, together: Tally) -> bool:
        most = self._request.max_bytes
        return together.files <= self._request.max_files and (most is None or together.size_bytes <= most)

    def _bundled(self, file: CatalogFile) -> BundleFile:
        target = self.planner.destination(file)
        return BundleFile(
            file_id=file.file_id,
            owner=file.owner,
            key=file.key,
            version=file.version,
            storage_class=file.storage_class,
            size_bytes=file.size_bytes,
            target_key=target.key,
            target_class=target.storage_class,
        )
