"""Chooses which files the demonstration migrates, so that it can be shown again and again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cloudflow_cli.demo.placing import AZURE, GCS, S3, is_odd
from cloudflow_cli.demo.world import STRANGER, TEAM
from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.locations import Location
from cloudflow_lib.domain.tiers import Tier
from cloudflow_lib.errors import CloudFlowError

ADMIN = "admin"
ODD_FIRST = 2
"""How many files with difficult names go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One run of `migrate_files`: how many files, from where, to where, for whom."""

    source: str
    destination: str | None
    """None: the files change their class where they lie."""
    files: int
    quarantine_days: float = 0.0
    user: str = ADMIN
    tier: Tier | None = None
    """None: each file's own class decides."""

    @property
    def title(self) -> str:
        """What people read."""
        return f"{self.source} → {self.destination}" if self.destination else f"{self.source}, classes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A route with its files chosen: what is sent to Airflow."""

    route: Route
    file_ids: tuple[str, ...]
    destination_tier: Tier | None = None
    """None: each file's own class decides."""
    is_refused: bool = False
    """Whether the platform must refuse it."""

    def request(self) -> dict[str, Any]:
        """Return the parameters of the run."""
        return {
            "file_ids": list(self.file_ids),
            "destination_location": self.route.destination,
            "destination_tier": self.destination_tier and self.destination_tier.value,
            "quarantine_days": self.route.quarantine_days,
        }


ROUTES = (
    Route(source=S3, destination=AZURE, files=9, tier=Tier.HOT),  # what cools it later is a recommendation
    Route(source=AZURE, destination=GCS, files=8, quarantine_days=7),
    Route(source=GCS, destination=S3, files=8),
    Route(source=S3, destination=GCS, files=7, quarantine_days=7, user=TEAM),
)
CLASSES = Route(source=AZURE, destination=None, files=16)
SMALL_BYTES = 128 * 1024
"""Nothing is recommended for smaller files: those whose class is changed for show leave the bills alone."""
FORBIDDEN = Route(source=S3, destination=AZURE, files=3, user=TEAM)
"""A team asks for files of another one: must be refused."""


class Pool:
    """The files that may still be chosen; each is chosen once."""

    def __init__(
        self,
        files: Iterable[CatalogFile],
        locations: Iterable[Location],
        quarantined: Mapping[str, Collection[str]],
    ) -> None:
        """Know the catalogued *files*, and location -> keys where a migrated source still waits for its end."""
        self._free = {file.file_id: file for file in files if _is_movable(file)}
        self._locations = {location.location_id: location for location in locations}
        self._quarantined = quarantined

    def draw(self, route: Route) -> Run:
        """
        Choose the files of a run; where there are too few left, it goes the other way.

        Raises:
            CloudFlowError: There are too few either way.
        """
        return self._draw_move(route) if route.destination else self._draw_class_change(route)

    def draw_forbidden(self, route: Route) -> Run:
        """Choose files that the user of *route* may not touch."""
        files = self._take([file for file in self._at(route.source) if file.owner == STRANGER], route)
        return Run(route=route, file_ids=files, is_refused=True)

    def _draw_move(self, route: Route) -> Run:
        back = replace(route, source=route.destination or "", destination=route.source)
        for way in (route, back):
            fitting = [file for file in self._at(way.source) if self._may_move(file, way)]
            if len(fitting) >= way.files:
                return Run(route=way, file_ids=self._take(fitting, way), destination_tier=way.tier)
        raise _too_few(route)

    def _draw_class_change(self, route: Route) -> Run:
        place = self._locations[route.source]
        files = [file for file in self._at(route.source) if file.size_bytes < SMALL_BYTES]
        astray = [file for file in files if file.storage_class != place.class_for(file.tier)]
        if len(astray) >= route.files:
            return Run(route=route, file_ids=self._take(astray, route))
        hot = place.class_for(Tier.HOT)
        cooled = [file for file in files if file.storage_class != hot]
        if len(cooled) >= route.files:
            return Run(route=route, file_ids=self._take(cooled, route), destination_tier=Tier.HOT)
        raise _too_few(route)

    def _at(self, location_id: str) -> list[CatalogFile]:
        return [file for file in self._free.values() if file.location_id == location_id]

    def _may_move(self, file: CatalogFile, route: Route) -> bool:
        if file.key in self._quarantined.get(route.destination or "", ()):
            return False  # its own earlier self still lies there
        return route.user in (ADMIN, file.owner)

    def _take(self, files: Sequence[CatalogFile], route: Route) -> tuple[str, ...]:
        """Take the largest file, some with odd names, the rest by chance that is the same each time."""
        drawn = sorted(files, key=lambda file: hashlib.blake2b(file.file_id.encode()).digest())
        largest = max(drawn, key=lambda file: file.size_bytes)
        odd = [file for file in drawn if is_odd(file.key)][:ODD_FIRST]
        order = {file.file_id: None for file in (largest, *odd, *drawn)}
        taken = tuple(order)[: route.files]
        for file_id in taken:
            del self._free[file_id]
        return taken


def _is_movable(file: CatalogFile) -> bool:
    return file.state is FileState.PRESENT and file.migration_id is None


def _too_few(route: Route) -> CloudFlowError:
    return CloudFlowError(
        f"fewer than {route.files} files are left to show {route.title}: `make clean` starts over with all of them"
    )
