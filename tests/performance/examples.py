"""Events that the tests of performance share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cloudflow_lib.domain.events import (
    FileMoved,
    FileNotMoved,
    MeasuredSeries,
    MigrationAdvanced,
    MigrationData,
    MovedData,
    NotMovedData,
    PerformanceData,
    PerformanceMeasured,
)
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.sketches import ACCURACY, bin_of

NOW = datetime(2026, 11, 23, 12, 2, tzinfo=UTC)
STEPS = ("queued", "validated", "copied", "verified", "switched", "done")


def ended(
    seconds=2.0, *, user="team-docs", at=NOW, state="done", size_bytes=5_000_000, name="m1", route=("s3-main", "azure")
):
    """A migration of *user* that took *seconds*, a fifth of them for each step."""
    reached = STEPS if state == "done" else STEPS[:2]
    return MigrationAdvanced(
        subject=name,
        user=user,
        time=at,
        data=MigrationData(
            batch_id="run-1",
            file_id="f1",
            state=MigrationState(state),
            source_location=route[0],
            source_key="a",
            source_class="STANDARD",
            destination_location=route[1],
            destination_key="a",
            destination_class="Cool",
            size_bytes=size_bytes,
            seconds={MigrationState(step): seconds * number / 5 for number, step in enumerate(reached)},
        ),
    )


def moved(*, user="team-docs", at=NOW, size_bytes=1000):
    """A file that a campaign moved."""
    return FileMoved(
        subject="f2",
        user=user,
        time=at,
        data=MovedData(
            campaign_id="c1",
            source_location="s3-main",
            source_key="b",
            destination_location="gcs",
            destination_key="b",
            destination_class="NEARLINE",
            size_bytes=size_bytes,
            proof="crc32c",
        ),
    )


def not_moved(*, user="team-docs", name="f2"):
    """A file that a campaign gave up."""
    way = moved().data.model_dump(exclude={"proof"})
    data = NotMovedData(**way, reason="the destination does not answer")
    return FileNotMoved(subject=name, user=user, time=NOW, data=data)


def measured(*durations, operation="api GET /api/v1/files", at=NOW, failed=0, gauges=None, process="api-1"):
    """What a process measured in a minute."""
    bins = {}
    for seconds in durations:
        bins[bin_of(seconds)] = bins.get(bin_of(seconds), 0) + 1
    series = MeasuredSeries(
        operation=operation,
        count=len(durations),
        failed=failed,
        micros=round(sum(durations) * 1e6),
        slowest=round(max(durations, default=0) * 1e6),
        durations=bins,
    )
    return PerformanceMeasured(
        subject=process,
        user="cloudflow",
        time=at + timedelta(minutes=1),
        data=PerformanceData(
            process=process,
            since=at,
            until=at + timedelta(minutes=1),
            accuracy=ACCURACY,
            series=(series,) if durations else (),
            gauges=gauges or {},
        ),
    )
