"""Withdraw open recommendations that nobody should act on any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.recommendations import Recommendation, RecommendationState
from cloudflow_lib.ports.recommendation_book import RecommendationChange
from cloudflow_lib.workflows.services import Services


def withdraw_stale(services: Services, *, location_id: str | None = None) -> int:
    """End what has expired and what speaks of files that vanished, changed or moved; return how many."""
    catalog, now = services.catalog, services.clock()
    ended = 0
    for page in catalog.iter_recommendations(RecommendationState.OPEN):
        some = [one for one in page if location_id in (None, one.source.location_id)]
        files = {file.file_id: file for file in catalog.files_by_id([one.file_id for one in some])}
        changes = [
            RecommendationChange(before=one, after=replace(one, state=state, state_since=now))
            for one in some
            if (state := _end(one, files, now)) is not None
        ]
        ended += catalog.change_recommendations(changes) if changes else 0
    return ended


def _end(one: Recommendation, files: Mapping[str, CatalogFile], now: datetime) -> RecommendationState | None:
    if one.expires_at <= now:
        return RecommendationState.EXPIRED
    file = files.get(one.file_id)
    if file is not None and file.migration_id:
        return None
    there = file is not None and file.state is FileState.PRESENT and file.version == one.version
    here = there and (file.location_id, file.storage_class) == (one.source.location_id, one.source.storage_class)  # type: ignore[union-attr] # `there` knows
    return None if here else RecommendationState.SUPERSEDED
