"""Names that a campaign is about to point files at: what lies there already are its copies, and no new files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cloudflow_lib.domain.campaigns import Campaign
from cloudflow_lib.domain.objects import ObjectInfo
from cloudflow_lib.domain.timelines import Int64s
from cloudflow_lib.domain.uploads import BEGIN_WITHIN
from cloudflow_lib.ports.campaign_book import CampaignBook


class PromisedCopies:
    """Those of the campaigns that copy into one location and have not ended."""

    def __init__(self, location_id: str, book: CampaignBook) -> None:
        self._location_id = location_id
        self._book = book
        self._names: dict[str, Int64s] = {}

    def among(self, found: Sequence[ObjectInfo]) -> frozenset[str]:
        """Return the names of the objects that came since a campaign was opened, where it puts one of its files."""
        names: set[str] = set()
        for campaign in self._book.campaigns_into(self._location_id) if found else ():
            came = [info.key for info in found if info.modified_at >= campaign.opened_at - BEGIN_WITHIN]
            if came:
                is_promised = np.isin(_hashes(came), self._names_of(campaign))
                names.update(key for key, promised in zip(came, is_promised, strict=True) if promised)
        return frozenset(names)

    def _names_of(self, campaign: Campaign) -> Int64s:
        """Return hashes, eight bytes a file: the names of a million files would take a hundred megabytes."""
        if campaign.campaign_id not in self._names:
            waiting = [
                _hashes([file.target_key for file in self._book.bundle(bundle_id).waiting])
                for bundle_id in self._book.waiting_bundles(campaign.campaign_id)
            ]
            self._names[campaign.campaign_id] = np.concatenate([np.empty(0, np.int64), *waiting])
        return self._names[campaign.campaign_id]


def _hashes(keys: Sequence[str]) -> Int64s:
    return np.fromiter(map(hash, keys), np.int64, len(keys))
