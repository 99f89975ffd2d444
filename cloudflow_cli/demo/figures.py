"""The figures of the last table: sums and percentiles, nothing that asks anybody."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cloudflow_cli.demo.runs import Outcome
from cloudflow_lib.domain.migrations import Migration, MigrationState
from cloudflow_lib.ports.catalogs import TierTotal


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """Files and bytes of one storage class in one location, before and after."""

    location: str
    tier: str
    storage_class: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run of `migrate_files`."""

    title: str
    run_id: str
    user: str
    """Who triggered it."""
    quarantine_days: float | None
    """How long sources are kept; None: they stay, for only the class changes."""
    state: str
    asked: int
    done: int
    failed: int
    size_bytes: int
    p50_seconds: float | None
    p95_seconds: float | None
    refused: str | None
    is_as_wanted: bool


def class_rows(before: Iterable[TierTotal], after: Iterable[TierTotal]) -> list[ClassRow]:
    """Return one row per location, tier and storage class that there was before or is after."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for column, totals in enumerate((before, after)):
        for total in totals:
            row = sums.setdefault((total.location_id, total.tier.value, total.storage_class), [0, 0, 0, 0])
            row[column] += total.files
            row[2 + column] += total.size_bytes
    return [
        ClassRow(
            location=location,
            tier=tier,
            storage_class=storage_class,
            files_before=files_before,
            files_after=files_after,
            bytes_before=bytes_before,
            bytes_after=bytes_after,
        )
        for (location, tier, storage_class), (files_before, files_after, bytes_before, bytes_after) in sorted(
            sums.items()
        )
    ]


def run_row(outcome: Outcome) -> RunRow:
    """Return what there is to say about one run."""
    done = [migration for migration in outcome.migrations if migration.state is MigrationState.DONE]
    seconds = seconds_per_file(done)
    return RunRow(
        title=outcome.run.route.title,
        run_id=outcome.run_id,
        user=outcome.run.route.user,
        quarantine_days=outcome.run.route.quarantine_days if outcome.run.route.destination else None,
        state=outcome.state,
        asked=len(outcome.run.file_ids),
        done=len(done),
        failed=sum(migration.state is MigrationState.FAILED for migration in outcome.migrations),
        size_bytes=sum(migration.size_bytes for migration in done),
        p50_seconds=percentile(seconds, 50),
        p95_seconds=percentile(seconds, 95),
        refused=outcome.refusal,
        is_as_wanted=outcome.is_as_wanted,
    )


def seconds_per_file(migrations: Iterable[Migration]) -> list[float]:
    """Return, for each finished migration, the seconds from asked for to done: waiting for a worker counts."""
    return [
        (migration.timestamps[MigrationState.DONE] - migration.timestamps[MigrationState.QUEUED]).total_seconds()
        for migration in migrations
        if {MigrationState.DONE, MigrationState.QUEUED} <= migration.timestamps.keys()
    ]


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the smallest value that *percent* of all values do not exceed; None when there are none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
