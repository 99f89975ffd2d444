"""Files that a move pays for, known long enough and read often enough that the adviser says so by itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from benchmarks._stack import add_place
from cloudflow_cli.demo.placing import ARCHIVE
from cloudflow_cli.demo.world import TEAM, World
from cloudflow_lib.bootstrap import advice_rules, services, settings
from cloudflow_lib.domain.access import DayRollup
from cloudflow_lib.domain.objects import ObjectTraits
from cloudflow_lib.errors import CloudFlowError
from cloudflow_lib.ports.catalogs import FileChange
from cloudflow_lib.workflows.recommend_moves import recommend_moves
from cloudflow_lib.workflows.scan_location import scan_location

PLACE = "apply"
FILE_BYTES = 256 * 1024
KNOWN_FOR = timedelta(days=60)
DAILY_READS = 4
READ_DAYS = 30
WARM_CLASS = "STANDARD_IA"


def advised_files(world: World, count: int) -> list[str]:
    """Put *count* files into a class too cold for how they are read, and return the names they are advised by."""
    usual = world.places()[ARCHIVE]
    add_place(replace(usual, location_id=PLACE, bucket=f"cloudflow-{PLACE}"))
    bench, run = services(), uuid4().hex[:6]
    known = bench.catalog.location(PLACE)
    bench.catalog.save_location(replace(known, owner=TEAM))
    store = bench.open_store(PLACE)
    keys = [f"report {run} {number:03}.bin" for number in range(count)]
    for key in keys:
        store.put(key, os.urandom(FILE_BYTES), ObjectTraits(storage_class=WARM_CLASS))
    scan_location(PLACE, catalog=bench.catalog, open_store=bench.open_store, clock=bench.clock)
    ids = bench.catalog.file_ids_at(PLACE, keys)
    _give_a_past([ids[key] for key in keys], bench.clock())
    recommend_moves(bench, settings().classification.thresholds(), advice_rules(settings()), location_id=PLACE)
    said = bench.catalog.recommendations_of(list(ids.values()))
    if missing := [key for key in keys if not said.get(ids[key])]:
        raise CloudFlowError(f"{len(missing)} of {count} files were not advised to move: look at the price book")
    return keys


def _give_a_past(file_ids: Sequence[str], now: datetime) -> None:
    """Make the catalogue know the files for two months, in the second of which they were read every day."""
    catalog, then = services().catalog, now - KNOWN_FOR
    changes = [
        FileChange(
            file_id=file.file_id,
            expected_version=file.version,
            expected_tier=file.tier,
            changed={"first_seen_at": then, "modified_at": then},
            event=None,
        )
        for file in catalog.files_by_id(file_ids)
    ]
    catalog.update_files(changes)
    rollups = [
        DayRollup(
            file_id=file_id,
            day=(moment := now - timedelta(days=back)).date(),
            reads=DAILY_READS,
            read_bytes=DAILY_READS * FILE_BYTES,
            hours={moment.hour: DAILY_READS},
            last_read_at=moment,
        )
        for file_id in file_ids
        for back in range(READ_DAYS)
    ]
    catalog.add_reads(f"apply-{uuid4().hex}", rollups)
