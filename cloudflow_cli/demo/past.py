"""The past that the made-up access logs tell of, as the catalogue and the biller know it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cloudflow_cli.demo.world import World
from cloudflow_lib.domain.files import CatalogFile
from cloudflow_lib.ports.catalogs import Catalog, FileChange
from cloudflow_lib.workflows.services import Services

BILLED_DAYS = 28
"""As many days are worked out as a forecast needs."""
OLDER_DAYS = 240
"""By up to so many days files are older than their logs."""
AT_ONCE = 1000


def began_at(world: World, days: int) -> datetime:
    """Return where the logs begin, which were written once."""
    return datetime.fromtimestamp(world.history_note.stat().st_mtime, UTC) - timedelta(days=days)


def let_files_be_old(files: Iterable[CatalogFile], since: datetime, catalog: Catalog) -> int:
    """Note that files were there before their logs began: they were uploaded just now, and would have no past."""
    changes = [
        FileChange(
            file_id=file.file_id,
            expected_version=file.version,
            expected_tier=file.tier,
            changed={"first_seen_at": since - timedelta(days=_lot(file.file_id) % OLDER_DAYS)},
            event=None,
        )
        for file in files
        if file.first_seen_at > since
    ]
    return sum(catalog.update_files(changes[start : start + AT_ONCE]) for start in range(0, len(changes), AT_ONCE))


def _lot(file_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(file_id.encode(), digest_size=4).digest())


def bill_past_days(services: Services) -> int:
    """Work out what each of the last days cost, where nobody did, and return how many that were."""
    from cloudflow_lib.workflows.snapshot_costs import snapshot_costs

    yesterday = (services.clock() - timedelta(days=1)).date()
    days = [yesterday - timedelta(days=back) for back in range(BILLED_DAYS)]
    known = {one.day for one in services.catalog.cost_days(days[-1], yesterday)}
    missing = [day for day in days if day not in known]
    for day in missing:
        snapshot_costs(services, day)
    return len(missing)
