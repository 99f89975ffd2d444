"""What becomes of uploads that nobody will finish."""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from datetime import datetime

from cloudflow_lib.domain.migrations import ENDED, Migration
from cloudflow_lib.domain.objects import UploadId
from cloudflow_lib.domain.uploads import BEGIN_WITHIN, UploadEntry
from cloudflow_lib.errors import (
    BucketNotFoundError,
    CorruptDataError,
    NotFoundError,
    ObjectChangedError,
    ObjectNotFoundError,
)
from cloudflow_lib.ports.stores import ObjectStore
from cloudflow_lib.transfer.ledger import abort_entry, digest_of_parts
from cloudflow_lib.transfer.verify import prove_info
from cloudflow_lib.workflows.migration_copy import page_of
from cloudflow_lib.workflows.patience import Patience, going_on
from cloudflow_lib.workflows.resumable_uploads import is_awaited
from cloudflow_lib.workflows.services import Services
from cloudflow_lib.workflows.whose_copy import keys_of_others

MANY = 10_000
"""More uploads than all workers together have open."""


def discard_upload(migration: Migration, services: Services) -> bool:
    """End the upload of a migration that ends before its switch, and return whether one was aborted."""
    page = page_of(migration, services)
    entry = page.open_entry()
    if entry is None:
        return False
    target = services.open_store(entry.location_id)
    was_there = abort_entry(target, entry)
    if not was_there and entry.is_complete and migration.destination.version is None:
        _remove_unheard(entry, target, migration, services)
    page.close(entry)
    return was_there


def _remove_unheard(entry: UploadEntry, target: ObjectStore, migration: Migration, services: Services) -> None:
    """Remove the object whose finishing worked while its answer got lost, if it holds our bytes and is not older."""
    with suppress(ObjectNotFoundError, ObjectChangedError, CorruptDataError, BucketNotFoundError):
        info = target.stat(entry.key)
        is_anothers = keys_of_others(entry.location_id, {entry.key: migration.file_id}, entry.begun_at, services)
        if info.modified_at >= entry.begun_at - BEGIN_WITHIN and not is_anothers:
            prove_info(target, info, digest_of_parts(entry.parts))
            target.delete(entry.key, if_version=info.version)


def sweep_uploads(patience: Patience, services: Services, *, before: datetime) -> tuple[int, list[str]]:
    """
    Abort what is left of uploads that nobody will finish; return how many that were, and what could not be swept.

    Each upload gets a last look when it was closed before *before*: parts may have landed behind its
    end, and a call to begin it may have worked without anybody hearing so.
    """
    still_open = services.catalog.open_uploads(MANY)
    in_use = {entry.upload_id for entry in still_open if entry.upload_id}
    aborted = 0
    problems: list[str] = []
    for entry in (*still_open, *services.catalog.closed_uploads(before)):
        if patience.is_over("upload", entry.location_id):
            continue
        with going_on(problems, f"upload of {entry.location_id}/{entry.key}"):
            if entry.is_open and not _is_left(entry, services, before):
                continue
            with patience.asking("upload", entry.location_id):
                aborted += _end(entry, services) if entry.is_open else _look_behind(entry, in_use, services)
    return aborted, problems


def _end(entry: UploadEntry, services: Services) -> int:
    """Abort the upload, and return how many uploads that were."""
    store = _store_of(entry, services)
    aborted = store is not None and abort_entry(store, entry)
    services.catalog.close_upload(entry, services.clock())
    return int(aborted)


def _is_left(entry: UploadEntry, services: Services, before: datetime) -> bool:
    """Return whether nobody will finish it; where nothing else tells, it must have begun before *before*."""
    if is_awaited(entry, services):
        return False
    try:
        return services.catalog.migration(entry.migration_id).state in ENDED
    except NotFoundError:
        return entry.begun_at < before


def _look_behind(entry: UploadEntry, in_use: Container[UploadId], services: Services) -> int:
    """
    Abort what began or landed behind the end of *entry*, forget it, and return how many uploads that were.

    An upload that the store lists is ours if we wrote down that one of exactly this key begins at
    that time. No other is touched, and none that the ledger has as open.
    """
    aborted = 0
    if store := _store_of(entry, services):
        aborted += abort_entry(store, entry)
        for found in list(store.list_uploads(entry.key)):
            if entry.may_have_begun(found) and found.upload_id not in in_use:
                store.abort_upload(found.upload_id, found.key)
                aborted += 1
    services.catalog.forget_upload(entry)
    return aborted


def _store_of(entry: UploadEntry, services: Services) -> ObjectStore | None:
    """Return the store, or None if its location was taken out: nobody can reach it any more then."""
    try:
        return services.open_store(entry.location_id)
    except NotFoundError:
        return None
