"""Say how a run ended: one summary, one event, one wish for a mail, all written in one update."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudflow_lib.domain.events import BatchData, Event, MailRequested, MailWishData, MigrationBatchEnded
from cloudflow_lib.domain.migrations import Migration, MigrationState
from cloudflow_lib.domain.notifications import Level, NotificationKind
from cloudflow_lib.workflows.migrate_file import fail
from cloudflow_lib.workflows.services import Services

MOST_LINES = 200
LONGEST_LINE = 500
"""So that the event stays far below what a broker takes."""
LOST = "its worker was lost and no try was left: trigger a new run for this file"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """How a run ended."""

    batch_id: str
    requested_by: str
    done: int
    failed: int
    cancelled: int
    size_bytes: int
    seconds: float
    problems: tuple[str, ...]
    """One line per file that did not arrive, or why the whole request was refused."""

    @property
    def is_good(self) -> bool:
        """Whether everything asked for was done."""
        return not self.problems

    @property
    def refusal(self) -> str | None:
        """Why the whole request was refused, None if it was not."""
        is_refused = not (self.done or self.failed or self.cancelled) and self.problems
        return self.problems[0] if is_refused else None

    @property
    def title(self) -> str:
        """One line that says it all."""
        if self.is_good:
            return f"{self.done} files migrated" if self.done != 1 else "1 file migrated"
        if self.refusal:
            return "Migration refused"
        return f"{self.failed + self.cancelled} of {self.done + self.failed + self.cancelled} files not migrated"


def report_batch(batch_id: str, services: Services, *, requested_by: str | None = None) -> BatchReport:
    """
    Close the batch, with its end and its mail as events; doing it again sends nothing twice.

    Migrations that nobody finished are ended here as failed, so that no file stays held.
    """
    for migration in services.catalog.batch(batch_id):
        fail(migration.migration_id, LOST, services, batch_id=batch_id)
    report = _sum_up(batch_id, services.catalog.batch(batch_id), requested_by, services)
    tell(report, "migrate_files", services)
    return report


def tell(report: BatchReport, dag_id: str, services: Services) -> None:
    """Publish the end of a run of *dag_id* and ask for the mail that reports it, once for each run."""
    services.catalog.close_batch(report.batch_id, _events(report, dag_id, services))


def _sum_up(
    batch_id: str,
    migrations: Sequence[Migration],
    requested_by: str | None,
    services: Services,
) -> BatchReport:
    states = Counter(migration.state for migration in migrations)
    refusal = services.catalog.refusal(batch_id)
    problems = [
        f"{migration.source.location_id}/{migration.source.key}: {migration.error or migration.state}"
        for migration in migrations
        if migration.state not in (MigrationState.DONE, MigrationState.SWITCHED)
    ]
    if not migrations:
        problems.append(refusal.reason if refusal else "the run ended before it opened a single migration")
    done = states[MigrationState.DONE] + states[MigrationState.SWITCHED]
    by_refusal = refusal.requested_by if refusal else "nobody"
    return BatchReport(
        batch_id=batch_id,
        requested_by=migrations[0].requested_by if migrations else requested_by or by_refusal,
        done=done,
        failed=states[MigrationState.FAILED],
        cancelled=states[MigrationState.CANCELLED] + states[MigrationState.ROLLED_BACK],
        size_bytes=sum(m.size_bytes for m in migrations if m.state is MigrationState.DONE),
        seconds=_seconds(migrations),
        problems=tuple(problems),
    )


def _seconds(migrations: Sequence[Migration]) -> float:
    moments: list[datetime] = [at for migration in migrations for at in migration.timestamps.values()]
    return (max(moments) - min(moments)).total_seconds() if moments else 0.0


def _counts(report: BatchReport) -> str:
    counts = f"{report.done} done, {report.failed} failed, {report.cancelled} cancelled"
    return f"{counts}; {report.size_bytes:,} bytes in {report.seconds:.1f} s."


def _events(report: BatchReport, dag_id: str, services: Services) -> list[Event]:
    lines = [f"Nothing was moved: {report.refusal}"] if report.refusal else [_counts(report), *report.problems]
    return [
        MigrationBatchEnded(
            subject=report.batch_id,
            user=report.requested_by,
            data=BatchData(
                done=report.done,
                failed=report.failed,
                cancelled=report.cancelled,
                size_bytes=report.size_bytes,
                seconds=report.seconds,
                refusal=report.refusal and report.refusal[:LONGEST_LINE],
            ),
        ),
        MailRequested(
            subject=report.batch_id,
            user=report.requested_by,
            data=MailWishData(
                kind=NotificationKind.MIGRATION,
                level=Level.SUCCESS if report.is_good else Level.ERROR,
                title=report.title,
                lines=tuple(line[:LONGEST_LINE] for line in lines[: MOST_LINES + 1]),
                path=f"{services.ui_url}/dags/{dag_id}/runs/{report.batch_id}",
            ),
        ),
    ]
