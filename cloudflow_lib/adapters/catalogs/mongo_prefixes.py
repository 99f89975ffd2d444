"""Open recommendations added up by prefix and move, in MongoDB's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cloudflow_lib.adapters.catalogs.memory_recommendations import by_saving
from cloudflow_lib.adapters.catalogs.mongo_shelves import Document
from cloudflow_lib.domain.recommendations import RecommendationState
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.ports.recommendation_book import PrefixMove, PrefixSum

PLACES = {
    "owner": "owner",
    "location_id": "source.location_id",
    "prefix": "prefix",
    "from_class": "source.storage_class",
    "to_location_id": "destination.location_id",
    "to_class": "destination.storage_class",
}
"""Where a document has the parts of a move."""
ADDED = ("size_bytes", "saves_per_month", "saves_low", "saves_high", "read_tomorrow", "worst_per_month")
LEAST = ("confidence", "expires_at")


def matching_move(move: PrefixMove) -> Document:
    """Return what a document of this move has; one from before there were prefixes has none."""
    matching = {place: getattr(move, name) for name, place in PLACES.items()}
    return matching if move.prefix else {**matching, "prefix": {"$in": ["", None]}}


def prefix_stages(owner: str | None, location_id: str | None, limit: int) -> Sequence[Mapping[str, Any]]:
    """Return the stages that add up what is open; documents from before there were prefixes have the empty one."""
    matching: Document = {"state": RecommendationState.OPEN.value}
    if owner is not None:
        matching["owner"] = owner
    if location_id is not None:
        matching["source.location_id"] = location_id
    group: Document = {
        "_id": {name: {"$ifNull": [f"${place}", ""]} for name, place in PLACES.items()},
        "from_tier": {"$first": "$source.tier"},
        "to_tier": {"$first": "$destination.tier"},
        "count": {"$sum": 1},
        "once": {"$sum": "$once_usd"},
        **{name: {"$sum": f"${name}"} for name in ADDED},
        **{name: {"$min": f"${name}"} for name in LEAST},
    }
    return [{"$match": matching}, {"$group": group}, {"$sort": {"saves_per_month": -1, "_id": 1}}, {"$limit": limit}]


def prefix_sums(groups: Iterable[Document]) -> Sequence[PrefixSum]:
    """Return what the stages found."""
    return by_saving(
        [
            PrefixSum(
                move=PrefixMove(**group["_id"]),
                from_tier=Tier(group["from_tier"]),
                to_tier=Tier(group["to_tier"]),
                **{name: group[name] for name in ("count", "once", *ADDED, *LEAST)},
            )
            for group in groups
        ]
    )
