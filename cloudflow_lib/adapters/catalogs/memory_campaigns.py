"""Campaigns in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloudflow_lib.adapters.catalogs.memory_migrations import MemoryMigrations
from cloudflow_lib.domain.campaigns import ENDED, Bundle, Campaign, CampaignState, Outcome, Progress
from cloudflow_lib.domain.events import Event
from cloudflow_lib.domain.files import FileState
from cloudflow_lib.errors import CatalogError, NotFoundError
from cloudflow_lib.ports.campaign_book import FileMove, require_free_for, require_reachable, sum_up


class MemoryCampaigns(MemoryMigrations):
    """CampaignBook on dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._campaigns: dict[str, Campaign] = {}
        self._bundles: dict[str, Bundle] = {}
        self._begun: set[str] = set()

    def save_bundle(self, bundle: Bundle) -> None:
        with self._lock:
            if bundle.bundle_id in self._bundles:
                raise CatalogError(f"there is a bundle {bundle.bundle_id!r} already")
            self._bundles[bundle.bundle_id] = bundle

    def open_campaign(self, campaign: Campaign) -> Campaign:
        with self._lock:
            stored = self._campaigns.setdefault(campaign.campaign_id, campaign)
            self._bundles = {
                bundle_id: bundle
                for bundle_id, bundle in self._bundles.items()
                if bundle.campaign_id != stored.campaign_id or bundle.plan_id == stored.plan_id
            }
            return stored

    def campaign(self, campaign_id: str) -> Campaign:
        with self._lock:
            if campaign_id not in self._campaigns:
                raise NotFoundError(f"there is no campaign {campaign_id!r}")
            return self._campaigns[campaign_id]

    def recent_campaigns(self, *, requested_by: str | None = None, limit: int = 50) -> Sequence[Campaign]:
        with self._lock:
            found = [one for one in self._campaigns.values() if requested_by in (None, one.requested_by)]
        return sorted(found, key=lambda one: one.opened_at, reverse=True)[:limit]

    def campaigns_into(self, location_id: str) -> Sequence[Campaign]:
        with self._lock:
            return [
                one
                for one in self._campaigns.values()
                if one.destination_location == location_id and one.state not in ENDED
            ]

    def set_campaign_state(self, campaign_id: str, state: CampaignState) -> Campaign:
        with self._lock:
            campaign = self.campaign(campaign_id)
            if campaign.state is not state:
                require_reachable(campaign, state)
                ended_at = self._now() if state in ENDED else None
                self._campaigns[campaign_id] = replace(campaign, state=state, ended_at=ended_at)
            return self._campaigns[campaign_id]

    def carry_campaign(self, campaign_id: str, run_id: str) -> Campaign:
        with self._lock:
            campaign = self.campaign(campaign_id)
            if campaign.carried_by != run_id:
                require_free_for(run_id, campaign)
                runs = (*campaign.runs, run_id)
                self._campaigns[campaign_id] = replace(campaign, state=CampaignState.RUNNING, runs=runs)
            return self._campaigns[campaign_id]

    def bundle(self, bundle_id: str) -> Bundle:
        with self._lock:
            if bundle_id not in self._bundles:
                raise NotFoundError(f"there is no bundle {bundle_id!r}")
            return self._bundles[bundle_id]

    def begin_bundle(self, bundle_id: str) -> bool:
        with self._lock:
            is_first = bundle_id not in self._begun
            self._begun.add(bundle_id)
            return is_first

    def waiting_bundles(self, campaign_id: str) -> Sequence[str]:
        return [bundle.bundle_id for bundle in self._bundles_of(campaign_id) if bundle.waiting]

    def _bundles_of(self, campaign_id: str) -> Sequence[Bundle]:
        with self._lock:
            campaign = self._campaigns.get(campaign_id)
            counts = (campaign_id, campaign and campaign.plan_id)
            found = [one for one in self._bundles.values() if (one.campaign_id, one.plan_id) == counts]
        return sorted(found, key=lambda bundle: bundle.number)

    def note_outcomes(
        self, bundle_id: str, outcomes: Mapping[str, Outcome], events: Mapping[str, Event] | None = None
    ) -> None:
        with self._lock:
            bundle = self.bundle(bundle_id)
            new = {name: one for name, one in outcomes.items() if one.outweighs(bundle.outcomes.get(name))}
            self._bundles[bundle_id] = replace(bundle, outcomes={**bundle.outcomes, **new})
            self._tell([event for file_id, event in (events or {}).items() if file_id in new])

    def bundle_progress(self, bundle_id: str) -> Progress:
        return sum_up([self.bundle(bundle_id).outcomes])

    def campaign_progress(self, campaign_id: str) -> Progress:
        return sum_up(bundle.outcomes for bundle in self._bundles_of(campaign_id))

    def move_files(self, moves: Sequence[FileMove]) -> Sequence[str]:
        with self._lock:
            return [move.file_id for move in moves if self._move(move)]

    def held_among(self, file_ids: Sequence[str]) -> frozenset[str]:
        with self._lock:
            found = [self._files[file_id] for file_id in file_ids if file_id in self._files]
        return frozenset(file.file_id for file in found if file.migration_id is not None)

    def _move(self, move: FileMove) -> bool:
        file = self._files.get(move.file_id)
        target = move.destination
        if file is None or target.version is None:
            return False
        if (file.location_id, file.key, file.version) == (target.location_id, target.key, target.version):
            return True
        as_copied = (move.source.location_id, move.source.key, move.source.version, None, FileState.PRESENT)
        if (file.location_id, file.key, file.version, file.migration_id, file.state) != as_copied:
            return False
        occupant = self._places.get((target.location_id, target.key))
        if occupant is not None and not self._is_replaced(self._files[occupant], target):
            return False
        self._place(file, target)
        return True
