"""
Move one bundle of a campaign: copies in flight by the hundred, catalogued some hundred at a time.

The order is that of a single migration: nothing is removed before its copy is proved and the
catalogue points at it. What a crash leaves is found by looking: a file that lies at its destination
was switched, one that does not is copied again, which meets its own earlier copy.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cloudflow_lib.domain.campaigns import Bundle, BundleFile, Campaign, CampaignState
from cloudflow_lib.errors import StoreUnavailableError
from cloudflow_lib.workflows.bundle_copies import Copied, copies_of
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.settle_copies import Settlement

log = logging.getLogger(__name__)

SETTLE_FILES = 500
SETTLE_EVERY = timedelta(seconds=4)
"""Each visit to the catalogue reads and writes the same few documents, however many files it speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleReport:
    """What one call did."""

    bundle_id: str
    moved: int
    failed: int
    waiting: int
    """Files without an outcome: the campaign was paused, or a store did not answer."""


def move_bundle(bundle_id: str, services: Services) -> BundleReport:
    """
    Move what waits in the bundle; calling it again carries on.

    Raises:
        StoreUnavailableError, CatalogUnavailableError: A server did not answer for long; what arrived is kept.
    """
    bundle = services.catalog.bundle(bundle_id)
    campaign = services.catalog.campaign(bundle.campaign_id)
    if bundle.waiting:
        _move(bundle, campaign, services)
    return _report(services.catalog.bundle(bundle_id))


def give_up_bundle(bundle_id: str, reason: str, services: Services) -> BundleReport:
    """Write down for every file that still waits why it was not moved."""
    bundle = services.catalog.bundle(bundle_id)
    settlement = Settlement(bundle, services.catalog.campaign(bundle.campaign_id), services)
    there = settlement.carry_on()
    settlement.give_up([(file, reason) for file in bundle.waiting if file.file_id not in there])
    return _report(services.catalog.bundle(bundle_id))


def _report(bundle: Bundle) -> BundleReport:
    failed = sum(outcome.problem is not None for outcome in bundle.outcomes.values())
    return BundleReport(
        bundle_id=bundle.bundle_id,
        moved=len(bundle.outcomes) - failed,
        failed=failed,
        waiting=len(bundle.waiting),
    )


def _move(bundle: Bundle, campaign: Campaign, services: Services) -> None:
    settlement = Settlement(bundle, campaign, services)
    # Files that were switched and are not written down as moved are those of a worker that was here before.
    there = set() if services.catalog.begin_bundle(bundle.bundle_id) else settlement.carry_on()
    waiting = [file for file in bundle.waiting if file.file_id not in there]
    if campaign.state is not CampaignState.RUNNING:
        return
    unanswered: StoreUnavailableError | None = None
    flow = _Flow(waiting, campaign, services)
    for some in flow.groups():
        settlement.settle([copy for copy in some if not isinstance(copy.problem, StoreUnavailableError)])
        unanswered = next(
            (copy.problem for copy in some if isinstance(copy.problem, StoreUnavailableError)), unanswered
        )
    if unanswered is not None:
        raise unanswered


class _Flow:
    """Copies as they arrive, in groups; no new one begins once the campaign stands."""

    def __init__(self, files: Sequence[BundleFile], campaign: Campaign, services: Services) -> None:
        self._files = files
        self._campaign = campaign
        self._services = services
        self._is_stopped = False

    def groups(self) -> Iterator[Sequence[Copied]]:
        """Yield what arrived, as often as is worth a visit to the catalogue."""
        some: list[Copied] = []
        began = time.monotonic()
        for copy in copies_of(self._to_copy(), self._campaign, self._services):
            some.append(copy)
            if len(some) >= SETTLE_FILES or time.monotonic() - began >= SETTLE_EVERY.total_seconds():
                yield some
                some, began = [], time.monotonic()
                self._is_stopped = self._stands()
        yield some

    def _to_copy(self) -> Iterator[BundleFile]:
        for file in self._files:
            if self._is_stopped:
                log.info("campaign.standing campaign=%s", self._campaign.campaign_id)
                return
            yield file

    def _stands(self) -> bool:
        return self._services.catalog.campaign(self._campaign.campaign_id).state is not CampaignState.RUNNING
