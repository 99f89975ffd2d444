"""What the audit demands of the places: everything there, once, and sources gone or kept as asked. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cloudflow_cli.demo.clouds import Seen
from cloudflow_cli.demo.manifest import Entry
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.domain.migrations import ENDED, Migration, MigrationState
from cloudflow_lib.ports.catalogs import QuarantinedSource


class Fault(StrEnum):
    """What can be wrong."""

    DIFFERENT = "different"
    LOST = "lost"
    DUPLICATE = "duplicate"
    SOURCE = "source"
    """A source that should be gone is there, or one that should be kept is gone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    fault: Fault
    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything the audit knows: what the catalogue says, and what the stores say."""

    entries: Collection[Entry]
    files: Mapping[str, CatalogFile]
    """File id -> where the catalogue has it."""
    migrations: Collection[Migration]
    quarantined: Collection[QuarantinedSource]
    seen: Mapping[str, Mapping[str, Seen]]
    """Location -> key -> object, as the store itself lists it."""
    forgetful: Collection[str] = ()
    """Locations whose server keeps nothing over a restart: a kept source may be gone there."""

    def holds(self, location_id: str, key: str) -> bool:
        """Return whether the store lists this object."""
        return key in self.seen.get(location_id, {})


def judge(scene: Scene) -> list[Finding]:
    """Return all that is wrong, apart from the bytes themselves."""
    return [*_judge_files(scene), *_judge_copies(scene), *_judge_sources(scene)]


def moved_files(scene: Scene) -> list[tuple[Entry, CatalogFile]]:
    """Return the files of the demonstration that were ever migrated, with where they are now."""
    moved = {migration.file_id for migration in scene.migrations if migration.state is MigrationState.DONE}
    return [
        (entry, scene.files[entry.file_id]) for entry in scene.entries if entry.file_id in moved & scene.files.keys()
    ]


def _judge_files(scene: Scene) -> Iterator[Finding]:
    """Each file must be where the catalogue has it, with its size and its class."""
    for entry in scene.entries:
        file = scene.files.get(entry.file_id)
        if file is None:
            yield Finding(Fault.LOST, f"{entry.location_id}/{entry.key}", "the catalogue does not know it")
            continue
        where = f"{file.location_id}/{file.key}"
        seen = scene.seen.get(file.location_id, {}).get(file.key)
        if seen is None:
            yield Finding(Fault.LOST, where, "the store has no such object")
        elif seen.size_bytes != entry.size_bytes:
            yield Finding(Fault.DIFFERENT, where, f"{seen.size_bytes:,} bytes instead of {entry.size_bytes:,}")
        elif seen.storage_class != file.storage_class:
            yield Finding(Fault.DIFFERENT, where, f"stored as {seen.storage_class}, not {file.storage_class}")


def _judge_copies(scene: Scene) -> Iterator[Finding]:
    """No file may lie anywhere else as well, except where its source is kept for a while."""
    home = {name: entry for entry in scene.entries for name in _names(entry, scene)}
    excused = {(source.location_id, source.key) for source in scene.quarantined} | _under_way(scene)
    for location_id, objects in scene.seen.items():
        for key in objects.keys() & home.keys():
            file = scene.files.get(home[key].file_id)
            if file and (location_id, key) != (file.location_id, file.key) and (location_id, key) not in excused:
                where = f"{location_id}/{key}"
                yield Finding(Fault.DUPLICATE, where, f"the file lies in {file.location_id}/{file.key} as well")


def _names(entry: Entry, scene: Scene) -> Iterable[str]:
    file = scene.files.get(entry.file_id)
    return {entry.key, file.key} if file else {entry.key}


def _under_way(scene: Scene) -> set[tuple[str, str]]:
    """Return both ends of every migration that has not ended: until then there may be two copies."""
    ends = (
        end
        for migration in scene.migrations
        if migration.state not in ENDED
        for end in (migration.source, migration.destination)
    )
    return {(end.location_id, end.key) for end in ends}


def _judge_sources(scene: Scene) -> Iterator[Finding]:
    """After a move the source is gone, or kept until its quarantine ends: as it was asked for."""
    kept = {source.migration_id: source for source in scene.quarantined}
    current = {(file.location_id, file.key) for file in scene.files.values()}
    kept_places = {(source.location_id, source.key) for source in scene.quarantined}
    for migration in scene.migrations:
        if migration.state is not MigrationState.DONE or migration.stays_in_place:
            continue
        place = (migration.source.location_id, migration.source.key)
        where = "/".join(place)
        if migration.migration_id in kept:
            if not scene.holds(*place) and place[0] not in scene.forgetful:
                yield Finding(Fault.SOURCE, where, "was to be kept, and is gone")
        elif scene.holds(*place) and place not in current | kept_places:
            yield Finding(Fault.SOURCE, where, "was to be removed, and is still there")
