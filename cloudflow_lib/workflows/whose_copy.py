"""Tell our copies from other files of the same bytes under the same name: what is not ours is never removed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cloudflow_lib.domain.files import CatalogFile, FileState
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.uploads import BEGIN_WITHIN
from cloudflow_lib.errors import NotFoundError
from cloudflow_lib.workflows.services import Services


def keys_of_others(location_id: str, wanted: Mapping[str, str], since: datetime, services: Services) -> frozenset[str]:
    """
    Return those keys of *wanted* (key -> id of the file that goes there) at which another file lies.

    A record of an object that was written after *since* and neither moved nor sent there may be what a scan took our
    copy for.
    """
    found = services.catalog.file_ids_at(location_id, list(wanted))
    others = [file_id for key, file_id in found.items() if file_id != wanted[key]]
    return frozenset(
        file.key
        for file in services.catalog.files_by_id(others)
        if file.state is FileState.PRESENT and (file.placed_at is not None or file.modified_at < since - BEGIN_WITHIN)
    )


def is_awaited(file: CatalogFile, location_id: str, key: str, services: Services) -> bool:
    """
    Return whether a copy of *file* at this address is its own by now, or what a migration that holds it leads to.

    Both write the same bytes under the same name, and whoever comes second takes the other's copy for its own. A
    migration that waits in its queue does not: it will look whether the name is free.
    """
    if (file.location_id, file.key) == (location_id, key):
        return True
    if file.migration_id is None:
        return False
    try:
        holder = services.catalog.migration(file.migration_id)
    except NotFoundError:
        return True  # who it is cannot be told: nothing is removed
    there = (holder.destination.location_id, holder.destination.key)
    return there == (location_id, key) and holder.state is not MigrationState.QUEUED
