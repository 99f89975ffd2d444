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
from itertools import islice
from queue import SimpleQueue

from cloudflow_lib.domain.campaigns import Bundle, BundleFile, Campaign, CampaignState
from cloudflow_lib.errors import LostRaceError, StoreUnavailableError
from cloudflow_lib.workflows.bundle_copies import Copied, copies_of
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.settle_copies import LOST, Settlement

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
    """Files without an outcome: the campaign was paused, another run carries it, or a store did not answer."""


def move_bundle(bundle_id: str, services: Services, run_id: str | None = None) -> BundleReport:
    """
    Move what waits in the bundle; calling it again carries on.

    Once another run than *run_id* carries the campaign, this stops as if it were paused.

    Raises:
        StoreUnavailableError, CatalogUnavailableError: A server did not answer for long; what arrived is kept.
    """
    bundle = services.catalog.bundle(bundle_id)
    campaign = services.catalog.campaign(bundle.campaign_id)
    if bundle.waiting and not campaign.is_taken_from(run_id):
        _move(bundle, campaign, services, run_id)
    return _report(bundle, services)


def give_up_bundle(bundle_id: str, reason: str, services: Services, run_id: str | None = None) -> BundleReport:
    """Write down for every file that still waits why it was not moved, unless another run than *run_id* is to."""
    bundle = services.catalog.bundle(bundle_id)
    campaign = services.catalog.campaign(bundle.campaign_id)
    if campaign.is_taken_from(run_id):
        return _report(bundle, services)
    settlement = Settlement(bundle, campaign, services)
    there = settlement.carry_on()
    settlement.give_up([(file, reason) for file in bundle.waiting if file.file_id not in there])
    return _report(bundle, services)


def _report(bundle: Bundle, services: Services) -> BundleReport:
    progress = services.catalog.bundle_progress(bundle.bundle_id)  # others may have written meanwhile
    moved, failed = progress.moved.files, progress.failed.files
    return BundleReport(
        bundle_id=bundle.bundle_id, moved=moved, failed=failed, waiting=len(bundle.files) - moved - failed
    )


def _move(bundle: Bundle, campaign: Campaign, services: Services, run_id: str | None) -> None:
    settlement = Settlement(bundle, campaign, services)
    # Files that were switched and are not written down as moved are those of a worker that was here before.
    there = set() if services.catalog.begin_bundle(bundle.bundle_id) else settlement.carry_on()
    waiting = [file for file in bundle.waiting if file.file_id not in there]
    if campaign.state is not CampaignState.RUNNING:
        return
    unanswered: StoreUnavailableError | None = None
    flow = _Flow(waiting, campaign, services, run_id)
    for some in flow.groups():
        settlement.settle([copy for copy in some if not isinstance(copy.problem, StoreUnavailableError)])
        unanswered = next(
            (copy.problem for copy in some if isinstance(copy.problem, StoreUnavailableError)), unanswered
        )
    if unanswered is not None:
        raise unanswered


class _Flow:
    """Copies as they arrive, in groups; no new one begins once the campaign stands or is another run's."""

    def __init__(self, files: Sequence[BundleFile], campaign: Campaign, services: Services, run_id: str | None) -> None:
        self._files = files
        self._campaign = campaign
        self._services = services
        self._run_id = run_id
        self._is_stopped = False
        self._held: SimpleQueue[BundleFile] = SimpleQueue()
        """Found by the thread that reads what is to copy."""

    def groups(self) -> Iterator[Sequence[Copied]]:
        """Yield what arrived, as often as is worth a visit to the catalogue."""
        some: list[Copied] = []
        began = time.monotonic()
        for copy in copies_of(self._to_copy(), self._campaign, self._services):
            some += [copy, *self._in_others_hands()]
            if len(some) >= SETTLE_FILES or time.monotonic() - began >= SETTLE_EVERY.total_seconds():
                yield some
                some, began = [], time.monotonic()
                self._is_stopped = self._stands()
        yield [*some, *self._in_others_hands()]

    def _to_copy(self) -> Iterator[BundleFile]:
        """Yield the files but those that a migration holds: it may write the very same copy, and remove it again."""
        files = iter(self._files)
        while some := list(islice(files, SETTLE_FILES)):
            held = self._services.catalog.held_among([file.file_id for file in some])
            for file in some:
                if self._is_stopped:
                    log.info("campaign.standing campaign=%s", self._campaign.campaign_id)
                    return
                if file.file_id in held:
                    self._held.put(file)
                else:
                    yield file

    def _in_others_hands(self) -> Iterator[Copied]:
        while not self._held.empty():
            yield Copied(file=self._held.get(), problem=LostRaceError(LOST))

    def _stands(self) -> bool:
        campaign = self._services.catalog.campaign(self._campaign.campaign_id)
        return campaign.state is not CampaignState.RUNNING or campaign.is_taken_from(self._run_id)
