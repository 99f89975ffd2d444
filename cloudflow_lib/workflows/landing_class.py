"""
The class a copy is written in, where the one that was asked for would hide it from its proof.

A store that keeps no checksum lets nobody prove what it has archived. There the copy lands in a class that can be
read, and is archived when its proof is written down.
"""

from __future__ import annotations

from dataclasses import replace

from cloudflow_lib.domain.migrations import Migration
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.workflows import migration_copy
from cloudflow_lib.workflows.services import Services


def copy(migration: Migration, services: Services) -> Migration:
    """As `migration_copy.copy`, into a class in which the copy can be proved."""
    target = services.open_store(migration.destination.location_id)
    if not _is_archived_last(migration, target):
        return migration_copy.copy(migration, services)
    wanted = migration.destination.storage_class
    landing = replace(migration.destination, storage_class=target.capabilities.default_class)
    copied = migration_copy.copy(replace(migration, destination=landing), services)
    return replace(copied, destination=replace(copied.destination, storage_class=wanted))


def archive_proved(migration: Migration, services: Services) -> None:
    """
    Give a proved copy the class that was asked for, if it did not land in it; twice is once.

    Raises:
        ObjectChangedError: The copy is not the one that was proved; it keeps its class.
    """
    target, destination = services.open_store(migration.destination.location_id), migration.destination
    if destination.version is not None and _is_archived_last(migration, target):
        target.change_class(destination.key, destination.storage_class, version=destination.version)


def _is_archived_last(migration: Migration, target: ObjectStore) -> bool:
    if migration.stays_in_place or migration.undoes is not None:  # no copy was made
        return False
    can = target.capabilities
    return not can.keeps_checksums and migration.destination.storage_class in can.archive_classes
