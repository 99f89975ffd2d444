"""Which location an object in a bucket belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cloudflow_lib.domain.locations import Location


class Places:
    """Locations by bucket; where several share one, the longest prefix of the key decides."""

    def __init__(self, locations: Iterable[Location]) -> None:
        self._by_bucket: dict[str, list[Location]] = {}
        for location in locations:
            self._by_bucket.setdefault(location.bucket, []).append(location)
        for sharing in self._by_bucket.values():
            sharing.sort(key=lambda location: len(location.prefix), reverse=True)

    def of(self, bucket: str, key: str) -> str | None:
        """Return the id of the location that holds *key*, or None."""
        for location in self._by_bucket.get(bucket, ()):
            if key.startswith(location.prefix):
                return location.location_id
        return None

    def in_bucket(self, bucket: str) -> Sequence[str]:
        """Return the ids of all locations in *bucket*."""
        return [location.location_id for location in self._by_bucket.get(bucket, ())]
